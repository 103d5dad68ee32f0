/** Blocks of two chains that the engine wrote, and processes that load them. */
import { blockName, type Chain, chainPrefix } from '@shelfcast/contracts/lake'
import type { BlockFacts } from '@shelfcast/ingest/load/block-facts'
import { type Load, LoadLog, StaleLoad } from '@shelfcast/ingest/load/log'
import { loadRows, rangesOf, recordLoad } from '@shelfcast/ingest/load/rows'
import type { Warehouse } from '@shelfcast/warehouse/client'

// A basket of five lines each; every tenth has a line that was refused.
export const MESSAGES = 1_000
const LINES = 5

export const chain: Chain = { topic: 'sales-transactions', epoch: 1, partition: 4 }
export const neighbour: Chain = { ...chain, partition: 5 }
export const CHAINS = [chain, neighbour]

/** The engine writes the block itself: a Parquet writer that is not ours. */
export async function writeBlock(warehouse: Warehouse, chain: Chain, begin: number): Promise<BlockFacts> {
  const name = blockName(chain, BigInt(begin))
  const refused = 'intDiv(number, 5) % 10 = 0 and number % 5 = 2'
  await warehouse.command({
    query: `
      insert into function s3(lake, filename = {name:String}, format = 'Parquet')
      select
          'sales-transactions' as topic, toInt32(1) as epoch, {partition:Int32} as partition,
          toInt64({begin:Int64} + intDiv(number, ${LINES})) as offset, toInt32(number % ${LINES} + 1) as line_no,
          now64(3, 'UTC') - toIntervalSecond(intDiv(number, 500)) as produced_at,
          if(${refused}, 'price_zero', null) as reason, if(${refused}, 'unit_price is 0', null) as detail,
          if(${refused}, '{}', null) as payload, toInt32(1) as line_count,
          if(line_no = 1, reinterpretAsInt64(cityHash64(offset)), null) as id_hash, toInt32(0) as lateness_s,
          if(offset % 100 = 7, concat('sales-transactions/4/', toString(offset % 3), '/1'), null) as replay_of,
          concat('B', toString(partition), '-', toString(offset)) as basket_id, if(offset % 9 = 0, 'return', 'sale') as kind,
          concat('S', toString(offset % 3)) as store_id, toInt32(1) as till_id, 'C1' as cashier_id,
          null::Nullable(String) as customer_id, toDateTime64('2026-01-05 08:00:00', 3, 'UTC') + offset as event_time,
          toDate32('2026-01-05') as business_date, 'GBP' as currency, 'card' as payment,
          concat('P', toString((offset + line_no) % 50)) as sku, toInt32(1 + number % 3) as quantity,
          if(number % 4 = 0, 'g', 'each') as unit, toInt32(100) as unit_price, toInt64(100 + number % 7) as gross_amount,
          toInt64(0) as discount, gross_amount as net_amount, null::Nullable(String) as promotion_id,
          event_time as scanned_at
      from numbers(${MESSAGES * LINES})`,
    query_params: { name, begin, partition: chain.partition },
  })
  const rowsRefused = MESSAGES / 10
  return {
    ...chain,
    name,
    begin: BigInt(begin),
    end: BigInt(begin + MESSAGES),
    messages: MESSAGES,
    rowsAccepted: MESSAGES * LINES - rowsRefused,
    rowsRefused,
    offsetsMissing: 0n,
    bytes: 1,
    producedMin: 1_767_600_000_000,
    producedMax: 1_767_600_001_000,
    topicId: 'first',
  }
}

/**
 * A process that loads, with what it knows of the log.
 * @param blocks all that there are
 */
export function processOn(client: Warehouse, blocks: readonly BlockFacts[]) {
  const log = new LoadLog(client)
  async function finish(load: Load): Promise<void> {
    const range = blocksIn(load, blocks)
    await loadRows(client, load, range)
    await recordLoad(client, load, range)
  }
  /** Finishes what others began, and says where the chains end. */
  async function look(): Promise<Map<string, bigint>> {
    for (;;) {
      const { unfinished, ends } = await log.look(CHAINS)
      if (unfinished.length === 0) return ends
      for (const load of unfinished) await finish(load)
    }
  }
  async function load(range: readonly BlockFacts[]): Promise<void> {
    await finish(await log.plan(rangesOf(range)))
  }
  /** Loads on to the ends of the chains as a loader does, in loads of `size` blocks of each. */
  async function loadAll(size: number): Promise<void> {
    for (;;) {
      try {
        const ends = await look()
        const next = CHAINS.flatMap((part) => {
          const end = ends.get(chainPrefix(part)) ?? 0n
          return blocks
            .filter((block) => block.partition === part.partition && block.begin >= end)
            .slice(0, size)
        })
        if (next.length === 0) return
        await load(next)
      } catch (error) {
        if (!(error instanceof StaleLoad)) throw error
      }
    }
  }
  return { log, look, load, loadAll }
}

const blocksIn = ({ ranges }: Load, blocks: readonly BlockFacts[]) =>
  ranges.flatMap(({ partition, begin, end }) =>
    blocks.filter((block) => block.partition === partition && block.begin >= begin && block.end <= end),
  )
