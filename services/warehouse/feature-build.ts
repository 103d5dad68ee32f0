/**
 * A building of features: a database of its own, in which what the definitions call a table is made, slice of stores by
 * slice, so that memory does not grow with the number of series.
 */
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { DATABASE, FEATURES_COLLECTION } from '@shelfcast/contracts/warehouse'
import { createWarehouse, type Warehouse } from './client.ts'
import { type Building, beginKeeping, endKeeping, keepWindows, takeKept } from './kept.ts'
import { rowsOf } from './queries/rows.ts'
import { identifier } from './quoting.ts'

export interface Definition {
  /** Of the table that it makes. */
  name: string
  /** Its first digit says when it is run: 0 to 2 for each slice, 3 for all together, from 4 on for each slice again. */
  number: number
  sql: string
}

/** Tables that the definitions read, of all series, in the order in which they are made. */
const INPUTS = ['series', 'store_days', 'store_weather', 'store_weather_forecasts'] as const
/** Of a slice. */
const SLICE_VIEW = 'series_days'
const SLICE_TABLE = 'series_plan'
/** Rows of these stay from slice to slice. */
const GATHERED = new Set(['category_parts', 'origin_features', 'weekday_features'])
/** Their rows are a year of days, of which few are to be in memory at once. */
const WIDE = new Set(['series_windows'])
/** Series times origins of a slice: some hundred megabytes. A store is in one slice, however many series it has. */
const SLICE_SERIES = 5_000
/** What a crash has left goes after this. No building takes as long. */
const STALE_HOURS = 6
const NAME = 'features_build_'

const SETTINGS = {
  // A day of a series is in one partition.
  do_not_merge_across_partitions_select_final: 1,
  max_insert_threads: '1',
} as const

export interface BuildDatabase {
  inside: Warehouse
  name: string
  /** Runs the definitions; what they made is in the table `stored`, whose shape is that of `table`. */
  run(
    definitions: readonly Definition[],
    table: string,
    onStep: (share: number, step: string) => void,
  ): Promise<void>
  /** Keeps what the features of the next origin are made of. */
  keep(): Promise<void>
  close(): Promise<void>
}

export async function openBuild(
  { server, warehouse }: { server: { url: string; user: string; password: string }; warehouse: Warehouse },
  hash: string,
  origins: readonly string[],
  signal: AbortSignal | undefined,
): Promise<BuildDatabase> {
  await dropStale(warehouse)
  const id = randomUUID().replaceAll('-', '')
  const name = `${NAME}${Math.floor(Date.now() / 1_000)}_${id}`
  await warehouse.command({ query: `create database ${identifier(name)}` })
  const inside = createWarehouse({
    ...server,
    application: 'build-features',
    work: 'background',
    database: name,
  })
  const command = async (query: string) => {
    signal?.throwIfAborted()
    await inside.command({ query, clickhouse_settings: SETTINGS })
  }
  let building: Building | undefined
  let isKeeping = false

  /** @param number of the slice, from 0 */
  async function runForSlice({ name, sql }: Omit<Definition, 'number'>, number: number): Promise<void> {
    const engine = WIDE.has(name) ? 'MergeTree order by (store_id, sku, origin)' : 'Memory'
    if (number === 0) await command(`create table ${name} engine = ${engine} empty as ${sql}`)
    else if (!GATHERED.has(name)) await command(`truncate table ${name}`)
    await command(`insert into ${name} ${sql}`)
  }

  return {
    inside,
    name,
    async run(definitions, table, onStep) {
      await inside.command({ query: 'create table origins (origin Date) engine = Memory' })
      await fill(
        inside,
        'origins',
        origins.map((origin) => ({ origin })),
      )
      building = await describe(inside, { id, feature_hash: hash, origins })
      for (const input of INPUTS)
        await command(`create table ${input} engine = MergeTree order by tuple() as ${inputSql(input)}`)
      await takeKept(inside, building)
      isKeeping = await beginKeeping(inside, building)
      await command('create table slice (store_id String) engine = Memory')
      await command(`create view ${SLICE_VIEW} as ${inputSql(SLICE_VIEW)}`)
      const slices = await slicesOf(inside, origins.length)
      const tens = ({ number }: Definition) => Math.floor(number / 10)
      const behind = definitions.filter((each) => tens(each) < 3)
      const together = definitions.filter((each) => tens(each) === 3)
      const ahead = definitions.filter((each) => tens(each) > 3)
      const steps = 2 * slices.length + together.length
      let done = 0
      const forEachSlice = async (work: (number: number) => Promise<void>) => {
        for (const [number, stores] of slices.entries()) {
          await command('truncate table slice')
          await fill(
            inside,
            'slice',
            stores.map((store_id) => ({ store_id })),
          )
          await work(number)
          onStep(++done / steps, `stores ${number + 1} of ${slices.length}`)
        }
      }
      await forEachSlice(async (number) => {
        for (const definition of behind) await runForSlice(definition, number)
        if (isKeeping) await keepWindows(inside, building!)
      })
      for (const { name, sql } of together) {
        await command(`create table ${name} engine = Memory as ${sql}`)
        onStep(++done / steps, name)
      }
      const last = ahead.at(-1)!
      await forEachSlice(async (number) => {
        await runForSlice({ name: SLICE_TABLE, sql: inputSql(SLICE_TABLE) }, number)
        for (const definition of ahead.slice(0, -1)) await runForSlice(definition, number)
        if (number === 0) {
          await command(
            `create table if not exists ${identifier(DATABASE)}.${table}
            engine = MergeTree
            partition by origin
            order by (store_id, sku, origin, horizon)
            empty as ${last.sql}`,
          )
          await command(`create table stored as ${identifier(DATABASE)}.${table}`)
        }
        await command(`insert into stored ${last.sql}`)
      })
    },
    async keep() {
      if (isKeeping) await endKeeping(inside, building!)
    },
    async close() {
      await inside.close()
      await warehouse.command({ query: `drop database if exists ${identifier(name)}` })
    },
  }
}

/** Writes the features of an origin to the lake. @param object its name in the features bucket */
export async function exportOrigin(inside: Warehouse, origin: string, object: string): Promise<void> {
  await inside.command({
    query: `insert into function s3(${FEATURES_COLLECTION}, filename = {object:String}, format = 'Parquet')
      select * from stored where origin = {origin:Date}
      settings s3_truncate_on_insert = 1, output_format_parquet_row_group_size = 100000`,
    query_params: { object, origin },
  })
}

export async function rowsOfOrigin(inside: Warehouse, origin: string): Promise<number> {
  const [row] = await rowsOf<{ rows: number }>(
    inside,
    'select count() as rows from stored where origin = {origin:Date}',
    { origin },
  )
  return row?.rows ?? 0
}

const inputSql = (name: string) =>
  readFileSync(new URL(`features/inputs/${name}.sql`, import.meta.url), 'utf8')

async function fill(inside: Warehouse, table: string, values: readonly object[]): Promise<void> {
  await inside.insert({
    table,
    values: [...values],
    format: 'JSONEachRow',
    clickhouse_settings: { async_insert: 0 },
  })
}

async function describe(
  inside: Warehouse,
  { id, feature_hash, origins }: { id: string; feature_hash: string; origins: readonly string[] },
): Promise<Building> {
  const [clock] = await rowsOf<{ read_at: string }>(inside, "select toString(now64(3, 'UTC')) as read_at")
  const sorted = [...origins].sort()
  return { id, feature_hash, first: sorted[0]!, last: sorted.at(-1)!, read_at: clock!.read_at }
}

/** Stores by slices of about as many series: one of no stores where there are none, so that all tables are made. */
async function slicesOf(inside: Warehouse, origins: number): Promise<string[][]> {
  const stores = await rowsOf<{ store_id: string; series: number }>(
    inside,
    'select store_id, count() as series from series group by store_id order by store_id',
  )
  const slices: string[][] = [[]]
  let size = 0
  for (const { store_id, series } of stores) {
    if (size > 0 && size + series * origins > SLICE_SERIES) {
      slices.push([])
      size = 0
    }
    slices.at(-1)!.push(store_id)
    size += series * origins
  }
  return slices
}

async function dropStale(warehouse: Warehouse): Promise<void> {
  const databases = await rowsOf<{ name: string }>(
    warehouse,
    `select name from system.databases where startsWith(name, '${NAME}')`,
  )
  const limit = Date.now() / 1_000 - STALE_HOURS * 3_600
  for (const { name } of databases)
    if (!(Number(/_(\d+)_/.exec(name.slice(NAME.length - 1))?.[1]) > limit))
      await warehouse.command({ query: `drop database if exists ${identifier(name)}` })
}
