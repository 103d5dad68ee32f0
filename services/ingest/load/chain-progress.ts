/**
 * How far a chain of blocks is loaded, and what is loaded next.
 *
 * Several processes may believe at once that a chain is theirs to load. What holds them together is in the warehouse:
 * a load takes place only where the chain ends at the range's begin and the plan from there ends at the range's end,
 * which each statement checks for itself when it runs. So all who load from an offset load the same range, with the
 * same token, and one who comes late loads nothing.
 */
import { type Chain, chainPrefix } from '@shelfcast/contracts/lake'
import { LEDGER_TABLE } from '@shelfcast/contracts/warehouse'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { finishEmptying } from './emptying.ts'

/** Offsets of a chain, from the first to before the second. */
export interface Range extends Chain {
  begin: bigint
  end: bigint
}

/** The chain is no longer where the caller thought: another process has loaded on, or the tables were emptied. */
export class StaleRange extends Error {
  override name = 'StaleRange'
}

/**
 * Makes a token count for INSERT ... SELECT. By default the engine asks for an order of all rows besides; releases about
 * 26.2 forget the token without one.
 */
export const TOKEN_COUNTS = { deduplicate_insert_select: 'enable_even_for_bad_queries' } as const

// As text: an offset may be past what a JSON number holds.
const EXACT = { output_format_json_quote_64bit_integers: 1 } as const

const OF_CHAIN = 'topic = {topic:String} and epoch = {epoch:Int32} and partition = {partition:Int32}'
const LOADED_END = `ifNull((select end_offset from ${LEDGER_TABLE} where ${OF_CHAIN} order by begin_offset desc limit 1), 0)`
// A process that stood still for so long that its token was forgotten may write a second plan: the first one counts.
const PLANNED_END = `(select end_offset from load_plans where ${OF_CHAIN} and begin_offset = {begin:Int64} order by planned_at limit 1)`
const NOT_EMPTYING = `(select argMax(step, (number, step = 'emptied')) from rebuilds) in ('', 'emptied')`

/** True in a statement while the range is the one to be loaded next. Its parameters are those of `rangeParameters`. */
export const IS_NEXT = `(${LOADED_END} = {begin:Int64} and ${PLANNED_END} = {end:Int64} and ${NOT_EMPTYING})`
const MAY_PLAN = `(${LOADED_END} = {begin:Int64} and ${PLANNED_END} is null and ${NOT_EMPTYING})`

export function rangeParameters({ topic, epoch, partition, begin, end }: Range) {
  return { topic, epoch, partition, begin: String(begin), end: String(end) }
}

/** Token under which a range is loaded, in every table that it belongs to. */
export function rangeToken(range: Range): string {
  return `${chainPrefix(range)}${range.begin}-${range.end}`
}

/**
 * Where the loaded part of a chain ends: its first offset that is not in the warehouse.
 * @throws while the tables are being emptied for a rebuild; finishes it when the process that did it is gone
 */
export async function loadedEnd(warehouse: Warehouse, chain: Chain): Promise<bigint> {
  await finishEmptying(warehouse)
  return ledgerEnd(warehouse, chain)
}

/** Where the plan ends that begins at this offset, or undefined when there is none. */
export function plannedEnd(warehouse: Warehouse, chain: Chain, begin: bigint): Promise<bigint | undefined> {
  return readEnd(warehouse, PLANNED_END, { ...chain, begin, end: 0n })
}

/**
 * Plans a range, unless one from the same offset is planned.
 * @returns the end of the plan that counts: another's, where another was first
 * @throws StaleRange when the chain does not end at the range's begin
 */
export async function planRange(warehouse: Warehouse, range: Range): Promise<bigint> {
  await warehouse.command({
    query: `
      insert into load_plans (topic, epoch, partition, begin_offset, end_offset)
      select {topic:String}, {epoch:Int32}, {partition:Int32}, {begin:Int64}, {end:Int64}
      where ${MAY_PLAN}`,
    query_params: rangeParameters(range),
    // Of processes that plan at once, one is taken: the token does not say where the plan ends.
    clickhouse_settings: {
      ...TOKEN_COUNTS,
      insert_deduplication_token: `${chainPrefix(range)}${range.begin}`,
    },
  })
  const planEnd = await plannedEnd(warehouse, range, range.begin)
  if (planEnd === undefined) throw staleOf(range, `it is loaded up to ${await loadedEnd(warehouse, range)}`)
  return planEnd
}

/** @throws StaleRange when the ledger does not reach the end of a range that was loaded */
export async function confirmLoaded(warehouse: Warehouse, range: Range): Promise<void> {
  const loaded = await ledgerEnd(warehouse, range)
  if (loaded < range.end) throw staleOf(range, `it is loaded up to ${loaded}`)
}

/** @param actual what stands against the range */
export function staleOf(range: Range, actual: string): StaleRange {
  return new StaleRange(
    `Blocks of ${chainPrefix(range)} from offset ${range.begin} to ${range.end} are not what is loaded next: ${actual}. Ask loadedEnd and plannedEnd, and go on from there.`,
  )
}

async function ledgerEnd(warehouse: Warehouse, chain: Chain): Promise<bigint> {
  return (await readEnd(warehouse, LOADED_END, { ...chain, begin: 0n, end: 0n })) ?? 0n
}

async function readEnd(warehouse: Warehouse, expression: string, range: Range): Promise<bigint | undefined> {
  const answer = await warehouse.query({
    query: `select ${expression} as end_offset`,
    query_params: rangeParameters(range),
    clickhouse_settings: EXACT,
    format: 'JSONEachRow',
  })
  const [row] = await answer.json<{ end_offset: string | null }>()
  return row?.end_offset == null ? undefined : BigInt(row.end_offset)
}
