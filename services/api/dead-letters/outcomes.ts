/** What became of the messages that were sent again. */
import type { Attempt, ReplayOutcomes } from '@shelfcast/contracts/dead-letters'
import type { EventTopic } from '@shelfcast/contracts/topics'
import { DEAD_LETTER_TABLE } from '@shelfcast/contracts/warehouse'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import { readBlocks } from './blocks.ts'
import { STATES_VIEW } from './filter.ts'
import { REPLAYS_TABLE } from './replays.ts'

/** Attempts that are told of one dead letter, the newest. */
const ATTEMPT_LIMIT = 100

interface Row {
  topic: EventTopic
  partition: number
  offset: number
  epoch: number
  sent_ms: number
  rows_accepted: number
  /** Position, reason and detail of each. */
  refused: string[][]
}

/** Every time that a content was sent again, by what was recorded then and by what arrived, oldest first. */
export async function readAttempts(read: Reader, origin: string): Promise<Attempt[]> {
  const rows = await read<Row>(
    `
    select
        topic,
        partition,
        offset,
        max(epoch_or_none) as epoch,
        toUnixTimestamp64Milli(max(sent_at)) as sent_ms,
        sum(accepted) as rows_accepted,
        groupArrayArray(20)(refusals) as refused
    from
    (
        select topic, partition, offset, -1 as epoch_or_none, replayed_at as sent_at, 0 as accepted,
            [] :: Array(Array(String)) as refusals
        from ${REPLAYS_TABLE}
        where replay_of = {origin:String}
        union all
        select topic, partition, offset, epoch, produced_at, 1, []
        from replays_accepted
        where replay_of = {origin:String}
        union all
        select topic, partition, offset, epoch, produced_at, 0, [[position, reason, detail]]
        from ${STATES_VIEW}
        where replay_of = {origin:String}
    )
    group by topic, partition, offset
    order by sent_ms desc, topic, partition, offset desc
    limit {limit:UInt32}`,
    { origin, limit: ATTEMPT_LIMIT },
  )
  const arrived = rows.filter(({ epoch }) => epoch >= 0)
  const keys = await readBlocks(read, arrived)
  const blocks = new Map(arrived.map((row, index) => [row, keys[index]]))
  return rows.reverse().map((row) => ({
    topic: row.topic,
    partition: row.partition,
    offset: row.offset,
    sent_at: new Date(row.sent_ms).toISOString(),
    outcome: row.epoch < 0 ? 'waiting' : row.rows_accepted > 0 ? 'accepted' : 'refused',
    rows_accepted: row.rows_accepted,
    refused: row.refused.map(([position, reason, detail]) => ({
      position: position!,
      reason: reason!,
      detail: detail!,
    })),
    block: blocks.get(row) ?? null,
  }))
}

/** What became of everything that this API sent again since a time. */
export async function readOutcomes(read: Reader, from: Date): Promise<ReplayOutcomes> {
  const [row] = await read<ReplayOutcomes>(
    `
    with
        {from:DateTime64(3, 'UTC')} as since,
        (topic, partition, offset, replay_of) in
        (
            select topic, partition, offset, replay_of from replays_accepted where produced_at >= since
        ) as is_accepted,
        (topic, partition, offset, replay_of) in
        (
            select topic, partition, offset, replay_of
            from ${DEAD_LETTER_TABLE}
            where replay_of != '' and produced_at >= since
        ) as is_refused
    select
        count() as sent,
        countIf(is_accepted) as accepted,
        countIf(is_refused and not is_accepted) as refused,
        sent - accepted - refused as waiting
    from ${REPLAYS_TABLE}
    where replayed_at >= since`,
    { from },
  )
  return row!
}
