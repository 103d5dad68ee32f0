/**
 * Applies migrations/NNNN_name.sql in order, once each, to the embedded or the real server alike. A file and the record
 * of it are one transaction, so what a crash leaves is all of it or nothing.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, realpathSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { OperationalEnvironment, readEnvironment, ServiceEnvironment } from '@shelfcast/runtime/environment'
import { createLog, type Logger } from '@shelfcast/runtime/log'
import { Type } from 'typebox'
import { createOperational, type Operational } from './client.ts'

const MIGRATIONS = new URL('migrations/', import.meta.url)
/** Any number that nobody else locks: of two who migrate, one waits. */
const LOCK = 7_351_904

export interface Migration {
  /** File name. */
  name: string
  checksum: string
  sql: string
}

/**
 * Brings the database up to date.
 * @returns names of the migrations that were applied now
 */
export async function migrate(
  operational: Operational,
  log: Logger,
  migrations: readonly Migration[] = readMigrations(),
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
function applyNext(operational: Operational, migrations: readonly Migration[]): Promise<string | undefined> {
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
    const next = nextOf(migrations, new Map(rows.map(({ name, checksum }) => [name, checksum])))
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

function nextOf(
  migrations: readonly Migration[],
  applied: ReadonlyMap<string, string>,
): Migration | undefined {
  const names = new Set(migrations.map(({ name }) => name))
  for (const name of applied.keys()) {
    if (!names.has(name))
      throw new Error(
        `Migration ${name} was applied to the operational store, but its file is not in services/operational/migrations. Use a version of Shelfcast that has it, or begin with fresh data.`,
      )
  }
  for (const { name, checksum } of migrations) {
    const recorded = applied.get(name)
    if (recorded !== undefined && recorded !== checksum)
      throw new Error(
        `Migration ${name} was applied with the checksum ${recorded.slice(0, 12)}, and its file now has ${checksum.slice(0, 12)}. Take the edit back and put it into a new migration, or begin with fresh data.`,
      )
  }
  return migrations.find(({ name }) => !applied.has(name))
}

/** The migrations of a folder, checked and in order. */
export function readMigrations(folder: URL = MIGRATIONS): Migration[] {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
  const numbers = new Map<string, string>()
  return names.map((name) => {
    const number = /^(\d{4})_[a-z0-9_]+\.sql$/.exec(name)?.[1]
    if (!number)
      throw new Error(
        `Migration ${name} is not named like 0001_what_it_does.sql. Rename it: the number is its place.`,
      )
    const other = numbers.get(number)
    if (other)
      throw new Error(`Migrations ${other} and ${name} have the same number. Give the newer one the next.`)
    numbers.set(number, name)
    const bytes = readFileSync(new URL(name, folder))
    return {
      name,
      checksum: createHash('sha256').update(bytes).digest('hex'),
      sql: bytes.toString('utf8'),
    }
  })
}

const started = process.argv[1]
if (started && import.meta.url === pathToFileURL(realpathSync(started)).href) {
  const environment = readEnvironment(
    Type.Object({ ...ServiceEnvironment.properties, ...OperationalEnvironment.properties }),
  )
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
