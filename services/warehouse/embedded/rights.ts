/**
 * What the role `analyst` may do: read the databases `shelfcast` and `curated`, and the system tables that clients look into.
 *
 * The engine has one user, so rights are decided here, on tokens, and an analyst's query runs with readonly=1, under
 * which the engine itself refuses writes, settings and table functions that reach outside. Files and foreign hosts
 * are withheld from everybody (configuration.ts).
 */
import { CURATED_DATABASE, DATABASE } from '@shelfcast/contracts/warehouse'
import { CODE, Failure } from './failure.ts'
import { isSymbol, nameOf, type Token } from './lexer.ts'
import { READING_KINDS, type Statement } from './statement.ts'
import type { User } from './users.ts'

/** Tables of `system` that describe the server or the schema, and hold nothing of other users or of operations. */
const SYSTEM_TABLES = new Set(
  `aggregate_function_combinators build_options collations columns completions contributors data_skipping_indices
  data_type_families databases dictionaries formats functions keywords licenses numbers numbers_mt one parts
  parts_columns settings table_engines table_functions tables time_zones zeros`.split(/\s+/),
)

/** Table functions that only compute; every other one reaches outside, or around the names that are checked here. */
const TABLE_FUNCTIONS = new Set(
  'format generate_series generateseries generaterandom numbers numbers_mt sqlstandardvalues values view zeros zeros_mt null'.split(
    ' ',
  ),
)

/** Ordinary functions that reach other hosts or programs. */
const OUTWARD_FUNCTION = /^(hascolumnintable|evalmlmethod|catboostevaluate|ai[a-z]+)$/

const SHOWN = new Set(
  'tables databases columns fields create table view full extended changed settings setting functions index indexes indices keys dictionaries engines'.split(
    ' ',
  ),
)

const DATABASES = new Set([DATABASE, CURATED_DATABASE, 'information_schema', 'INFORMATION_SCHEMA'])

/** Settings that would open something which readonly=1 would otherwise keep shut, or read files. */
const SETTING = /^(allow_|enable_|format_schema|format_template|log_comment|max_memory_usage|readonly|param_)/
const HARMLESS_SETTING = /^enable_http_compression$/

function refuse(user: User, what: string, fix: string): never {
  throw new Failure(
    CODE.accessDenied,
    `${user.name}: Not enough privileges: ${what}. An analyst reads the database ${DATABASE}. ${fix}`,
  )
}

/** What exists in the engine. */
export interface Catalogue {
  /** In lower case. */
  tableFunctions: ReadonlySet<string>
  databases: ReadonlySet<string>
}

/** Throws error 497 or 164 when the user may not run the statement. */
export function checkStatement(user: User, statement: Statement, catalogue: Catalogue): void {
  const found = statement.tokens
  // FILE is withheld from everybody, and this function does not ask for it.
  if (found.some((token, at) => nameOf(token)?.toLowerCase() === 'file' && isSymbol(found[at + 1], '(')))
    throw new Failure(
      CODE.accessDenied,
      `${user.name}: Not enough privileges: the function file() reads files of the server. Load data from the lake with s3(lake, ...), or send it as rows of an INSERT`,
    )
  if (user.role === 'service') return
  if (!READING_KINDS.has(statement.kind)) {
    if (statement.kind === 'insert' || statement.kind === 'set')
      throw new Failure(
        CODE.readonly,
        `${user.name}: Cannot execute query in readonly mode. An analyst only reads; give settings in the URL`,
      )
    refuse(
      user,
      `${statement.kind.toUpperCase()} is not a query`,
      'Use SELECT, SHOW, DESCRIBE, EXISTS or EXPLAIN.',
    )
  }
  if (statement.kind === 'show' && !SHOWN.has(nameOf(found[1])?.toLowerCase() ?? ''))
    refuse(
      user,
      `SHOW ${found[1]?.text ?? ''} is about the server`,
      'Use SHOW TABLES, DATABASES, COLUMNS or CREATE.',
    )
  if (statement.kind === 'use') checkDatabase(user, nameOf(found.at(-1)) ?? '')
  for (const index of found.keys()) checkName(user, found, index, catalogue)
}

function checkName(user: User, found: readonly Token[], index: number, catalogue: Catalogue) {
  const token = found[index]!
  if (token.kind === 'quoted' && token.text.includes('\\'))
    refuse(user, `the quoted name ${token.text} has a backslash`, 'Write the name without one.')
  const name = nameOf(token)
  if (name === undefined) return
  const next = found[index + 1]
  const lower = name.toLowerCase()
  const reachesOut = catalogue.tableFunctions.has(lower) && !TABLE_FUNCTIONS.has(lower)
  if (isSymbol(next, '(') && (OUTWARD_FUNCTION.test(lower) || reachesOut))
    refuse(user, `the function ${name}() reaches outside of the warehouse's tables`, 'Leave it out.')
  if (isSymbol(next, '.')) {
    const table = nameOf(found[index + 2]) ?? found[index + 2]?.text ?? ''
    if (lower === 'system') {
      if (!SYSTEM_TABLES.has(table)) refuse(user, `system.${table} is about the server`, 'Leave it out.')
    } else if (catalogue.databases.has(name)) checkDatabase(user, name)
  }
  // A name that comes as a parameter cannot be checked here.
  if (lower === 'identifier' && isSymbol(found[index - 1], ':'))
    refuse(user, 'a parameter of type Identifier names a table or column', 'Write the name into the query.')
}

/** The database in which a user's unqualified names are looked up; analysts who name none read `shelfcast`. */
export function databaseFor(user: User, asked: string | undefined): string {
  if (user.role === 'service') return asked || 'default'
  if (!asked || asked === 'default') return DATABASE
  checkDatabase(user, asked)
  return asked
}

function checkDatabase(user: User, database: string) {
  if (!DATABASES.has(database))
    refuse(user, `the database ${database} is not open to you`, `Use ${DATABASE}.`)
}

/** Throws error 164 when the user may not give the setting. */
export function checkSetting(user: User, name: string, value: string): void {
  if (user.role === 'service') return
  if (name === 'readonly' && ['1', '2'].includes(value)) return
  if (SETTING.test(name) && !HARMLESS_SETTING.test(name))
    throw new Failure(
      CODE.readonly,
      `${user.name}: Cannot modify '${name}' setting in readonly mode. Leave it out`,
    )
}
