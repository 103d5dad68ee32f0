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
import { applyViews } from './apply-views.ts'
import { createWarehouse, type Warehouse } from './client.ts'
import {
  MIGRATIONS_PLACE,
  type Migration,
  readSchema,
  type Schema,
  type TableFile,
  withFile,
} from './schema.ts'
import {
  type FileRecord,
  isRecorded,
  recordedFiles,
  recordFiles,
  recordOf,
  type StoredObject,
  storedObjects,
} from './stored-schema.ts'
import { tableDifferences } from './table-differences.ts'
import { applyTableRetention } from './table-retention.ts'

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
    await withFile(file, () => warehouse.command({ query }))
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
  const pending = pendingMigrations(migrations, applied, MIGRATIONS_PLACE)
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
        `The table ${name} is in the database, and its file ${file} is gone. Bring the file back, or write a migration in ${MIGRATIONS_PLACE.folder} with "drop table if exists ${name}".`,
      )
  }
  const stale = tables.filter((table) => !isRecorded(table, stored, records))
  const differences = stale.length > 0 ? await tableDifferences(warehouse, stale) : new Map()
  if (differences.size > 0)
    throw new Error(
      `${[...differences].map(([file, sentences]) => `${file} is not what the database has: ${sentences.join('; ')}.`).join(' ')} Write a migration in ${MIGRATIONS_PLACE.folder} that brings stored tables to their files, or take the edit back.`,
    )
  await recordFiles(warehouse, [
    ...stale.map((table) => recordOf(table, stored)),
    ...goneFiles.map((file) => ({ file, checksum: '', definition: '' })),
  ])
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
