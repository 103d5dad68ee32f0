/** Parquet of a table: its columns and rows are checked where they are read, in the warehouse, and loaded from the lake. */
import {
  HISTORY_COLUMNS,
  type HistoryColumn,
  type HistoryColumnType,
  type HistoryTable,
} from '@shelfcast/contracts/datasets/history-tables'
import type { DatasetTarget } from '@shelfcast/contracts/datasets/layout'
import { LAKE_COLLECTION } from '@shelfcast/contracts/warehouse'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { BLOCK_ROWS_LIMIT, ONE_PART } from '../load/rows.ts'
import { type FoundObject, type Outcome, tokenOf } from './ledger.ts'

const REFUSALS_READ = 1_000
const TEXT_LETTERS = 300

const READ_AS: Record<HistoryColumnType, string> = {
  utf8: 'String',
  int32: 'Int32',
  int64: 'Int64',
  float64: 'Float64',
  date: 'Date32',
  bool: 'Bool',
}

/** What the engine may take, of a file that somebody else may have written. */
const READ_SETTINGS = {
  // Or a folder such as `year=2026` would become a column.
  use_hive_partitioning: 0 as const,
  max_memory_usage: '1000000000',
  max_threads: 1,
}

/**
 * Loads the rows that are as agreed.
 * @throws what the engine says of a file that it cannot read
 */
export async function loadTable(
  warehouse: Warehouse,
  object: FoundObject,
  table: HistoryTable,
  target: DatasetTarget,
): Promise<Outcome> {
  const columns: readonly HistoryColumn[] = HISTORY_COLUMNS[table]
  const refused = (reason: string): Outcome => ({ rows: 0, rowsRefused: 0, reason, refusals: [] })
  const rowsOf = async <T>(query: string): Promise<T[]> => {
    const answer = await warehouse.query({
      query,
      query_params: { name: object.name },
      clickhouse_settings: READ_SETTINGS,
      format: 'JSONEachRow',
    })
    return answer.json<T>()
  }
  const fault = columnFault(
    columns,
    await rowsOf(`describe table s3(${LAKE_COLLECTION}, filename = {name:String}, format = 'Parquet')`),
  )
  if (fault !== undefined) return refused(fault)
  const source = `s3(${LAKE_COLLECTION}, filename = {name:String}, format = 'Parquet', structure = '${columns
    .map(({ name, type }) => `${name} Nullable(${READ_AS[type]})`)
    .join(', ')}')`
  const reason = refusalOf(columns)
  // A small file can have any number of rows, so no more are looked at than may be.
  const [counts] = await rowsOf<{ rows: string; refused: string }>(`
    select count() as rows, countIf(${reason} != '') as refused
    from (select * from ${source} limit ${BLOCK_ROWS_LIMIT + 1})`)
  const rows = Number(counts!.rows)
  const rowsRefused = Number(counts!.refused)
  if (rows > BLOCK_ROWS_LIMIT) return refused(`it has more than the ${BLOCK_ROWS_LIMIT} rows of one object`)
  const extra = target.columns(object, object.writtenAt)
  await warehouse.command({
    query: `
      insert into ${target.table} (${[...columns.map(({ name }) => name), ...Object.keys(extra)].join(', ')})
      select ${[
        ...columns.map(({ name, nullable }) => (nullable ? `ifNull(${name}, '')` : `assumeNotNull(${name})`)),
        ...Object.keys(extra).map((name) => `{extra_${name}:String}`),
      ].join(', ')}
      from ${source}
      where ${reason} = ''`,
    query_params: {
      name: object.name,
      ...Object.fromEntries(Object.entries(extra).map(([name, value]) => [`extra_${name}`, value])),
    },
    clickhouse_settings: { ...ONE_PART, insert_deduplication_token: tokenOf(object) },
  })
  const refusals =
    rowsRefused === 0
      ? []
      : await rowsOf<{ line: string; reason: string; text: string }>(`
          select line, reason, text
          from
          (
              select
                  rowNumberInAllBlocks() + 1 as line,
                  ${reason} as reason,
                  substringUTF8(toValidUTF8(toJSONString(tuple(${columns.map(({ name }) => name).join(', ')}))), 1, 1000) as text
              from ${source}
          )
          where reason != ''
          limit ${REFUSALS_READ}`)
  return {
    rows: rows - rowsRefused,
    rowsRefused,
    reason: '',
    refusals: refusals.map((refusal) => ({ ...refusal, line: Number(refusal.line) })),
  }
}

/** What is wrong with the columns of a file; undefined when they are those of the schema. */
function columnFault(
  columns: readonly HistoryColumn[],
  file: readonly { name: string; type: string }[],
): string | undefined {
  const types = new Map(file.map(({ name, type }) => [name, type]))
  const plain = (type: string) => type.replace(/(LowCardinality|Nullable)\(/g, '').replace(/\)+$/, '')
  for (const { name, type } of columns) {
    const actual = types.get(name)
    if (actual === undefined) return `it has no column ${name}`
    if (plain(actual) !== READ_AS[type]) return `its column ${name} is ${plain(actual)}, not ${READ_AS[type]}`
  }
  const foreign = file.find(({ name }) => !columns.some((column) => column.name === name))
  return foreign && `it has a column ${JSON.stringify(foreign.name).slice(0, 100)} that is not agreed`
}

/** Expression of why a row is refused; empty text when it is not. */
function refusalOf(columns: readonly HistoryColumn[]): string {
  const cases = columns.flatMap(({ name, type, nullable, minimum }) => {
    const value = `assumeNotNull(${name})`
    const faults: [string, string][] = []
    if (!nullable) faults.push([`isNull(${name})`, `'${name} is missing'`])
    if (minimum !== undefined)
      faults.push([
        `${value} < ${minimum}`,
        `concat('${name} is ', toString(${value}), ', which is below ${minimum}')`,
      ])
    if (type === 'float64') faults.push([`not isFinite(${value})`, `'${name} is no number'`])
    if (type === 'date')
      faults.push([
        `not (toYear(${value}) between 1990 and 2099)`,
        `concat('${name} is ', toString(${value}), ', which is none of the years 1990 to 2099')`,
      ])
    if (type === 'utf8')
      faults.push([
        `not isValidUTF8(${value}) or lengthUTF8(${value}) > ${TEXT_LETTERS} or match(${value}, '[\\\\x00-\\\\x1f\\\\x7f]')`,
        `'${name} is no text on one line of at most ${TEXT_LETTERS} letters'`,
      ])
    return faults.map(
      ([condition, reason]) =>
        `ifNull(${nullable ? `isNotNull(${name}) and ` : ''}(${condition}), 0), ${reason}`,
    )
  })
  return `multiIf(${cases.join(', ')}, '')`
}
