/**
 * Applies migrations/NNNN_name.sql in order, once each. A file and the record
 * of it are one transaction, so what a crash leaves is all of it or nothing.
 */
import { realpathSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { migrateOperational } from '@shelfcast/platform/parts/migrate'
import { readEnvironment } from '@shelfcast/runtime/environment'
import { createLog, type Logger } from '@shelfcast/runtime/log'
import { type MigrationFile, pendingMigrations, readMigrationFiles } from '@shelfcast/runtime/migrations'
import { createOperational, type Operational } from './client.ts'

export const MIGRATIONS = new URL('migrations/', import.meta.url)
const PLACE = { store: 'the operational store', folder: 'services/operational/migrations' }
/**
 * The first file as it was while it held the runs too: a store that was made by it keeps its registry and alerts, and
 * loses its list of runs.
 */
const EARLIER = {
  name: '0001_models.sql',
  checksum: 'fe80abc407ce450e3802c94ab79ae6695698e48e89be45f07da21f0a1084de62',
  difference: 'drop table runs',
}
/** Any number that nobody else locks: of two who migrate, one waits. */
const LOCK = 7_351_904

/**
 * Brings the database up to date.
 * @returns names of the migrations that were applied now
 */
export async function migrate(
  operational: Operational,
  log: Logger,
  migrations: readonly MigrationFile[] = readMigrationFiles(MIGRATIONS),
): Promise<string[]> {
  const applied: string[] = []
  for (;;) {
    const name = await applyNext(operational, migrations)
    if (name === undefined) return applied
    applied.push(name)
    log.info({ migration: name }, 'migration applied')
  }
}

/** @returns the name of the migration that was applied, or undefined when none is left */
function applyNext(
  operational: Operational,
  migrations: readonly MigrationFile[],
): Promise<string | undefined> {
  return operational.transaction(async (inside) => {
    await inside.query('select pg_advisory_xact_lock($1)', [LOCK])
    await inside.query(`create table if not exists schema_migrations
      (
          name text primary key,
          checksum text not null,
          applied_at timestamptz not null default now()
      )`)
    const rows = await inside.query<{ name: string; checksum: string }>(
      'select name, checksum from schema_migrations',
    )
    const applied = new Map(rows.map(({ name, checksum }) => [name, checksum]))
    const baseline = migrations.find(({ name }) => name === EARLIER.name)
    if (baseline && applied.get(EARLIER.name) === EARLIER.checksum) {
      await inside.query(EARLIER.difference)
      await inside.query('update schema_migrations set checksum = $2 where name = $1', [
        EARLIER.name,
        baseline.checksum,
      ])
      applied.set(EARLIER.name, baseline.checksum)
    }
    const [next] = pendingMigrations(migrations, applied, PLACE)
    if (!next) return undefined
    try {
      await inside.query(next.sql)
    } catch (error) {
      throw new Error(
        `Migration ${next.name} failed, and nothing of it was kept. Correct the file and run migrate again: it begins with this file. ${error instanceof Error ? error.message : error}`,
        { cause: error },
      )
    }
    await inside.query('insert into schema_migrations (name, checksum) values ($1, $2)', [
      next.name,
      next.checksum,
    ])
    return next.name
  })
}

const started = process.argv[1]
if (started && import.meta.url === pathToFileURL(realpathSync(started)).href) {
  const environment = readEnvironment(migrateOperational.environment)
  const log = createLog('migrate-operational', environment.LOG_LEVEL)
  const operational = createOperational({
    url: environment.OPERATIONAL_URL,
    password: environment.OPERATIONAL_PASSWORD,
    application: 'migrate',
  })
  try {
    log.info({ applied: await migrate(operational, log) }, 'operational store is up to date')
  } finally {
    await operational.close()
  }
}
