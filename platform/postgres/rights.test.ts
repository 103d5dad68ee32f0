/** What a service that was taken over can do to the server: nothing. Each attempt is one that a superuser succeeds with. */
import { existsSync } from 'node:fs'
import type { Operational } from '@shelfcast/operational/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type StoreProcess, startStoreProcess } from '../../test/platform/postgres.ts'

let server: StoreProcess
let operational: Operational
beforeAll(async () => {
  server = await startStoreProcess()
  operational = server.connect()
}, 90_000)
afterAll(async () => {
  await operational?.close()
  await server?.stop()
})

/** It has not the right, or nobody has. */
const REFUSED = /^(42501|0A000)$/
const WITNESS = '/tmp/shelfcast-was-here'

test.each([
  ['runs a program', `copy (select 1) to program 'touch ${WITNESS}'`],
  ['reads what a program says', "create temporary table said (line text); copy said from program 'id'"],
  ['reads a file', "create temporary table lines (line text); copy lines from '/etc/passwd'"],
  ['reads a file by function', "select pg_read_file('/etc/passwd')"],
  ['lists a folder', "select pg_ls_dir('/')"],
  ['reads a file as a large object', "select lo_import('/etc/passwd')"],
  ['writes a file', `copy (select 1) to '${WITNESS}'`],
  ['writes a file from a large object', `select lo_export(lo_from_bytea(0, 'x'), '${WITNESS}')`],
  ['changes a setting of the server', "alter system set archive_command = 'touch /tmp/x'"],
  ['has the server read its settings', 'select pg_reload_conf()'],
  ['has its changes logged at length', "set wal_consistency_checking = 'all'"],
  ['loads code', "load '/tmp/evil.so'"],
  [
    'makes a function of machine code',
    "create function run(text) returns int as 'libc', 'system' language c",
  ],
  ['makes a function of the server', "create function run() returns int as 'pg_sleep' language internal"],
  ['makes a role', 'create role another login superuser'],
  ['makes itself a superuser', 'alter role shelfcast superuser'],
  ['lets itself run programs', 'grant pg_execute_server_program to shelfcast'],
  ['becomes the superuser', 'set role postgres'],
  ['becomes the superuser from the start', 'set session authorization postgres'],
  ['makes a database', 'create database another'],
  ['reads hashes of passwords', 'select rolpassword from pg_authid'],
  ['makes a tablespace', "create tablespace away location '/tmp'"],
  ['is told when anything is made', 'create event trigger seen on ddl_command_end execute function now()'],
  ['begins a new log file of the server', 'select pg_rotate_logfile()'],
])('it is refused when it %s', async (_, sql) => {
  await expect(operational.query(sql)).rejects.toMatchObject({ code: expect.stringMatching(REFUSED) })
  expect(existsSync(WITNESS)).toBe(false)
})

test.each(['plperlu', 'plpython3u', 'plperl', 'file_fdw', 'dblink', 'adminpack'])(
  'extension %s is not there to be made',
  async (name) => {
    await expect(operational.query(`create extension ${name}`)).rejects.toMatchObject({ code: '0A000' })
  },
)

test('its role owns its database and is a member of nothing', async () => {
  expect(
    await operational.query(
      `select rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,
        (select count(*) from pg_roles granted where granted.oid <> own.oid and pg_has_role(own.oid, granted.oid, 'member')
          and granted.rolname <> 'pg_database_owner') as memberships,
        (select pg_get_userbyid(datdba) from pg_database where datname = current_database()) as owner
      from pg_roles own where rolname = current_user`,
    ),
  ).toEqual([
    {
      rolsuper: false,
      rolcreaterole: false,
      rolcreatedb: false,
      rolreplication: false,
      rolbypassrls: false,
      memberships: 0,
      owner: 'shelfcast',
    },
  ])
  await operational.query('create table own (x int)')
  expect(await operational.query("select tableowner from pg_tables where tablename = 'own'")).toEqual([
    { tableowner: 'shelfcast' },
  ])
})

test('only it may connect to its database, and nobody to the others', async () => {
  expect(
    await operational.query(
      `select datname, has_database_privilege('pg_monitor', oid, 'connect') as connect,
        has_database_privilege('pg_monitor', oid, 'temporary') as temporary
      from pg_database order by datname`,
    ),
  ).toEqual(
    ['postgres', 'shelfcast', 'template0', 'template1'].map((datname) => ({
      datname,
      // Nobody can connect to template0, whatever its rights say.
      connect: datname === 'template0',
      temporary: false,
    })),
  )
})

test('statements and idle transactions have a limit, and what was acknowledged is on disk', async () => {
  const settings = async (...names: string[]) =>
    Object.fromEntries(
      (
        await operational.query(
          'select name, current_setting(name) as value from unnest($1::text[]) as name',
          [names],
        )
      ).map(({ name, value }) => [name, value]),
    )
  expect(
    await settings(
      'statement_timeout',
      'idle_in_transaction_session_timeout',
      'fsync',
      'synchronous_commit',
      'full_page_writes',
      'data_checksums',
      'listen_addresses',
      'server_encoding',
    ),
  ).toEqual({
    statement_timeout: '30s',
    idle_in_transaction_session_timeout: '30s',
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    data_checksums: 'on',
    listen_addresses: '127.0.0.1',
    server_encoding: 'UTF8',
  })
})
