-- What the role of the services may do, natively and in docker compose alike: everything with its own tables, and nothing
-- with the server. It may not run programs, read or write files, load code, or make roles. An empty line ends a statement.
alter role shelfcast login nosuperuser nocreatedb nocreaterole noreplication nobypassrls;

-- A statement takes milliseconds, and a migration a few seconds. Whatever takes longer hangs, or would hold up everybody.
alter role shelfcast set statement_timeout = '30s';

-- Whoever stops within a transaction keeps its locks: others would wait for a process that may never go on.
alter role shelfcast set idle_in_transaction_session_timeout = '30s';

-- Whom nothing is said of may not even connect.
revoke all on database shelfcast from public;

revoke connect, temporary on database postgres, template1 from public;
