/**
 * Applies migrations/NNNN_name.sql in order, once each, to the embedded or the real server alike.
 *
 * A file is recorded when all of its statements have run. Where a crash comes between, the whole file runs again, so
 * each statement has to be re-runnable: CREATE is given IF NOT EXISTS here, ALTER has to say IF [NOT] EXISTS itself,
 * DROP has to say IF EXISTS, and INSERT has to carry an insert_deduplication_token. Any other statement is refused
 * before the first one runs.
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
import { type MigrationFile, pendingMigrations, readMigrationFiles } from '@shelfcast/runtime/migrations'
import { createWarehouse, type Warehouse } from './client.ts'
import { identifier, isSymbol, isWord, type Token, tokens } from './sql/lexer.ts'
import { applyTableRetention } from './table-retention.ts'

const MIGRATIONS = new URL('migrations/', import.meta.url)
const PLACE = { store: `the database ${DATABASE}`, folder: 'services/warehouse/migrations' }

export interface Migration extends Omit<MigrationFile, 'sql'> {
  /** Re-runnable, in order. */
  statements: string[]
}

/**
 * Brings the database up to date; creates it when missing.
 * @returns names of the migrations that were applied now
 */
export async function migrate(
  server: { url: string; user: string; password: string },
  log: Logger,
  migrations: readonly Migration[] = readMigrations(),
): Promise<string[]> {
  const outside = createWarehouse({ ...server, application: 'migrate', database: 'default' })
  const inside = createWarehouse({ ...server, application: 'migrate' })
  try {
    await outside.command({ query: `create database if not exists ${identifier(DATABASE)}` })
    await inside.command({
      query: `create table if not exists schema_migrations
        (
            name String,
            checksum String comment 'SHA-256 of the file',
            applied_at DateTime64(3, 'UTC') default now64(3)
        )
        engine = MergeTree
        order by name`,
    })
    const pending = pendingMigrations(migrations, await appliedIn(inside), PLACE)
    for (const { name, checksum, statements } of pending) {
      for (const [index, query] of statements.entries()) {
        try {
          await inside.command({ query })
        } catch (error) {
          throw new Error(
            `Migration ${name}, statement ${index + 1} of ${statements.length} failed. Correct the file and run migrate again: it begins with this file. ${error instanceof Error ? error.message : error}`,
            { cause: error },
          )
        }
      }
      await inside.insert({
        table: 'schema_migrations',
        values: [{ name, checksum }],
        columns: ['name', 'checksum'],
        format: 'JSONEachRow',
        clickhouse_settings: { async_insert: 0 },
      })
      log.info({ migration: name, statements: statements.length }, 'migration applied')
    }
    return pending.map(({ name }) => name)
  } finally {
    await Promise.all([outside.close(), inside.close()])
  }
}

async function appliedIn(warehouse: Warehouse): Promise<Map<string, string>> {
  const answer = await warehouse.query({
    query: 'select name, checksum from schema_migrations',
    format: 'JSONEachRow',
  })
  const rows = await answer.json<{ name: string; checksum: string }>()
  return new Map(rows.map(({ name, checksum }) => [name, checksum]))
}

/** The migrations of a folder, checked and in order. */
export function readMigrations(folder: URL = MIGRATIONS): Migration[] {
  return readMigrationFiles(folder).map(({ name, checksum, sql }) => ({
    name,
    checksum,
    statements: splitStatements(sql).map((statement) => rerunnable(statement, name)),
  }))
}

/** Statements of a file, without comments before them and semicolons behind them. */
export function splitStatements(sql: string): string[] {
  // The lexer counts bytes: latin1 has one character for each.
  const text = Buffer.from(sql, 'utf8').toString('latin1')
  const statements: string[] = []
  let first: Token | undefined
  let last: Token | undefined
  const finish = () => {
    if (first && last)
      statements.push(Buffer.from(text.slice(first.start, last.end), 'latin1').toString('utf8'))
    first = undefined
  }
  for (const token of tokens(text)) {
    if (isSymbol(token, ';')) finish()
    else {
      first ??= token
      last = token
    }
  }
  finish()
  return statements
}

const CREATED = ['table', 'view', 'dictionary', 'function']

function rerunnable(statement: string, file: string): string {
  const text = Buffer.from(statement, 'utf8').toString('latin1')
  const found = [...tokens(text)]
  const says = (...words: string[]) =>
    found.some((_, at) => words.every((word, index) => isWord(found[at + index], word)))
  const [verb] = found
  if (isWord(verb, 'create')) {
    if (says('if', 'not', 'exists') || says('or', 'replace')) return statement
    const object = found.slice(1, 3).find((token) => isWord(token, ...CREATED))
    if (object)
      return Buffer.from(
        `${text.slice(0, object.end)} if not exists${text.slice(object.end)}`,
        'latin1',
      ).toString('utf8')
  }
  if (isWord(verb, 'drop') && says('if', 'exists')) return statement
  if (isWord(verb, 'alter') && (says('if', 'exists') || says('if', 'not', 'exists') || says('modify')))
    return statement
  if (isWord(verb, 'insert') && says('insert_deduplication_token')) return statement
  throw new Error(
    `Migration ${file}: the statement "${statement.slice(0, 60).replaceAll(/\s+/g, ' ')}" cannot be run twice, as a crash may require. Use CREATE, DROP ... IF EXISTS, ALTER ... IF [NOT] EXISTS, ALTER ... MODIFY, or INSERT with an insert_deduplication_token.`,
  )
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
