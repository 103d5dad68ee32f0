/**
 * The schema of the warehouse as its files tell it: tables/NAME.sql and views/NAME.sql as they are now, one object a file,
 * and migrations/NNNN_name.sql, which say how stored tables came to what their files say.
 */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { DATABASE } from '@shelfcast/contracts/warehouse'
import { type MigrationFile, readMigrationFiles } from '@shelfcast/runtime/migrations'

const ROOM = new URL('./', import.meta.url)
/** For what people are told. */
export const MIGRATIONS_PLACE = { store: `the database ${DATABASE}`, folder: 'services/warehouse/migrations' }

interface SchemaFile {
  /** Of the table or view. */
  name: string
  /** Folder and file name. */
  file: string
  /** SHA-256 of the file, hexadecimal. */
  checksum: string
  /** CREATE, without the comment before it. */
  statement: string
}

export type TableFile = SchemaFile

export interface ViewFile extends SchemaFile {
  /**
   * plain: a query; feeding: materialized, adds what each insert brings to a table; refreshed: materialized, worked out
   * anew after a time.
   */
  kind: 'plain' | 'feeding' | 'refreshed'
  /** Table that a feeding view adds to. */
  target?: string
  query: string
  /** Names of tables and views that it reads. */
  sources: ReadonlySet<string>
}

export interface Migration extends Omit<MigrationFile, 'sql'> {
  /** Re-runnable, in order. */
  statements: string[]
}

export interface Schema {
  tables: TableFile[]
  migrations: Migration[]
  /** Each after those that it reads. */
  views: ViewFile[]
}

/** @param room folder that has the folders tables, migrations and views; one that is missing is empty */
export function readSchema(room: URL = ROOM): Schema {
  const migrations = new URL('migrations/', room)
  return {
    tables: readFiles(room, 'tables').map(tableFile),
    migrations: (existsSync(migrations) ? readMigrationFiles(migrations) : []).map(
      ({ name, checksum, sql }) => ({
        name,
        checksum,
        statements: splitStatements(sql).map((statement) => rerunnable(statement, name)),
      }),
    ),
    views: inOrder(readFiles(room, 'views').map(viewFile)),
  }
}

function readFiles(room: URL, folder: 'tables' | 'views'): SchemaFile[] {
  const path = new URL(`${folder}/`, room)
  const names = existsSync(path) ? readdirSync(path).filter((name) => name.endsWith('.sql')) : []
  return names.sort().map((name) => {
    const bytes = readFileSync(new URL(name, path))
    return {
      name: name.slice(0, -'.sql'.length),
      file: `${folder}/${name}`,
      checksum: createHash('sha256').update(bytes).digest('hex'),
      statement: withoutComment(bytes.toString('utf8')),
    }
  })
}

const TABLE = /^create table (\w+)\n\(\n/
const VIEW =
  /^create (materialized )?view (\w+)(?: to (\w+)|\n(refresh .*\n)(?:.*\n)*?)?[ \n]?as\s+(?=select|with)/

function tableFile(file: SchemaFile): TableFile {
  if (TABLE.exec(file.statement)?.[1] !== file.name)
    throw new Error(`${file.file} does not begin with "create table ${file.name}", a line break and "(".`)
  return file
}

function viewFile(file: SchemaFile): ViewFile {
  const [head, materialized, name, target, refresh] = VIEW.exec(file.statement) ?? []
  if (head === undefined || name !== file.name || (materialized !== undefined) !== !!(target || refresh))
    throw new Error(
      `${file.file} does not begin with "create view ${file.name} as", "create materialized view ${file.name} to TABLE as", or "create materialized view ${file.name}" and "refresh ..." on the next line.`,
    )
  const query = file.statement.slice(head.length)
  const sources = new Set([...query.matchAll(/\b(?:from|join)\s+(\w+)/g)].map((match) => match[1]!))
  if (target) return { ...file, kind: 'feeding', target, query, sources }
  return { ...file, kind: refresh ? 'refreshed' : 'plain', query, sources }
}

/** Views, each after those that it reads. */
function inOrder(views: readonly ViewFile[]): ViewFile[] {
  const byName = new Map(views.map((view) => [view.name, view]))
  const order = new Set<ViewFile>()
  const visit = (view: ViewFile, readers: readonly string[]) => {
    if (readers.includes(view.name))
      throw new Error(`Views read one another: ${[...readers, view.name].join(', ')}.`)
    for (const source of view.sources) {
      const sourceView = byName.get(source)
      if (sourceView) visit(sourceView, [...readers, view.name])
    }
    order.add(view)
  }
  for (const view of views) visit(view, [])
  return [...order]
}

function withoutComment(sql: string): string {
  return sql.replace(/^(?:--.*\n|\s*\n)+/, '').trim()
}

/** Statements of a file, each of which ends with a semicolon at the end of a line, without the comments before them. */
export function splitStatements(sql: string): string[] {
  return sql
    .split(/;[ \t]*$/m)
    .map(withoutComment)
    .filter((statement) => statement !== '')
}

const RERUNNABLE = [
  /^create \S.* if not exists\b/i,
  /^drop \S.* if exists\b/i,
  /^alter\b[\s\S]*\b(?:if exists|if not exists|modify|comment column)\b/i,
  /^insert\b[\s\S]*\binsert_deduplication_token\b/i,
]

function rerunnable(statement: string, file: string): string {
  if (RERUNNABLE.some((form) => form.test(statement))) return statement
  throw new Error(
    `Migration ${file}: the statement "${statement.slice(0, 60).replaceAll(/\s+/g, ' ')}" cannot be run twice, as a crash may require. Use CREATE ... IF NOT EXISTS, DROP ... IF EXISTS, ALTER ... IF [NOT] EXISTS, ALTER ... MODIFY, or INSERT with an insert_deduplication_token.`,
  )
}

/** Applies a file. @throws with its name */
export async function withFile(file: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    throw new Error(`${file} failed. Correct it. ${error instanceof Error ? error.message : error}`, {
      cause: error,
    })
  }
}
