/** What the curated tables hold, loaded into the emptied warehouse: rows whose blocks may have expired. */
import {
  CURATED_BLOCKS,
  CURATED_FACTS,
  CURATED_REFUSED,
  CURATED_STATE,
  CURATED_TABLES,
  CuratedState,
} from '@shelfcast/contracts/curated'
import { type Chain, chainOf, chainPrefix } from '@shelfcast/contracts/lake'
import { EVENT_TOPICS } from '@shelfcast/contracts/topics'
import {
  CURATED_COLLECTION,
  DEAD_LETTER_TABLE,
  FACT_TABLE,
  LEDGER_TABLE,
} from '@shelfcast/contracts/warehouse'
import type { Lake } from '@shelfcast/runtime/lake'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { Compile } from 'typebox/compile'
import { IS_FILLING } from '../emptying.ts'
import { BLOCK_ROWS_LIMIT, DEAD_LETTER_COLUMNS, factColumns, LEDGER_COLUMNS, LOAD_SETTINGS } from '../rows.ts'

const stateValidator = Compile(CuratedState)

/** The curated tables at one moment: all of them hold the rows of the same blocks. */
export interface Curated {
  state: CuratedState
  /** Where the rows of each chain end. */
  ends: (Chain & { end: bigint })[]
}

/** @returns undefined where nothing was compacted yet */
export async function readCurated(lake: Lake): Promise<Curated | undefined> {
  if (!(await lake.metadata('raw', CURATED_STATE))) return undefined
  const state: unknown = JSON.parse((await lake.read('raw', CURATED_STATE)).toString('utf8'))
  if (!stateValidator.Check(state)) {
    const [fault] = stateValidator.Errors(state)
    throw new Error(
      `Object raw/${CURATED_STATE} does not say which curated tables belong together: ${fault?.instancePath} ${fault?.message}. Delete it, and run npm run jobs -- compact, which writes it anew.`,
    )
  }
  const missing = CURATED_TABLES.find((table) => !state.tables[table])
  if (missing !== undefined) return undefined
  const ends = Object.entries(state.covers).flatMap(([prefix, [, end]]) => {
    const chain = chainOf(prefix)
    return chain ? [{ ...chain, end: BigInt(end) }] : []
  })
  return { state, ends }
}

export interface Filling {
  warehouse: Warehouse
  curated: Curated
  /** By the chain's folder, the offset before which its rows are taken; of other chains none are. */
  limits: ReadonlyMap<string, bigint>
  /** Number of the rebuild. */
  rebuild: number
  onLoaded(rows: number): void
}

/** Rows of facts and dead letters, day by day, and then the ledger. To be repeated only on emptied tables. */
export async function fillFromCurated(filling: Filling): Promise<void> {
  const { curated } = filling
  for (const topic of EVENT_TOPICS) {
    await fillByDay(filling, {
      table: CURATED_FACTS[topic],
      day: 'business_date',
      target: FACT_TABLE[topic],
      columns: factColumns(topic),
    })
  }
  await fillByDay(filling, {
    table: CURATED_REFUSED,
    day: 'toDate(produced_at)',
    target: DEAD_LETTER_TABLE,
    columns: [...DEAD_LETTER_COLUMNS, 'message_id'],
  })
  const columns = LEDGER_COLUMNS.join(', ')
  await insert(filling, `${CURATED_BLOCKS}/${curated.state.tables[CURATED_BLOCKS]!.snapshot_id}`, {
    query: `
      insert into ${LEDGER_TABLE} (${columns})
      select ${columns}
      from ${source(curated, CURATED_BLOCKS)}
      where end_offset <= ${LIMIT} and ${IS_FILLING}`,
  })
}

interface Days {
  table: string
  /** Expression of the day that a row is of. */
  day: string
  target: string
  columns: string[]
}

async function fillByDay(filling: Filling, { table, day, target, columns }: Days): Promise<void> {
  const { warehouse, curated, onLoaded } = filling
  const answer = await warehouse.query({
    query: `
      select toString(${day}) as day, toUInt32(count()) as rows
      from ${source(curated, table)}
      where offset < ${LIMIT}
      group by day
      order by day`,
    query_params: { limits: limitsOf(filling) },
    format: 'JSONEachRow',
  })
  for (const { from, to, rows } of ranges(await answer.json<{ day: string; rows: number }>())) {
    const names = columns.join(', ')
    await insert(filling, `${table}/${curated.state.tables[table]!.snapshot_id}/${from}/${to}`, {
      query: `
        insert into ${target} (${names})
        select ${names}
        from ${source(curated, table)}
        where ${day} between {from:Date} and {to:Date} and offset < ${LIMIT} and ${IS_FILLING}`,
      parameters: { from, to },
    })
    onLoaded(rows)
  }
}

/** Days in a row that together have as many rows as one insert takes in one part; a day with more is one by itself. */
function ranges(
  days: readonly { day: string; rows: number }[],
): { from: string; to: string; rows: number }[] {
  const spans: { from: string; to: string; rows: number }[] = []
  for (const { day, rows } of days) {
    const last = spans.at(-1)
    if (last && last.rows + rows <= BLOCK_ROWS_LIMIT) {
      last.to = day
      last.rows += rows
    } else spans.push({ from: day, to: day, rows })
  }
  return spans
}

/** Where the rows of a row's chain end. */
const LIMIT = `{limits:Map(String, Int64)}[concat(topic, '/', toString(epoch), '/', toString(partition))]`

function limitsOf({ limits }: Filling): Record<string, bigint> {
  return Object.fromEntries(
    [...limits].map(([prefix, end]) => {
      const { topic, epoch, partition } = chainOf(prefix)!
      return [`${topic}/${epoch}/${partition}`, end]
    }),
  )
}

/** The table at the snapshot of the state, whatever was committed since. */
function source({ state }: Curated, table: string): string {
  const { metadata } = state.tables[table]!
  const name = new URL(metadata).pathname.slice(1)
  const at = name.lastIndexOf('/metadata/')
  // Names of the catalogue's own making; a quote in one would end the text.
  if (at === -1 || !/^[\w./=-]+$/.test(name))
    throw new Error(
      `Table ${table} of raw/${CURATED_STATE} has its metadata at "${metadata}", which is no file of a metadata folder. Delete that object, and run npm run jobs -- compact.`,
    )
  return `icebergS3(${CURATED_COLLECTION}, filename = '${name.slice(0, at)}/', settings iceberg_metadata_file_path = '${name.slice(at + 1)}')`
}

async function insert(
  filling: Filling,
  token: string,
  { query, parameters = {} }: { query: string; parameters?: Record<string, string> },
): Promise<void> {
  const { warehouse, rebuild } = filling
  await warehouse.command({
    query,
    query_params: { ...parameters, limits: limitsOf(filling), rebuild },
    clickhouse_settings: { ...LOAD_SETTINGS, insert_deduplication_token: `curated/${rebuild}/${token}` },
  })
}

/**
 * How much of each chain is taken from the curated tables: what the warehouse had, or all where it had nothing or where
 * the blocks that follow have expired. What is left is loaded from blocks.
 * @param ends where each chain ends in the ledger
 * @param heads by the chain's folder, where its blocks begin
 */
export function limitsFor(
  curated: Curated,
  ends: readonly (Chain & { end: bigint })[],
  heads: ReadonlyMap<string, bigint>,
): Map<string, bigint> {
  const loaded = new Map(ends.map((chain) => [chainPrefix(chain), chain.end]))
  return new Map(
    curated.ends.map((chain) => {
      const prefix = chainPrefix(chain)
      const end = loaded.get(prefix) ?? 0n
      const isLeft = loaded.size > 0 && end < chain.end && (heads.get(prefix) ?? 0n) <= end
      return [prefix, isLeft ? end : chain.end]
    }),
  )
}
