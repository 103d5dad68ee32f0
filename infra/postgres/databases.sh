#!/bin/bash
# Two databases with a role each: the operational store, and the catalogue of the curated tables. PostgreSQL runs it when
# it makes its folder; it can be run again by hand, and then sets the passwords to those of now (docs/compose.md).
set -euo pipefail
set -a
. /run/shelfcast/postgres/secrets.env
set +a

psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username postgres --dbname postgres <<'SQL'
\getenv operational_password OPERATIONAL_PASSWORD
\getenv iceberg_password ICEBERG_JDBC_PASSWORD

select format('create role %I login', name)
from unnest(array['shelfcast', 'iceberg']) as name
where not exists (select from pg_roles where rolname = name) \gexec
alter role shelfcast password :'operational_password';
alter role iceberg login nosuperuser nocreatedb nocreaterole noreplication nobypassrls password :'iceberg_password';

select format('create database %I', name)
from unnest(array['shelfcast', 'iceberg']) as name
where not exists (select from pg_database where datname = name) \gexec
alter database shelfcast owner to shelfcast;
alter database iceberg owner to iceberg;
revoke all on database iceberg from public;
\i /etc/shelfcast/roles.sql
SQL
