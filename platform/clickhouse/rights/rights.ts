/**
 * What the role `analyst` may do: read the databases `shelfcast` and `curated`, and what clients look up of the engine.
 *
 * Decided on the engine's own tree of the text that will run, by the allow-lists of analyst.ts. Below it the engine has
 * walls of its own (configuration.ts): the role's grants, the ceilings as constraints, filters on tables of `system`,
 * and readonly. What only this file holds back: ordinary functions, and files named by the statement.
 */
import { CURATED_DATABASE, DATABASE } from '@shelfcast/contracts/warehouse'
import { CODE, Failure } from '../failure.ts'
import { tokens } from '../statement/lexer.ts'
import type { Node } from '../statement/reading.ts'
import { settingsOf } from '../statement/settings-clause.ts'
import { CEILINGS, FILTERS_SETTING, SETTINGS, SYSTEM_TABLES, TABLE_FUNCTIONS } from './analyst.ts'
import { type Functions, isAllowed } from './functions.ts'
import type { User } from './users.ts'

/** Databases in which names may be looked up. The engine's grants say which tables are read. */
const DATABASES = new Set([DATABASE, CURATED_DATABASE, 'information_schema', 'INFORMATION_SCHEMA'])

/** Statements that read, by the type of their tree. `ShowTables` is more than tables: see SHOWN. */
const READING = new Set([
  'SelectWithUnionQuery',
  'SelectIntersectExceptQuery',
  'DescribeQuery',
  'Explain',
  'UseQuery',
  'Set',
  'ShowTables',
  'ShowColumns',
  'ShowFunctions',
  'ShowEngineQuery',
  'ShowCreateTableQuery',
  'ShowCreateViewQuery',
  'ShowCreateDatabaseQuery',
  'ExistsTableQuery',
  'ExistsViewQuery',
  'ExistsDatabaseQuery',
])
/** What stands after SHOW, FULL, EXTENDED and CHANGED left out. */
const SHOWN = new Set(
  'TABLES DATABASES COLUMNS FIELDS CREATE SETTINGS SETTING FUNCTIONS INDEX INDEXES INDICES KEYS ENGINES'.split(
    ' ',
  ),
)
/** The other types of nodes of such statements, each of which shows all that it holds as nodes below it. */
const PARTS = new Set([
  'ArrayJoin',
  'Asterisk',
  'ColumnsExceptTransformer',
  'ColumnsListMatcher',
  'ColumnsRegexpMatcher',
  'ColumnsReplaceTransformer',
  'ColumnsReplaceTransformer::Replacement',
  'ColumnsTransformerList',
  'ExpressionList',
  'Function',
  'Identifier',
  'InterpolateElement',
  'Literal',
  'OrderByElement',
  'QualifiedAsterisk',
  'QualifiedColumnsListMatcher',
  'QualifiedColumnsRegexpMatcher',
  'SampleRatio',
  'SelectQuery',
  'Subquery',
  'TableExpression',
  'TableIdentifier',
  'TableJoin',
  'TablesInSelectQuery',
  'TablesInSelectQueryElement',
  'WindowDefinition',
  'WindowListElement',
  'WithElement',
])

export interface Judged {
  user: User
  /** Normalised, as it will run. */
  text: string
  tree: Node
  functions: Functions
  /** Path that the gateway itself lets the engine write the result to. */
  pipe: string | undefined
}

/** Throws error 497 or 164 when an analyst may not run the statement. */
export function checkStatement(judged: Judged): void {
  const { user, text, tree } = judged
  if (tree.type === 'InsertQuery') refuseWrite(user)
  if (!READING.has(tree.type))
    refuse(user, `${text.split(' ', 1)[0]} is not a query`, 'Use SELECT, SHOW, DESCRIBE, EXISTS or EXPLAIN.')
  if (tree.type === 'UseQuery') checkDatabase(user, tree.name)
  if (/^SHOW /.test(text)) {
    const shown = text.split(' ').find((word, at) => at > 0 && !/^(FULL|EXTENDED|CHANGED)$/.test(word)) ?? ''
    if (!SHOWN.has(shown))
      refuse(user, `SHOW ${shown} is about the server`, 'Use SHOW TABLES, DATABASES, COLUMNS or CREATE.')
    // Their WHERE and LIMIT are not in the tree.
    if ([...tokens(text)].some(({ depth }) => depth > 0))
      refuse(user, `SHOW ${shown} computes something`, 'Use LIKE, or ask system.tables and system.columns.')
  }
  checkNode(judged, tree, undefined)
  checkSettings(judged)
}

/** Whether a normalised text of a service has to be looked at: nothing can be called that is not named in it. */
export function mayReadFiles(text: string): boolean {
  return /\bfile\b/i.test(text)
}

/** Throws error 497 when a service calls file(): FILE is withheld from everybody, and this function asks for no grant. */
export function checkFileFunction(user: User, tree: Node): void {
  const called = tree.type === 'Function' && tree.children.some(({ children }) => children.some(namesFile))
  if (called || (tree.type === 'Function' && namesFile(tree)) || tree.type === 'ColumnsApplyTransformer')
    throw new Failure(
      CODE.accessDenied,
      `${user.name}: Not enough privileges: the function file() reads files of the server. Load data from the lake with s3(lake, ...), or send it as rows of an INSERT`,
    )
  for (const child of tree.children) checkFileFunction(user, child)
}

const namesFile = ({ name }: Node) => name.toLowerCase() === 'file'

function checkNode(judged: Judged, node: Node, parent: Node | undefined): void {
  const { user, functions } = judged
  const { type, name } = node
  if (type === 'ColumnsApplyTransformer')
    refuse(user, 'APPLY calls functions by their name', 'Write the columns out.')
  if (type !== 'Set' && !READING.has(type) && !PARTS.has(type))
    refuse(user, `${type} is nothing that an analyst's query has`, 'Leave it out.')
  if (type === 'Function') checkFunction(judged, name, parent)
  if (type === 'TableIdentifier') checkName(user, name)
  if (type === 'Identifier') {
    checkName(user, name)
    // A function may be named where a lambda is expected: arrayMap(file, ...).
    if (functions.names.has(name.toLowerCase()) && !isAllowed(functions, name))
      refuse(
        user,
        `${name} names a function about the server`,
        `If it is a column, write its table before it: t.${name}.`,
      )
  }
  if (type === 'Literal' && parent && READING.has(parent.type)) checkFile(judged, name)
  for (const child of node.children) checkNode(judged, child, node)
}

function checkFunction({ user, functions }: Judged, name: string, parent: Node | undefined) {
  if (parent?.type === 'TableExpression') {
    if (!TABLE_FUNCTIONS.has(name.toLowerCase()))
      refuse(user, `the table function ${name}() reaches outside of the warehouse's tables`, 'Leave it out.')
  } else if (!isAllowed(functions, name))
    refuse(user, `the function ${name}() is about the server, or unknown`, 'Leave it out.')
}

/** Of `system` an analyst reads some tables; all other databases are the engine's to grant. */
function checkName(user: User, name: string) {
  const [database, table] = name.split('.')
  if (database === 'system' && table !== undefined && !SYSTEM_TABLES.has(table))
    refuse(user, `system.${table} is about the server`, 'Leave it out.')
}

/** A literal right below a query is a file that the result goes to: the gateway's own pipe, or its compression. */
function checkFile({ user, pipe }: Judged, name: string) {
  if (pipe === undefined || (name !== `'${pipe}'` && name !== "'none'"))
    refuse(user, 'the query names a file', 'Save the response instead.')
}

function checkSettings({ user, text, tree }: Judged) {
  const clauses = settingsOf(text)
  // What the engine counts as a clause and is not one here, or the other way, is read in two ways.
  if (clauses === undefined || clauses.length !== clausesIn(tree))
    refuse(user, 'the settings of the query cannot be read', 'Write them as name = value.')
  for (const { name, value } of clauses.flat()) {
    if (name !== FILTERS_SETTING) checkSetting(user, name)
    checkCeiling(user, name, value)
  }
}

/** The engine holds the settings of a query and of its connection to its bounds, and not those of a subquery. */
function checkCeiling(user: User, name: string, value: string) {
  if (!Object.hasOwn(CEILINGS, name)) return
  const { least, most } = CEILINGS[name as keyof typeof CEILINGS]
  const number = Number(value.replace(/^'|'$/g, ''))
  if (number >= least && number <= most) return
  throw new Failure(
    CODE.settingConstraint,
    `${user.name}: Setting ${name} is ${value}, and shouldn't be less than ${least} or greater than ${most}. Lower it, or leave it out`,
  )
}

/** Options of EXPLAIN are a clause of the tree too, and no settings. */
function clausesIn(node: Node, parent?: Node): number {
  const own = node.type === 'Set' && parent?.type !== 'Explain' ? 1 : 0
  return node.children.reduce((sum, child) => sum + clausesIn(child, node), own)
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

/** Throws error 164 when the user may not give the setting in the URL. An analyst is readonly anyway. */
export function checkUrlSetting(user: User, name: string, value: string): void {
  if (name !== 'readonly' || !['1', '2'].includes(value)) checkSetting(user, name)
}

function checkSetting(user: User, name: string): void {
  if (user.role === 'service' || SETTINGS.has(name)) return
  throw new Failure(
    CODE.readonly,
    `${user.name}: Cannot modify '${name}' setting in readonly mode. Leave it out; an analyst may set ${Object.keys(CEILINGS).join(', ')}, and how values are written`,
  )
}

export function refuseWrite(user: User): never {
  throw new Failure(
    CODE.readonly,
    `${user.name}: Cannot execute query in readonly mode. An analyst only reads`,
  )
}

function refuse(user: User, what: string, fix: string): never {
  throw new Failure(
    CODE.accessDenied,
    `${user.name}: Not enough privileges: ${what}. An analyst reads the database ${DATABASE}. ${fix}`,
  )
}
