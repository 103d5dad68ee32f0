import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { readMigrationFiles } from '@shelfcast/runtime/migrations'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { quiet } from '../../test/operational/store.ts'
import { type StoreProcess, startStoreProcess } from '../../test/platform/postgres.ts'
import type { Operational } from './client.ts'
import { MIGRATIONS, migrate } from './migrate.ts'

const folders: string[] = []
let server: StoreProcess
let operational: Operational

beforeAll(async () => {
  server = await startStoreProcess()
  operational = server.connect()
}, 90_000)
afterAll(async () => {
  await operational?.close()
  await server?.stop()
  for (const folder of folders) rmSync(folder, { recursive: true })
})

/** Migrations from texts by file name. */
function migrationsOf(files: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'shelfcast-migrations-'))
  folders.push(folder)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return readMigrationFiles(pathToFileURL(`${folder}/`))
}
const tables = async () =>
  (await operational.query("select tablename from pg_tables where schemaname = 'public' order by 1")).map(
    ({ tablename }) => tablename,
  )

test('names give the order, so they are checked', () => {
  expect(() => migrationsOf({ 'later.sql': '' })).toThrow(/not named like/)
  expect(() => migrationsOf({ '0001_a.sql': '', '0001_b.sql': '' })).toThrow(/same number/)
})

test('our own migrations apply once, also where two begin at the same time', async () => {
  const other = server.connect()
  const own = readMigrationFiles(MIGRATIONS).map(({ name }) => name)
  const [first, second] = await Promise.all([migrate(operational, quiet), migrate(other, quiet)])
  await other.close()
  expect([...first, ...second].sort()).toEqual(own)
  expect(await migrate(operational, quiet)).toEqual([])
  expect(await tables()).toEqual([
    'alerts',
    'experiments',
    'model_events',
    'model_versions',
    'order_events',
    'order_lines',
    'order_proposals',
    'orders',
    'outbox',
    'override_events',
    'overrides',
    'planning_settings',
    'run_keys',
    'run_lines',
    'runs',
    'schema_migrations',
    'submissions',
  ])
})

test('a store of the version that kept runs with the registry keeps its versions, and its runs begin anew', async () => {
  await operational.query('drop schema public cascade; create schema public')
  await migrate(operational, quiet)
  await operational.query('drop table run_lines, run_keys, runs; create table runs (kind text)')
  await operational.query(
    `insert into model_versions (model, version, created_at, manifest, prefix, feature_hash, code_version, window_from,
      window_to) values ('demand', 'v1', now(), '{}', 'p/', 'h', '1', '2026-01-01', '2026-02-01')`,
  )
  await operational.query("delete from schema_migrations where name = '0002_runs.sql'")
  await operational.query("update schema_migrations set checksum = $1 where name = '0001_models.sql'", [
    'fe80abc407ce450e3802c94ab79ae6695698e48e89be45f07da21f0a1084de62',
  ])
  expect(await migrate(operational, quiet)).toEqual(['0002_runs.sql'])
  expect(await migrate(operational, quiet)).toEqual([])
  expect(await operational.query('select version from model_versions')).toEqual([{ version: 'v1' }])
  expect(await operational.query('select lane from runs')).toEqual([])
})

test('a file is applied as a whole or not at all, and what was applied stays as it is', async () => {
  await operational.query('drop schema public cascade; create schema public')
  const first = { '0001_a.sql': 'create table a (x int)' }
  expect(await migrate(operational, quiet, migrationsOf(first))).toEqual(['0001_a.sql'])
  // given a second one that fails after its first statement
  const broken = { ...first, '0002_b.sql': 'create table b (x int); create table c (x wrong)' }
  await expect(migrate(operational, quiet, migrationsOf(broken))).rejects.toThrow(
    /Migration 0002_b.sql failed, and nothing of it was kept.*type "wrong" does not exist/,
  )
  expect(await tables()).toEqual(['a', 'schema_migrations'])
  // when it is corrected
  const correct = { ...first, '0002_b.sql': 'create table b (x int); create table c (x int)' }
  expect(await migrate(operational, quiet, migrationsOf(correct))).toEqual(['0002_b.sql'])
  expect(await migrate(operational, quiet, migrationsOf(correct))).toEqual([])
  // then an edit of what was applied is refused, as is a file that has gone
  const edited = { ...correct, '0001_a.sql': `${first['0001_a.sql']} -- edited` }
  await expect(migrate(operational, quiet, migrationsOf(edited))).rejects.toThrow(
    /0001_a.sql was applied with the checksum/,
  )
  await expect(migrate(operational, quiet, migrationsOf(first))).rejects.toThrow(
    /0002_b.sql was applied.*its file is not/,
  )
})
