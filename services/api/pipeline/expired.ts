/** Which rows of loaded blocks may be gone from their tables, as these keep rows for so many days. */
import { EVENT_TOPICS, type EventTopic } from '@shelfcast/contracts/topics'
import { DEAD_LETTER_TABLE, FACT_TABLE, LEDGER_TABLE } from '@shelfcast/contracts/warehouse'
import type { Reader } from '@shelfcast/warehouse/queries/rows'

/** One life of a partition of which blocks have rows that may be gone. */
export interface ExpiredChain {
  topic: EventTopic
  epoch: number
  partition: number
  /** Before it facts may be gone; 0 where none are. */
  facts_end: number
  /** The same of dead letters. */
  letters_end: number
  /** Rows that the ledger names before these. */
  rows: number
}

/** A table lets go of rows when it merges parts, which begins on time. What expires within the hour counts as gone. */
const HORIZON = (days: string) => `now64(3) - toIntervalDay(${days}) + toIntervalHour(1)`

export async function readExpired(read: Reader): Promise<ExpiredChain[]> {
  const days = await keptDays(read)
  if (days.size === 0) return []
  return read<ExpiredChain>(
    `
    with
        {facts_days:Map(String, UInt32)}[topic] as facts_days,
        {letters_days:UInt32} as letters_days
    select
        topic,
        epoch,
        partition,
        facts_end,
        letters_end,
        sumIf(rows_accepted, end_offset <= facts_end) + sumIf(rows_refused, end_offset <= letters_end) as rows
    from ${LEDGER_TABLE}
    inner join
    (
        select
            topic,
            epoch,
            partition,
            maxIf(end_offset, facts_days > 0 and produced_min < ${HORIZON('facts_days')}) as facts_end,
            maxIf(end_offset, letters_days > 0 and produced_min < ${HORIZON('letters_days')}) as letters_end
        from ${LEDGER_TABLE}
        group by topic, epoch, partition
        having facts_end > 0 or letters_end > 0
    ) as ends using (topic, epoch, partition)
    group by topic, epoch, partition, facts_end, letters_end`,
    {
      facts_days: Object.fromEntries(EVENT_TOPICS.map((topic) => [topic, days.get(FACT_TABLE[topic]) ?? 0])),
      letters_days: days.get(DEAD_LETTER_TABLE) ?? 0,
    },
  )
}

/** By table, for those that do not keep rows for ever. */
async function keptDays(read: Reader): Promise<Map<string, number>> {
  const rows = await read<{ name: string; days: number }>(
    `
    select name, toUInt32OrZero(extract(engine_full, 'toIntervalDay\\\\((\\\\d+)\\\\)')) as days
    from system.tables
    where database = currentDatabase() and name in {tables:Array(String)} and days > 0`,
    { tables: [DEAD_LETTER_TABLE, ...Object.values(FACT_TABLE)] },
  )
  return new Map(rows.map(({ name, days }) => [name, days]))
}
