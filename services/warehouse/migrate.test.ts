import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createLog } from '@shelfcast/runtime/log'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer, type WarehouseProcess } from '../../test/platform/clickhouse.ts'
import { createWarehouse, type Warehouse } from './client.ts'
import { migrate, readMigrations, splitStatements } from './migrate.ts'

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

/** Migrations from texts by file name. */
function migrationsOf(files: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'shelfcast-migrations-'))
  folders.push(folder)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return readMigrations(pathToFileURL(`${folder}/`))
}

describe('reading', () => {
  test('statements end at semicolons outside of quotes and comments', () => {
    const sql =
      "-- first; note\ncreate table a (x String comment 'a;b') engine = Memory;\n/* ; */ create table `é;` -- end\n;"
    expect(splitStatements(sql)).toEqual([
      "create table a (x String comment 'a;b') engine = Memory",
      'create table `é;`',
    ])
  })

  test('CREATE becomes re-runnable, and what is not is refused', () => {
    const [migration] = migrationsOf({
      '0001_a.sql':
        'create table t (x Int8) engine = Memory; create materialized view v to t as select 1 as x',
    })
    expect(migration!.statements).toEqual([
      'create table if not exists t (x Int8) engine = Memory',
      'create materialized view if not exists v to t as select 1 as x',
    ])
    expect(() => migrationsOf({ '0001_a.sql': 'insert into t values (1)' })).toThrow(/cannot be run twice/)
    expect(() => migrationsOf({ '0001_a.sql': 'alter table t add column y Int8' })).toThrow(
      /IF \[NOT\] EXISTS/,
    )
  })

  test('names give the order, so they are checked', () => {
    expect(() => migrationsOf({ 'later.sql': '' })).toThrow(/not named like/)
    expect(() => migrationsOf({ '0001_a.sql': '', '0001_b.sql': '' })).toThrow(/same number/)
  })
})

describe('applying', () => {
  let server: WarehouseProcess
  let warehouse: Warehouse
  const log = createLog('test', 'error')
  const address = () => ({ url: server.url, user: 'shelfcast', password: server.password })
  const rows = async (query: string) => (await warehouse.query({ query, format: 'JSONEachRow' })).json()

  beforeAll(async () => {
    server = await startServer()
    warehouse = createWarehouse({ ...address(), application: 'test' })
  }, 60_000)
  afterAll(async () => {
    await warehouse?.close()
    await server?.stop()
  })

  test('each file once, in order, and again after a crash in its middle', { timeout: 60_000 }, async () => {
    // given a first file, and a second one of which only the first statement could run
    const first = { '0001_a.sql': 'create table a (x UInt8) engine = MergeTree order by x' }
    expect(await migrate(address(), log, migrationsOf(first))).toEqual(['0001_a.sql'])
    const broken = {
      ...first,
      '0002_b.sql': 'create table b (x UInt8) engine = Memory; create table c (x Wrong) engine = Memory',
    }
    await expect(migrate(address(), log, migrationsOf(broken))).rejects.toThrow(
      /Migration 0002_b.sql, statement 2 of 2 failed/,
    )
    // when it is corrected and run again
    const correct = {
      ...first,
      '0002_b.sql': 'create table b (x UInt8) engine = Memory; create table c (x UInt8) engine = Memory',
    }
    expect(await migrate(address(), log, migrationsOf(correct))).toEqual(['0002_b.sql'])
    // then a third run has nothing to do
    expect(await migrate(address(), log, migrationsOf(correct))).toEqual([])
    expect(await rows("select name from system.tables where database = 'shelfcast' order by name")).toEqual(
      ['a', 'b', 'c', 'schema_migrations'].map((name) => ({ name })),
    )
    // and an edit of what was applied is refused, as is a file that has gone
    const edited = { ...correct, '0001_a.sql': `${first['0001_a.sql']} -- edited` }
    await expect(migrate(address(), log, migrationsOf(edited))).rejects.toThrow(
      /0001_a.sql was applied with the checksum/,
    )
    await expect(migrate(address(), log, migrationsOf(first))).rejects.toThrow(
      /0002_b.sql was applied.*its file is not/,
    )

    // and our own migrations apply to an empty database
    await warehouse.command({ query: 'drop database shelfcast sync' })
    const own = readMigrations()
    expect(await migrate(address(), log)).toEqual(own.map(({ name }) => name))
  })
})
