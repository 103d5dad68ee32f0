/** What the ledger of blocks says. */
import type { EventTopic } from '@shelfcast/contracts/topics'
import { LEDGER_TABLE } from '@shelfcast/contracts/warehouse'
import type { Reader } from './rows.ts'

/** The loaded blocks of one partition, of all lives of its topic. */
export interface LoadedChain {
  topic: EventTopic
  partition: number
  /** The newest life. */
  epoch: number
  /** First offset of the newest epoch that is not in the warehouse. */
  end_offset: number
  blocks: number
  /** Accepted and refused. */
  rows: number
  bytes: number
  /** Of all epochs. */
  offsets_missing: number
  /** When its newest block was loaded: milliseconds since 1970. */
  newest: number
}

export const readLoadedChains = (read: Reader): Promise<LoadedChain[]> =>
  read<LoadedChain>(`
    select
        topic,
        partition,
        max(epoch) as epoch,
        argMax(end_offset, (lake_objects.epoch, begin_offset)) as end_offset,
        sum(offsets_missing) as offsets_missing,
        count() as blocks,
        sum(rows_accepted + rows_refused) as rows,
        sum(bytes) as bytes,
        toUnixTimestamp64Milli(max(loaded_at)) as newest
    from ${LEDGER_TABLE}
    group by topic, partition`)
