/**
 * The feature store: features/*.sql, run on the warehouse for the origins that are missing. What the definitions are
 * made of names the table, so features of one definition are never mixed with those of another.
 */

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { FEATURE_HASH_DIGITS, OTHER_MODELS } from '@shelfcast/contracts/manifest'
import { FEATURE_BUILDS_TABLE, FEATURES_VIEW, featureTable } from '@shelfcast/contracts/warehouse'
import type { Warehouse } from './client.ts'
import { type Definition, exportOrigin, openBuild, rowsOfOrigin } from './feature-build.ts'
import { builtOrigins } from './queries/builds.ts'
import { readerOf } from './queries/rows.ts'
import { identifier } from './quoting.ts'

const FOLDER = new URL('features/', import.meta.url)

/** Origins that are built at once: a year of days is read for each, so more would take more memory. */
const AT_ONCE = 14

/** The definitions in the order in which they are run; the last one makes the features. */
export function featureDefinitions(): Definition[] {
  return readdirSync(FOLDER)
    .filter((file) => /^\d+_\w+\.sql$/.test(file))
    .sort()
    .map((file) => ({
      name: file.replace(/^\d+_|\.sql$/g, ''),
      number: Number.parseInt(file, 10),
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

/** Which reason of a forecast each of them counts under. */
export function featureReasons(): Map<string, string> {
  const described = JSON.parse(readFileSync(new URL('features.json', FOLDER), 'utf8')) as {
    inputs: { name: string; reason: string }[]
  }
  return new Map(described.inputs.map(({ name, reason }) => [name, reason]))
}

export interface BuildOptions {
  /** Of the warehouse, to make connections of its own. */
  server: { url: string; user: string; password: string }
  warehouse: Warehouse
  /** Days, as 2026-01-31. */
  origins: readonly string[]
  /** Name of the object in the features bucket that the rows of an origin are written to; none when left out. */
  objectOf?(hash: string, origin: string): string
  /** In percent. */
  onProgress?(done: number, total: number, step: string): void
  signal?: AbortSignal
}

export interface Built {
  hash: string
  /** That were missing. */
  origins: string[]
  rows: number
}

/**
 * Builds the origins that are not there yet, whole or not at all, and points the view of the features at their table. An
 * origin that follows one which is kept is made of that and of the days since, and says the same as made from nothing.
 */
export async function buildFeatures(options: BuildOptions): Promise<Built> {
  const { warehouse } = options
  const hash = featureHash()
  const builds = await builtOrigins(readerOf(warehouse), hash)
  const missing = options.origins.filter((origin) => !builds.has(origin)).sort()
  const definitions = featureDefinitions()
  let rows = 0
  for (let at = 0; at < missing.length; at += AT_ONCE) {
    options.signal?.throwIfAborted()
    const origins = missing.slice(at, at + AT_ONCE)
    rows += await buildOrigins(options, hash, definitions, origins, (share, step) =>
      options.onProgress?.(Math.round((100 * (at + share * origins.length)) / missing.length), 100, step),
    )
  }
  return { hash, origins: missing, rows }
}

async function buildOrigins(
  { server, warehouse, objectOf, signal }: BuildOptions,
  hash: string,
  definitions: readonly Definition[],
  origins: readonly string[],
  onStep: (share: number, step: string) => void,
): Promise<number> {
  const build = await openBuild({ server, warehouse }, hash, origins, signal)
  try {
    const table = featureTable(hash)
    await build.run(definitions, table, onStep)
    // Before the ledger tells of an origin: whoever reads the one reads the other.
    await warehouse.command({ query: `create or replace view ${FEATURES_VIEW} as select * from ${table}` })
    let rows = 0
    for (const origin of origins) {
      const count = await rowsOfOrigin(build.inside, origin)
      // An origin is a partition, and takes the place of what was there as a whole: two that build at once build the same.
      // Before the first sale there is none.
      await warehouse.command({
        query:
          count === 0
            ? `alter table ${table} drop partition '${origin}'`
            : `alter table ${table} replace partition '${origin}' from ${identifier(build.name)}.stored`,
      })
      const object = objectOf?.(hash, origin) ?? ''
      if (object !== '' && count > 0) await exportOrigin(build.inside, origin, object)
      await warehouse.insert({
        table: FEATURE_BUILDS_TABLE,
        columns: ['feature_hash', 'origin', 'rows', 'object'],
        values: [{ feature_hash: hash, origin, rows: count, object }],
        format: 'JSONEachRow',
        clickhouse_settings: { async_insert: 0 },
      })
      rows += count
    }
    await build.keep()
    onStep(1, 'stored')
    return rows
  } finally {
    await build.close()
  }
}
