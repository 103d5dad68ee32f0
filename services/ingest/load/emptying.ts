/**
 * Emptying all that is loaded from the lake's blocks, so that it can be loaded again. The tables cannot be emptied in
 * one step, so it is written down when it begins and when it has ended, and nothing is loaded in between. What cannot be
 * loaded from blocks, because they have expired, is filled in before the end.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { rowsOf } from '@shelfcast/warehouse/queries/rows'

/** The rest of the warehouse is history, reference data, and what services write of their own. */
export const DERIVED_TABLES = [
  'fact_sales',
  'fact_inventory',
  'fact_pos_events',
  'dead_letters',
  'message_positions',
  'sales_hourly',
  'sales_pulse',
  'baskets_pulse',
  'till_clock',
  'store_hourly',
  'till_daily',
  'till_incidents',
  'accepted_totals',
  'refused_totals',
  'stock_changes',
  'stock_counts',
  'stock_lot_changes',
  'order_receipts',
  'loads',
  'lake_objects',
] as const

// It takes about a second; whoever has not ended after so long is gone.
const ABANDONED_AFTER_S = 60
// Filling takes longer, and says meanwhile that it lives.
const FILLING_SAID_MS = 10_000
// Loads that began before are let end; the clients give up after as long.
const LOADS_LIMIT_MS = 600_000
const LOADS_POLL_MS = 50

/** The last time that the tables were emptied. */
interface Emptying {
  /** 0 when they never were. */
  number: number
  hasEnded: boolean
  /** Whether rows are filled in before its end, by the process that began it. */
  fills: boolean
  owner: string
  /** Since its last step, by the warehouse's clock. */
  seconds: number
}

/** How often the tables were emptied: an answer is of one state of the warehouse when this is the same after it. */
export async function emptyings(warehouse: Warehouse): Promise<number> {
  return (await lastEmptying(warehouse)).number
}

/** Finishes an emptying that was killed. @throws while another process is at it, and where rows were to be filled in */
export async function finishEmptying(warehouse: Warehouse): Promise<void> {
  const { hasEnded, fills, seconds } = await lastEmptying(warehouse)
  if (hasEnded) return
  if (fills)
    throw new Error(
      `A rebuild from the curated zone has not ended; it was last heard of ${seconds} s ago. Wait for it; if it was killed, begin it again: npm run rebuild -- --from curated`,
    )
  await emptyTables(warehouse)
}

/** True in a statement while it fills what this rebuild has emptied; its parameter is the rebuild's number. */
export const IS_FILLING = `((select max(number) from rebuilds) = {rebuild:Int64}
    and (select argMax(step, (number, step = 'emptied')) from rebuilds) = 'filling')`

/**
 * Empties all tables that are loaded from blocks; the next load of each chain begins with its first block, or where the
 * ledger ends that `fill` has written.
 * @param fill loads rows that are not in blocks any more; it is given the number of the rebuild
 * @throws while another process empties them
 */
export async function emptyTables(
  warehouse: Warehouse,
  fill?: (rebuild: number) => Promise<void>,
): Promise<void> {
  const { number: lastNumber, hasEnded, seconds } = await lastEmptying(warehouse)
  if (!hasEnded && seconds < ABANDONED_AFTER_S)
    throw new Error(
      `The warehouse is being emptied for a rebuild since ${seconds} s. Try again: if that was killed, it is finished ${ABANDONED_AFTER_S} s after its begin.`,
    )
  const number = lastNumber + 1
  const owner = randomUUID()
  // Of processes that begin at once, one is taken.
  await record(warehouse, { number, step: fill ? 'filling' : 'begun', owner }, 'begun')
  await loadsEnded(warehouse)
  for (const table of DERIVED_TABLES) {
    const last = await lastEmptying(warehouse)
    if (last.number !== number || last.owner !== owner)
      throw new Error('Another process empties the warehouse for a rebuild. Try again when it has ended.')
    // Deduplication tokens of a table go with its parts.
    await warehouse.command({ query: `truncate table ${table}` })
  }
  if (fill) {
    let signCount = 0
    const saying = setInterval(() => {
      // One that is not heard of for a minute may be begun again by others, and its statements then load nothing.
      void record(warehouse, { number, step: 'filling', owner }, `filling/${++signCount}`).catch(
        () => undefined,
      )
    }, FILLING_SAID_MS)
    try {
      await fill(number)
    } finally {
      clearInterval(saying)
    }
    const last = await lastEmptying(warehouse)
    if (last.number !== number || last.owner !== owner)
      throw new Error(
        'Another process has begun to rebuild the warehouse. Wait for it, or run the rebuild again.',
      )
  }
  await record(warehouse, { number, step: 'emptied', owner }, 'emptied')
}

/** @param token by which it is written once */
async function record(
  warehouse: Warehouse,
  row: { number: number; step: 'begun' | 'filling' | 'emptied'; owner: string },
  token: string,
): Promise<void> {
  await warehouse.insert({
    table: 'rebuilds',
    format: 'JSONEachRow',
    columns: ['number', 'step', 'owner'],
    values: [row],
    clickhouse_settings: { async_insert: 0, insert_deduplication_token: `${row.number}/${token}` },
  })
}

async function lastEmptying(warehouse: Warehouse): Promise<Emptying> {
  const [row] = await rowsOf<{
    number: number
    has_ended: 0 | 1
    fills: 0 | 1
    owner: string
    seconds: number
  }>(
    warehouse,
    `
      select
          number,
          countIf(step = 'emptied') > 0 as has_ended,
          countIf(step = 'filling') > 0 as fills,
          any(owner) as owner,
          dateDiff('second', max(at), now64(3)) as seconds
      from rebuilds
      group by number
      order by number desc
      limit 1`,
  )
  if (!row) return { number: 0, hasEnded: true, fills: false, owner: '', seconds: 0 }
  const { number, owner, seconds } = row
  return { number, hasEnded: row.has_ended === 1, fills: row.fills === 1, owner, seconds }
}

/** Waits until no load is under way: those that begin now load nothing. */
async function loadsEnded(warehouse: Warehouse): Promise<void> {
  const deadline = Date.now() + LOADS_LIMIT_MS
  for (;;) {
    const answer = await warehouse.query({
      // Every statement of a load asks whether it may.
      query: `select query_id from system.processes where query_kind = 'Insert' and query like '%from rebuilds%'`,
      format: 'JSONEachRow',
    })
    const rows = await answer.json()
    if (rows.length === 0) return
    if (Date.now() > deadline)
      throw new Error(`${rows.length} loads have not ended for ${LOADS_LIMIT_MS / 1000} s. Stop ingest.`)
    await delay(LOADS_POLL_MS)
  }
}
