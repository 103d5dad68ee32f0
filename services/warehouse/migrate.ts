/**
 * Brings the database to what its schema files say, on the embedded and the real server alike, in three steps:
 *
 * 1. tables/: what is missing is made. A new database has them all at once, and no migration runs.
 * 2. migrations/: those that are pending, once each and in order. A file is recorded when all of its statements have run;
 *    where a crash comes between, the whole file runs again, so each statement has to be re-runnable. After them each
 *    stored table has to be what its file says.
 * 3. views/: what changed is replaced, and what has no file any more is dropped.
 *
 * Run by itself, it then gives the tables their retention.
 */
import { realpathSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { retentionOf } from '@shelfcast/contracts/retention'
import { DATABASE } from '@shelfcast/contracts/warehouse'
import { migrate as migratePart } from '@shelfcast/platform/parts/migrate'
import { readEnvironment } from '@shelfcast/runtime/environment'
import { createLog, type Logger } from '@shelfcast/runtime/log'
import { pendingMigrations } from '@shelfcast/runtime/migrations'
import { createWarehouse, type Warehouse } from './client.ts'
import { rowsOf } from './queries/rows.ts'
import { type Migration, readSchema, type Schema, type TableFile, type ViewFile } from './schema.ts'
import { tableDifferences } from './table-differences.ts'
import { applyTableRetention } from './table-retention.ts'

const PLACE = { store: `the database ${DATABASE}`, folder: 'services/warehouse/migrations' }

/**
 * Brings the database up to date; creates it when missing.
 * @returns files that were applied now
 */
export async function migrate(
  server: { url: string; user: string; password: string },
  log: Logger,
  schema: Schema = readSchema(),
): Promise<string[]> {
  const outside = createWarehouse({ ...server, application: 'migrate', database: 'default' })
  const inside = createWarehouse({ ...server, application: 'migrate' })
  try {
    await outside.command({ query: `create database if not exists ${DATABASE}` })
    return await applySchema(inside, log, schema)
  } finally {
    await Promise.all([outside.close(), inside.close()])
  }
}

async function applySchema(warehouse: Warehouse, log: Logger, schema: Schema): Promise<string[]> {
  const stored = await storedObjects(warehouse)
  if (stored.has('schema_migrations'))
    throw new Error(
      `The database ${DATABASE} was made by an earlier release of Shelfcast, with tables and a lake that this one does not read. Begin with fresh data: npm start -- --fresh; with Docker: docker compose down -v, then docker compose up.`,
    )
  await warehouse.command({
    query: `create table if not exists schema_files
      (
          file String comment 'folder and name',
          checksum String comment 'SHA-256 of the file; empty when it is gone',
          definition String comment 'hash of what the engine keeps of the table or view; empty for a migration',
          applied_at DateTime64(3, 'UTC') default now64(3)
      )
      engine = ReplacingMergeTree(applied_at)
      order by file`,
  })
  const records = await recordedFiles(warehouse)
  const tables = await createTables(warehouse, schema, stored, records)
  const migrations = await applyMigrations(warehouse, log, schema.migrations, records)
  const isChanged = tables.length > 0 || migrations.length > 0
  const current = isChanged ? await storedObjects(warehouse) : stored
  await checkTables(warehouse, schema.tables, current, records)
  const views = await applyViews(warehouse, log, schema.views, current, records, migrations.length > 0)
  if (tables.length > 0) log.info({ tables: tables.length }, 'tables made')
  return [...tables, ...migrations, ...views]
}

interface StoredObject {
  name: string
  /** Hash of the definition, without the TTL, which retention gives. */
  definition: string
  /** Table that a view adds to; empty when none. */
  target: string
}

/** Tables and views of the database by name. */
async function storedObjects(warehouse: Warehouse): Promise<Map<string, StoredObject>> {
  const objects = await rowsOf<StoredObject>(
    warehouse,
    `
    select
        name,
        lower(hex(sipHash128(replaceRegexpOne(create_table_query, ' TTL .+?( SETTINGS |$)', '\\\\1')))) as definition,
        extract(create_table_query, '^CREATE MATERIALIZED VIEW \\\\S+ TO [^ .]+\\\\.(\\\\w+) ') as target
    from system.tables
    where database = currentDatabase()`,
  )
  return new Map(objects.map((object) => [object.name, object]))
}

interface FileRecord {
  file: string
  checksum: string
  definition: string
}

async function recordedFiles(warehouse: Warehouse): Promise<Map<string, FileRecord>> {
  const records = await rowsOf<FileRecord>(
    warehouse,
    `select file, checksum, definition from schema_files final where checksum != ''`,
  )
  return new Map(records.map((record) => [record.file, record]))
}

async function recordFiles(warehouse: Warehouse, records: readonly FileRecord[]): Promise<void> {
  if (records.length === 0) return
  await warehouse.insert({
    table: 'schema_files',
    values: records,
    columns: ['file', 'checksum', 'definition'],
    format: 'JSONEachRow',
    clickhouse_settings: { async_insert: 0 },
  })
}

/** Makes the tables that are missing. @returns their files */
async function createTables(
  warehouse: Warehouse,
  { tables, migrations }: Schema,
  stored: ReadonlyMap<string, StoredObject>,
  records: Map<string, FileRecord>,
): Promise<string[]> {
  const missing = tables.filter(({ name }) => !stored.has(name))
  for (const { file, statement } of missing) {
    const query = statement.replace(/^create table /, 'create table if not exists ')
    await named(file, () => warehouse.command({ query }))
  }
  const isNew = records.size === 0
  const objects = missing.length > 0 ? await storedObjects(warehouse) : stored
  const current = [
    ...missing.map((table) => recordOf(table, objects)),
    // What a new database has is what migrations lead to.
    ...(isNew ? migrations : []).map(({ name, checksum }) => ({
      file: `migrations/${name}`,
      checksum,
      definition: '',
    })),
  ]
  await recordFiles(warehouse, current)
  for (const record of current) records.set(record.file, record)
  return missing.map(({ file }) => file)
}

/** @returns files of the migrations that were pending */
async function applyMigrations(
  warehouse: Warehouse,
  log: Logger,
  migrations: readonly Migration[],
  records: ReadonlyMap<string, FileRecord>,
): Promise<string[]> {
  const applied = new Map(
    [...records.values()].flatMap(({ file, checksum }) =>
      file.startsWith('migrations/') ? [[file.slice('migrations/'.length), checksum]] : [],
    ),
  )
  const pending = pendingMigrations(migrations, applied, PLACE)
  for (const { name, checksum, statements } of pending) {
    for (const [index, query] of statements.entries()) {
      try {
        await warehouse.command({ query })
      } catch (error) {
        throw new Error(
          `Migration ${name}, statement ${index + 1} of ${statements.length} failed. Correct the file and run migrate again: it begins with this file. ${error instanceof Error ? error.message : error}`,
          { cause: error },
        )
      }
    }
    await recordFiles(warehouse, [{ file: `migrations/${name}`, checksum, definition: '' }])
    log.info({ migration: name, statements: statements.length }, 'migration applied')
  }
  return pending.map(({ name }) => `migrations/${name}`)
}

/** @throws when a stored table is not what its file says, or has no file any more */
async function checkTables(
  warehouse: Warehouse,
  tables: readonly TableFile[],
  stored: ReadonlyMap<string, StoredObject>,
  records: ReadonlyMap<string, FileRecord>,
): Promise<void> {
  const files = new Set(tables.map(({ file }) => file))
  const goneFiles = [...records.keys()].filter((file) => file.startsWith('tables/') && !files.has(file))
  for (const file of goneFiles) {
    const name = file.slice('tables/'.length, -'.sql'.length)
    if (stored.has(name))
      throw new Error(
        `The table ${name} is in the database, and its file ${file} is gone. Bring the file back, or write a migration in ${PLACE.folder} with "drop table if exists ${name}".`,
      )
  }
  const stale = tables.filter((table) => !isRecorded(table, stored, records))
  const differences = stale.length > 0 ? await tableDifferences(warehouse, stale) : new Map()
  if (differences.size > 0)
    throw new Error(
      `${[...differences].map(([file, sentences]) => `${file} is not what the database has: ${sentences.join('; ')}.`).join(' ')} Write a migration in ${PLACE.folder} that brings stored tables to their files, or take the edit back.`,
    )
  await recordFiles(warehouse, [
    ...stale.map((table) => recordOf(table, stored)),
    ...goneFiles.map((file) => ({ file, checksum: '', definition: '' })),
  ])
}

/**
 * Replaces views of which the file, or what the engine keeps of it, is another than when it was applied, and those that
 * read one which is replaced.
 * @param all replaces every view, since a view keeps the columns that its tables had
 * @returns their files
 */
async function applyViews(
  warehouse: Warehouse,
  log: Logger,
  views: readonly ViewFile[],
  stored: ReadonlyMap<string, StoredObject>,
  records: ReadonlyMap<string, FileRecord>,
  all: boolean,
): Promise<string[]> {
  const files = new Set(views.map(({ file }) => file))
  const goneFiles = [...records.keys()].filter((file) => file.startsWith('views/') && !files.has(file))
  for (const file of goneFiles) {
    const name = file.slice('views/'.length, -'.sql'.length)
    await warehouse.command({ query: `drop view if exists ${name} sync` })
    log.info({ view: name }, 'view dropped, which has no file any more')
  }
  const replaced = new Map<string, ViewFile>()
  for (const view of views) {
    const isAffected = [...view.sources].some((source) => replaced.has(source))
    if (!all && !isAffected && isRecorded(view, stored, records)) continue
    await replaceView(warehouse, view, stored.get(view.name))
    replaced.set(view.name, view)
    if (stored.has(view.name)) log.info({ view: view.name }, 'view replaced')
  }
  const current = replaced.size > 0 ? await storedObjects(warehouse) : stored
  await recordFiles(warehouse, [
    ...[...replaced.values()].map((view) => recordOf(view, current)),
    ...goneFiles.map((file) => ({ file, checksum: '', definition: '' })),
  ])
  return [...replaced.values()].map(({ file }) => file)
}

/**
 * A view that feeds a table gets its new query in place, so each insert sees the old one or the new one, and none sees
 * neither or both. What it fed before stays in its table as it is: `npm run rebuild` fills that anew. One that is
 * refreshed is made again and worked out at once.
 */
async function replaceView(
  warehouse: Warehouse,
  view: ViewFile,
  stored: StoredObject | undefined,
): Promise<void> {
  const { name, file, kind, target, statement, query } = view
  if (kind === 'plain') {
    const create = statement.replace(/^create view /, 'create or replace view ')
    await named(file, () => warehouse.command({ query: create }))
    return
  }
  if (stored && kind === 'feeding') {
    if (stored.target !== target)
      throw new Error(
        `${file} feeds ${target}, and the view in the database feeds ${stored.target || 'no table'}. Write a migration in ${PLACE.folder} with "drop view if exists ${name}": the view is made anew after it, and has to be while nothing is loaded.`,
      )
    await named(file, () => warehouse.command({ query: `alter table ${name} modify query ${query}` }))
    return
  }
  if (stored) await warehouse.command({ query: `drop view if exists ${name} sync` })
  await named(file, () => warehouse.command({ query: statement }))
}

function isRecorded(
  { name, file, checksum }: TableFile,
  stored: ReadonlyMap<string, StoredObject>,
  records: ReadonlyMap<string, FileRecord>,
): boolean {
  const [object, record] = [stored.get(name), records.get(file)]
  return record?.checksum === checksum && record.definition === object?.definition
}

function recordOf(
  { name, file, checksum }: TableFile,
  stored: ReadonlyMap<string, StoredObject>,
): FileRecord {
  return { file, checksum, definition: stored.get(name)!.definition }
}

async function named(file: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    throw new Error(`${file} failed. Correct it. ${error instanceof Error ? error.message : error}`, {
      cause: error,
    })
  }
}

const started = process.argv[1]
if (started && import.meta.url === pathToFileURL(realpathSync(started)).href) {
  const environment = readEnvironment(migratePart.environment)
  const log = createLog('migrate', environment.LOG_LEVEL)
  const retention = retentionOf(environment)
  const server = {
    url: environment.CLICKHOUSE_URL,
    user: environment.CLICKHOUSE_USER,
    password: environment.CLICKHOUSE_PASSWORD,
  }
  const applied = await migrate(server, log)
  const warehouse = createWarehouse({ ...server, application: 'migrate' })
  try {
    await applyTableRetention(warehouse, retention, log)
  } finally {
    await warehouse.close()
  }
  log.info({ applied }, 'warehouse is up to date')
}
