/**
 * The feature store: features/*.sql, run on the warehouse for the origins that are missing. What the definitions are
 * made of names the table, so features of one definition are never mixed with those of another.
 */

import { createHash, randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { FEATURE_HASH_DIGITS, OTHER_MODELS } from '@shelfcast/contracts/manifest'
import {
  DATABASE,
  FEATURE_BUILDS_TABLE,
  FEATURES_COLLECTION,
  FEATURES_VIEW,
  featureTable,
} from '@shelfcast/contracts/warehouse'
import { createWarehouse, type Warehouse } from './client.ts'
import { builtOrigins } from './queries/builds.ts'
import { readerOf, rowsOf } from './queries/rows.ts'
import { identifier } from './quoting.ts'

const FOLDER = new URL('features/', import.meta.url)

/** Tables that the definitions read, in the order in which they are made. */
const INPUTS = [
  'series',
  'series_days',
  'series_plan',
  'store_days',
  'store_weather',
  'store_weather_forecasts',
] as const
/** Origins that are built at once: a year of days is read for each, so more would take more memory. */
const AT_ONCE = 14

interface Definition {
  /** Of the table that it makes. */
  name: string
  sql: string
}

/** The definitions in the order in which they are run; the last one makes the features. */
export function featureDefinitions(): Definition[] {
  return readdirSync(FOLDER)
    .filter((file) => /^\d+_\w+\.sql$/.test(file))
    .sort()
    .map((file) => ({
      name: file.replace(/^\d+_|\.sql$/g, ''),
      sql: readFileSync(new URL(file, FOLDER), 'utf8'),
    }))
}

/** Content hash of the definitions and of their inputs: the same that training finds. */
export function featureHash(): string {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.sql') || file === 'features.json')
    // Their folders have a hash of their own, see model-features.ts.
    .filter((file) => !OTHER_MODELS.some((model) => file.startsWith(`${model}/`)))
    .sort()
  const digest = createHash('sha256')
  for (const file of files) {
    digest.update(`${file}\0`)
    digest.update(readFileSync(new URL(file, FOLDER)))
    digest.update('\0')
  }
  return digest.digest('hex').slice(0, FEATURE_HASH_DIGITS)
}

/** What a model may take in: columns of the feature table. */
export function featureInputs(): string[] {
  const described = JSON.parse(readFileSync(new URL('features.json', FOLDER), 'utf8')) as {
    inputs: { name: string }[]
  }
  return described.inputs.map(({ name }) => name)
}

export interface BuildOptions {
  /** Of the warehouse, to make connections of its own. */
  server: { url: string; user: string; password: string }
  warehouse: Warehouse
  /** Days, as 2026-01-31. */
  origins: readonly string[]
  /** Name of the object in the features bucket that the rows of an origin are written to; none when left out. */
  objectOf?(hash: string, origin: string): string
  onProgress?(done: number, total: number, step: string): void
  signal?: AbortSignal
}

export interface Built {
  hash: string
  /** That were missing. */
  origins: string[]
  rows: number
}

/** Builds the origins that are not there yet, whole or not at all, and points the view of the features at their table. */
export async function buildFeatures(options: BuildOptions): Promise<Built> {
  const { warehouse } = options
  const hash = featureHash()
  const builds = await builtOrigins(readerOf(warehouse), hash)
  const missing = options.origins.filter((origin) => !builds.has(origin)).sort()
  const definitions = featureDefinitions()
  const steps = INPUTS.length + definitions.length + 1
  const total = Math.ceil(missing.length / AT_ONCE) * steps
  let done = 0
  let rows = 0
  for (let at = 0; at < missing.length; at += AT_ONCE) {
    options.signal?.throwIfAborted()
    const origins = missing.slice(at, at + AT_ONCE)
    rows += await buildOrigins(options, hash, definitions, origins, (step) =>
      options.onProgress?.(++done, total, step),
    )
  }
  return { hash, origins: missing, rows }
}

async function buildOrigins(
  { server, warehouse, objectOf, signal }: BuildOptions,
  hash: string,
  definitions: readonly Definition[],
  origins: readonly string[],
  onStep: (step: string) => void,
): Promise<number> {
  // A database of its own: what the definitions call a table is made here, and goes with it.
  const database = `features_build_${randomUUID().replaceAll('-', '')}`
  await warehouse.command({ query: `create database ${identifier(database)}` })
  const inside = createWarehouse({
    ...server,
    application: 'build-features',
    work: 'background',
    database,
  })
  try {
    await inside.command({ query: 'create table origins (origin Date) engine = Memory' })
    await inside.insert({
      table: 'origins',
      values: origins.map((origin) => ({ origin })),
      format: 'JSONEachRow',
      clickhouse_settings: { async_insert: 0 },
    })
    for (const name of INPUTS) {
      signal?.throwIfAborted()
      const sql = readFileSync(new URL(`inputs/${name}.sql`, FOLDER), 'utf8')
      await inside.command({ query: `create table ${name} engine = MergeTree order by tuple() as ${sql}` })
      onStep(name)
    }
    for (const { name, sql } of definitions) {
      signal?.throwIfAborted()
      await inside.command({ query: `create table ${name} engine = Memory as ${sql}` })
      onStep(name)
    }
    const last = definitions.at(-1)!.name
    const table = featureTable(hash)
    await inside.command({
      query: `
        create table if not exists ${identifier(DATABASE)}.${table}
        engine = MergeTree
        partition by origin
        order by (store_id, sku, origin, horizon)
        as select * from ${last} limit 0`,
    })
    await inside.command({ query: `create table stored as ${identifier(DATABASE)}.${table}` })
    await inside.command({ query: `insert into stored select * from ${last}` })
    // Before the ledger tells of an origin: whoever reads the one reads the other.
    await warehouse.command({ query: `create or replace view ${FEATURES_VIEW} as select * from ${table}` })
    let rows = 0
    for (const origin of origins) {
      const count = await countOf(inside, last, origin)
      // An origin is a partition, and takes the place of what was there as a whole: two that build at once build the same.
      // Before the first sale there is none.
      await warehouse.command({
        query:
          count === 0
            ? `alter table ${table} drop partition '${origin}'`
            : `alter table ${table} replace partition '${origin}' from ${identifier(database)}.stored`,
      })
      const object = objectOf?.(hash, origin) ?? ''
      if (object !== '' && count > 0)
        await inside.command({
          query: `insert into function s3(${FEATURES_COLLECTION}, filename = {object:String}, format = 'Parquet')
            select * from ${last} where origin = {origin:Date}
            settings s3_truncate_on_insert = 1`,
          query_params: { object, origin },
        })
      await warehouse.insert({
        table: FEATURE_BUILDS_TABLE,
        columns: ['feature_hash', 'origin', 'rows', 'object'],
        values: [{ feature_hash: hash, origin, rows: count, object }],
        format: 'JSONEachRow',
        clickhouse_settings: { async_insert: 0 },
      })
      rows += count
    }
    onStep('stored')
    return rows
  } finally {
    await inside.close()
    await warehouse.command({ query: `drop database if exists ${identifier(database)}` })
  }
}

async function countOf(inside: Warehouse, table: string, origin: string): Promise<number> {
  const [row] = await rowsOf<{ rows: number }>(
    inside,
    `select count() as rows from ${identifier(table)} where origin = {origin:Date}`,
    { origin },
  )
  return row?.rows ?? 0
}
