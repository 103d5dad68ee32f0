/** How long a sale takes from its till to the warehouse. */
import type { PipelineState } from '@shelfcast/contracts/api'
import { LEDGER_TABLE } from '@shelfcast/contracts/warehouse'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import { recent } from '../read/recent.ts'

export type ReadLatency = () => Promise<PipelineState['latency']>

/**
 * By the ledger, for sales alone: what is not a sale may wait longer for others. Every message of a block is counted
 * as old as the block's oldest, so the figures are upper bounds.
 * Clocks of producers may be ahead of ours; nothing is faster than 0.
 */
export function createLatency(read: Reader): ReadLatency {
  return recent(500, async () => {
    const [row] = await read<{ blocks: number; p50: number; p99: number }>(`
      select
          count() as blocks,
          quantileExactWeighted(0.5)(age, messages) as p50,
          quantileExactWeighted(0.99)(age, messages) as p99
      from
      (
          select
              toUInt64(messages) as messages,
              greatest(0, toUnixTimestamp64Milli(loaded_at) - toUnixTimestamp64Milli(produced_min)) as age
          from ${LEDGER_TABLE}
          where topic = 'sales-transactions' and loaded_at >= now64(3) - interval 10 minute and messages > 0
      )`)
    return row && row.blocks > 0 ? { p50_ms: row.p50, p99_ms: row.p99 } : { p50_ms: null, p99_ms: null }
  })
}
