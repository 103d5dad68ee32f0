/** What the warehouse knows of the pipeline: lines by outcome, and the newest blocks and dead letters. */
import type { PipelineState } from '@shelfcast/contracts/api'
import { explain } from '@shelfcast/contracts/refusals'
import type { EventTopic } from '@shelfcast/contracts/topics'
import { DEAD_LETTER_TABLE, LEDGER_TABLE } from '@shelfcast/contracts/warehouse'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import { MAY_BE_OPEN } from '../dead-letters/filter.ts'

export interface TopicLines {
  topic: EventTopic
  lines_accepted: number
  lines_reversed: number
  lines_late: number
}

const LATEST_BLOCKS = 12
const LATEST_DEAD_LETTERS = 20
/** Characters of a dead letter's payload that are shown; in bytes, a character has at most four. */
const PAYLOAD_LIMIT = 2_000

export async function readAccepted(read: Reader): Promise<Map<EventTopic, TopicLines>> {
  const rows = await read<TopicLines>(`
    select
        topic,
        sum(lines_accepted) as lines_accepted,
        sum(lines_reversed) as lines_reversed,
        sum(lines_late) as lines_late
    from accepted_totals
    group by topic`)
  return new Map(rows.map((row) => [row.topic, row]))
}

export async function readRefusals(read: Reader): Promise<PipelineState['refusals']> {
  const rows = await read<{ topic: string; reason: string; lines: number }>(`
    select topic, reason, sum(lines) as lines
    from refused_totals
    group by topic, reason
    order by lines desc, topic, reason`)
  return rows.map((row) => ({ ...row, ...explain(row.reason) }))
}

export const readLatestBlocks = (read: Reader) => async (): Promise<PipelineState['latest_blocks']> => {
  type Row = Omit<PipelineState['latest_blocks'][number], 'loaded_at'> & { loaded_ms: number }
  const rows = await read<Row>(
    `
    select
        key,
        topic,
        partition,
        begin_offset,
        end_offset,
        rows_accepted,
        rows_refused,
        bytes,
        toUnixTimestamp64Milli(loaded_at) as loaded_ms
    from ${LEDGER_TABLE}
    order by loaded_at desc, key
    limit {limit:UInt32}`,
    { limit: LATEST_BLOCKS },
  )
  return rows.map(({ loaded_ms, ...row }) => ({ ...row, loaded_at: new Date(loaded_ms).toISOString() }))
}

/** Of what somebody has to act on, or has. */
export const readLatestDeadLetters =
  (read: Reader) => async (): Promise<PipelineState['latest_dead_letters']> => {
    type Row = Omit<PipelineState['latest_dead_letters'][number], 'produced_at'> & { produced_ms: number }
    const rows = await read<Row>(
      `
    select
        topic,
        epoch,
        partition,
        offset,
        line_no,
        reason,
        detail,
        store_id,
        message_id,
        toUnixTimestamp64Milli(produced_at) as produced_ms,
        toValidUTF8(left(payload, {bytes:UInt32})) as payload
    from ${DEAD_LETTER_TABLE}
    where ${MAY_BE_OPEN.sql}
    order by produced_at desc, topic, partition, offset, line_no
    limit {limit:UInt32}`,
      { ...MAY_BE_OPEN.parameters, limit: LATEST_DEAD_LETTERS, bytes: PAYLOAD_LIMIT * 4 },
    )
    return rows.map(({ produced_ms, payload, ...row }) => ({
      ...row,
      produced_at: new Date(produced_ms).toISOString(),
      payload: payload.slice(0, PAYLOAD_LIMIT),
    }))
  }
