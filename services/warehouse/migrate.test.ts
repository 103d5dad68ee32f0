import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createLog } from '@shelfcast/runtime/log'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { askServer, startServer, type WarehouseProcess } from '../../test/platform/clickhouse.ts'
import { createWarehouse, type Warehouse } from './client.ts'
import { migrate } from './migrate.ts'
import { readSchema, type Schema } from './schema.ts'

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true })
})

/** A schema from texts by file. */
function schemaOf(files: Record<string, string>): Schema {
  const folder = mkdtempSync(join(tmpdir(), 'shelfcast-schema-'))
  folders.push(folder)
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  return readSchema(pathToFileURL(`${folder}/`))
}

const SALES =
  '-- Lines.\ncreate table sales\n(\n    sku String,\n    units Int64\n)\nengine = MergeTree\norder by sku\n'
const TOTALS =
  'create table totals\n(\n    sku String,\n    units Int64\n)\nengine = SummingMergeTree\norder by sku\n'
const TOTALS_MV =
  'create materialized view totals_mv to totals as\nselect sku, sum(sales.units) as units\nfrom sales\ngroup by sku\n'
const FILES = {
  'tables/sales.sql': SALES,
  'tables/totals.sql': TOTALS,
  'views/a_best.sql': 'create view a_best as\nselect * from best\n',
  'views/best.sql':
    '-- What sells.\ncreate view best as\nselect sku, sum(units) as units from totals group by sku\n',
  'views/overview.sql':
    'create materialized view overview\nrefresh after 1 minute\nengine = MergeTree\norder by sku\nas select * from a_best\n',
  'views/totals_mv.sql': TOTALS_MV,
}

describe('reading', () => {
  test('views come after what they read, and each file makes what it is named after', () => {
    const { tables, views } = schemaOf(FILES)
    expect(tables.map(({ name }) => name)).toEqual(['sales', 'totals'])
    expect(views.map(({ name, kind, target }) => [name, kind, target])).toEqual([
      ['best', 'plain', undefined],
      ['a_best', 'plain', undefined],
      ['overview', 'refreshed', undefined],
      ['totals_mv', 'feeding', 'totals'],
    ])
    expect(() => schemaOf({ 'tables/other.sql': SALES })).toThrow(
      /tables\/other.sql does not begin with "create table other"/,
    )
    expect(() => schemaOf({ 'views/best.sql': TOTALS_MV })).toThrow(
      /views\/best.sql does not begin with "create view best as"/,
    )
    expect(() =>
      schemaOf({
        'views/a.sql': 'create view a as\nselect 1 from b',
        'views/b.sql': 'create view b as\nselect 1 from a',
      }),
    ).toThrow('Views read one another: a, b, a.')
  })

  test('migrations are in order, and none has a statement that cannot be run twice', () => {
    const { migrations } = schemaOf({
      'migrations/0001_a.sql':
        "-- first; note\nalter table t add column if not exists y String comment 'a;b';\n-- why\ndrop table if exists u;\n",
    })
    expect(migrations[0]!.statements).toEqual([
      "alter table t add column if not exists y String comment 'a;b'",
      'drop table if exists u',
    ])
    expect(() => schemaOf({ 'migrations/0001_a.sql': 'insert into t values (1);' })).toThrow(
      /cannot be run twice/,
    )
    expect(() => schemaOf({ 'migrations/0001_a.sql': 'alter table t add column y Int8' })).toThrow(
      /IF \[NOT\] EXISTS/,
    )
    expect(() => schemaOf({ 'migrations/later.sql': '' })).toThrow(/not named like/)
    expect(() => schemaOf({ 'migrations/0001_a.sql': '', 'migrations/0001_b.sql': '' })).toThrow(
      /same number/,
    )
  })
})

describe('applying', { timeout: 60_000 }, () => {
  let server: WarehouseProcess
  let warehouse: Warehouse
  const log = createLog('test', 'error')
  const apply = (files: Record<string, string>) =>
    migrate({ url: server.url, user: 'shelfcast', password: server.password }, log, schemaOf(files))
  const rows = async (query: string) =>
    (
      await warehouse.query({
        query,
        format: 'JSONEachRow',
        clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
      })
    ).json()
  const sell = (sku: string, units: number) =>
    warehouse.insert({ table: 'sales', values: [{ sku, units }], format: 'JSONEachRow' })
  const totals = () => rows('select sku, sum(units) as units from totals group by sku order by sku')
  const objects = async () =>
    (
      (await rows(
        "select name from system.tables where database = 'shelfcast' and name not like '.%' order by name",
      )) as { name: string }[]
    ).map(({ name }) => name)

  beforeAll(async () => {
    server = await startServer()
    warehouse = createWarehouse({
      url: server.url,
      user: 'shelfcast',
      password: server.password,
      application: 'test',
    })
  }, 60_000)
  afterAll(async () => {
    await warehouse?.close()
    await server?.stop()
  })
  beforeEach(() => askServer(server, 'shelfcast', 'drop database if exists shelfcast sync'))

  test('a new database has all at once, and a second time there is nothing to do', async () => {
    // given a migration that led to what the files say
    const files = {
      ...FILES,
      'migrations/0001_units.sql': 'alter table nowhere add column if not exists x Int8;\n',
    }
    expect(await apply(files)).toHaveLength(6)
    expect(await objects()).toEqual([
      'a_best',
      'best',
      'overview',
      'sales',
      'schema_files',
      'totals',
      'totals_mv',
    ])
    // then it is never run here
    expect(await apply(files)).toEqual([])
  })

  test('a view that changed is replaced and its data stay, and so are those that read it', async () => {
    // given a sale
    await apply(FILES)
    await sell('tea', 2)
    // when the feeding view counts double, and a plain one has another column
    const changed = {
      ...FILES,
      'views/totals_mv.sql': TOTALS_MV.replace('sum(', '2 * sum('),
      'views/best.sql':
        'create view best as\nselect sku, sum(units) as units, 1 as rank from totals group by sku\n',
    }
    expect(await apply(changed)).toEqual([
      'views/best.sql',
      'views/a_best.sql',
      'views/overview.sql',
      'views/totals_mv.sql',
    ])
    await sell('tea', 3)
    // then what was there stays, and what comes is seen by the new one alone
    expect(await totals()).toEqual([{ sku: 'tea', units: 2 + 2 * 3 }])
    expect(await rows('select * from a_best')).toEqual([{ sku: 'tea', units: 8, rank: 1 }])
    expect(await apply(changed)).toEqual([])
    // and what was altered by hand comes back
    await warehouse.command({ query: 'create or replace view best as select 1 as nothing' })
    expect(await apply(changed)).toEqual(['views/best.sql', 'views/a_best.sql', 'views/overview.sql'])
  })

  test('no insert falls between a feeding view and its successor', async () => {
    await apply(FILES)
    let isOver = false
    let count = 0
    const sales = (async () => {
      while (!isOver) {
        await sell('tea', 1)
        count += 1
      }
    })()
    for (let round = 0; round < 10; round++)
      await apply({
        ...FILES,
        'views/totals_mv.sql': TOTALS_MV.replace('group by', `where ${round} >= 0\ngroup by`),
      })
    isOver = true
    await sales
    expect(count).toBeGreaterThan(10)
    expect(await totals()).toEqual([{ sku: 'tea', units: count }])
  })

  test('a view without a file is dropped, unless somebody else made it', async () => {
    await apply(FILES)
    await warehouse.command({ query: 'create view of_somebody as select 1 as x' })
    const { 'views/overview.sql': _overview, 'views/totals_mv.sql': _totals, ...others } = FILES
    expect(await apply(others)).toEqual([])
    expect(await objects()).toEqual(['a_best', 'best', 'of_somebody', 'sales', 'schema_files', 'totals'])
    await sell('tea', 1)
    expect(await totals()).toEqual([])
    // and it comes back with its file
    expect(await apply(FILES)).toEqual(['views/overview.sql', 'views/totals_mv.sql'])
  })

  test('a table that is not what its file says is told by column, until a migration brings it there', async () => {
    await apply(FILES)
    await sell('tea', 1)
    // given a file with a new column, another type, and another setting
    const wider = {
      ...FILES,
      'tables/sales.sql': SALES.replace(
        '    units Int64',
        "    units Int32,\n    note String comment 'free text'",
      ),
    }
    await expect(apply(wider)).rejects.toThrow(
      /^tables\/sales.sql is not what the database has: column units is `units` Int64 in the table and `units` Int32 in the file; column note is in the file and not in the table: `note` String COMMENT 'free text'\. Write a migration in services\/warehouse\/migrations/,
    )
    await expect(
      apply({ ...FILES, 'tables/sales.sql': SALES.replace('order by sku', 'order by (sku, units)') }),
    ).rejects.toThrow(
      /tables\/sales.sql .* ORDER BY is ORDER BY sku in the table and ORDER BY \(sku, units\) in the file/,
    )
    // when a migration fails in its middle, and is corrected
    const migration = "alter table sales add column if not exists note String comment 'free text';\n"
    await expect(
      apply({
        ...wider,
        'migrations/0001_note.sql': `${migration}alter table sales modify column units Wrong;\n`,
      }),
    ).rejects.toThrow(/Migration 0001_note.sql, statement 2 of 2 failed/)
    const correct = {
      ...wider,
      'migrations/0001_note.sql': `${migration}alter table sales modify column units Int32;\n`,
    }
    expect(await apply(correct)).toContain('migrations/0001_note.sql')
    // then the table is the file's, with its rows, and nothing is left to do
    expect(await rows('select * from sales')).toEqual([{ sku: 'tea', units: 1, note: '' }])
    expect(await apply(correct)).toEqual([])
    // and an edit of what was applied is refused, as are a file that has gone and a table altered by hand
    await expect(apply({ ...correct, 'migrations/0001_note.sql': migration })).rejects.toThrow(
      /0001_note.sql was applied with the checksum/,
    )
    await expect(apply(wider)).rejects.toThrow(/0001_note.sql was applied.*its file is not/)
    await warehouse.command({ query: 'alter table totals drop index if exists x, add column extra UInt8' })
    await expect(apply(correct)).rejects.toThrow(
      /tables\/totals.sql .* column extra is in the table and not in the file: `extra` UInt8/,
    )
    await warehouse.command({ query: 'alter table totals drop column extra' })
    const { 'tables/totals.sql': _totals, ...without } = correct
    await expect(apply(without)).rejects.toThrow(/table totals is in the database, and its file .* is gone/)
    // and a TTL is the retention's
    await warehouse.command({ query: 'alter table sales modify ttl toDateTime(units) + interval 90 year' })
    expect(await apply(correct)).toEqual([])
  })

  test('a database of an earlier release is refused with the way out', async () => {
    await askServer(server, 'shelfcast', 'create database shelfcast')
    await warehouse.command({ query: 'create table schema_migrations (name String) engine = Memory' })
    await expect(apply(FILES)).rejects.toThrow(
      /made by an earlier release .*npm start -- --fresh.*docker compose down -v/,
    )
  })

  test('our own files apply to an empty database', async () => {
    const schema = readSchema()
    const access = { url: server.url, user: 'shelfcast', password: server.password }
    expect(await migrate(access, log)).toHaveLength(schema.tables.length + schema.views.length)
    expect(await migrate(access, log)).toEqual([])
  })
})
