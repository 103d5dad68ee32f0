/** What the warehouse knows of the pipeline: blocks, rows, lines by outcome, and the newest of each. */
import type { PipelineState } from '@shelfcast/contracts/api'
import { REFUSALS, type RefusalCode } from '@shelfcast/contracts/refusals'
import { EVENT_TOPICS, type EventTopic } from '@shelfcast/contracts/topics'
import { DEAD_LETTER_TABLE, FACT_TABLE, LEDGER_TABLE } from '@shelfcast/contracts/warehouse'
import type { Reader } from '@shelfcast/warehouse/queries/rows'

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

/** Rows that are in the tables, counted in the tables: to be held against what the ledger says. */
export const readRows = (read: Reader) => async () => {
  const counts = EVENT_TOPICS.map(
    (topic) => `select '${topic}' as topic, count() as rows from ${FACT_TABLE[topic]}`,
  )
  const rows = await read<{ topic: EventTopic; rows: number }>(`
    select topic, sum(rows) as rows
    from
    (
        ${counts.join('\n        union all\n        ')}
        union all
        select topic, count() as rows from ${DEAD_LETTER_TABLE} group by topic
    )
    group by topic`)
  return new Map(rows.map((row) => [row.topic, row.rows]))
}

export const readAccepted = (read: Reader) => async () => {
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

export const readRefusals = (read: Reader) => async (): Promise<PipelineState['refusals']> => {
  const rows = await read<{ topic: string; reason: string; lines: number }>(`
    select topic, reason, sum(lines) as lines
    from refused_totals
    group by topic, reason
    order by lines desc, topic, reason`)
  return rows.map((row) => ({ ...row, ...explain(row.reason) }))
}

export function explain(reason: string): { rule: string; fix: string } {
  if (!Object.hasOwn(REFUSALS, reason)) {
    return { rule: 'A reason that this version of the API does not know.', fix: 'Update the API.' }
  }
  const { rule, fix } = REFUSALS[reason as RefusalCode]
  return { rule, fix }
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
    order by produced_at desc, topic, partition, offset, line_no
    limit {limit:UInt32}`,
      { limit: LATEST_DEAD_LETTERS, bytes: PAYLOAD_LIMIT * 4 },
    )
    return rows.map(({ produced_ms, payload, ...row }) => ({
      ...row,
      produced_at: new Date(produced_ms).toISOString(),
      payload: payload.slice(0, PAYLOAD_LIMIT),
    }))
  }
