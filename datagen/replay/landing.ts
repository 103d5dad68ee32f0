/** What the warehouse says of the messages that were sent: have they landed, and what became of their lines. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { EventTopic } from '@shelfcast/contracts/topics'
import { DEAD_LETTER_TABLE, FACT_TABLE, LEDGER_TABLE } from '@shelfcast/contracts/warehouse'
import type { Warehouse } from '@shelfcast/warehouse/client'
import type { OffsetRange } from '../send.ts'

const POLL_MS = 500
// Ingest takes seconds; after a crash of ingest or warehouse it may take a minute to be back.
const PATIENCE_MS = 180_000
const STILL_MS = 3_000
// Ranges in one query: a live twin between our messages makes many of them.
const RANGES_PER_QUERY = 500

/** Lines of our messages by what the gate made of them. */
export interface LandedLines {
  /** Lines of sales. */
  accepted: number
  /** Lines of returns. */
  reversed: number
  /** Lines by reason. */
  refused: Record<string, number>
}

/** Offsets that a producer was given, joined where they touch. */
export interface OffsetLog {
  add(ranges: readonly OffsetRange[]): void
  ranges(): readonly OffsetRange[]
  messages(): number
}

export function createOffsetLog(): OffsetLog {
  const byPartition = new Map<string, OffsetRange[]>()
  let messages = 0
  return {
    add(ranges) {
      for (const range of ranges) {
        messages += range.end - range.begin
        const place = `${range.topic} ${range.partition}`
        const entry = byPartition.get(place)
        const last = entry?.at(-1)
        if (last && last.end === range.begin) last.end = range.end
        else if (entry) entry.push({ ...range })
        else byPartition.set(place, [{ ...range }])
      }
    },
    ranges: () => [...byPartition.values()].flat(),
    messages: () => messages,
  }
}

/**
 * Follows the ledger until every message of the log is in a loaded block.
 * @param options.complete whether the log will grow no more
 * @param options.onProgress called with the number of messages that have landed
 * @param options.onStill called while nothing moves although all is sent
 * @throws when nothing moves for three minutes
 */
export async function followLanding(options: {
  warehouse: Warehouse
  log: OffsetLog
  complete(): boolean
  onProgress(messages: number): void
  onStill?(): void
  signal?: AbortSignal
}): Promise<void> {
  const { warehouse, log, signal } = options
  let landedBefore = -1
  let movedAt = Date.now()
  while (!signal?.aborted) {
    const complete = options.complete()
    const ends = await chainEnds(warehouse, log.ranges())
    let landed = 0
    for (const { topic, partition, begin, end } of log.ranges()) {
      const reached = ends.get(`${topic} ${partition}`) ?? 0
      landed += Math.max(0, Math.min(end, reached) - begin)
    }
    options.onProgress(landed)
    if (complete && landed >= log.messages()) return
    if (landed !== landedBefore || !complete) {
      landedBefore = landed
      movedAt = Date.now()
    }
    const stillMs = Date.now() - movedAt
    if (stillMs > STILL_MS) options.onStill?.()
    if (stillMs > PATIENCE_MS) {
      throw new Error(
        `Ingest has loaded ${landed} of the ${log.messages()} messages sent, and nothing for ${PATIENCE_MS / 1000} s. ` +
          'See npm run status and the log of ingest; what was sent is in Kafka and will be loaded when ingest runs.',
      )
    }
    await sleep(POLL_MS, undefined, { signal }).catch(() => {})
  }
}

/** First offset that is not yet in the warehouse, by topic and partition. */
async function chainEnds(warehouse: Warehouse, ranges: readonly OffsetRange[]): Promise<Map<string, number>> {
  const topics = [...new Set(ranges.map(({ topic }) => topic))]
  const answer = await warehouse.query({
    query: `
      select topic, partition, max(end_offset) as reached
      from ${LEDGER_TABLE}
      where topic in {topics:Array(String)}
      group by topic, partition`,
    query_params: { topics },
    format: 'JSONEachRow',
  })
  const rows = await answer.json<{ topic: EventTopic; partition: number; reached: string }>()
  return new Map(rows.map(({ topic, partition, reached }) => [`${topic} ${partition}`, Number(reached)]))
}

/** Lines of the messages in these ranges of `sales-transactions`, as fact table and dead letters hold them. */
export async function countLines(warehouse: Warehouse, ranges: readonly OffsetRange[]): Promise<LandedLines> {
  const lines: LandedLines = { accepted: 0, reversed: 0, refused: {} }
  for (const part of queryParts(ranges)) {
    const sales = await linesBy(
      warehouse,
      `select kind as label, count() as lines from ${FACT_TABLE['sales-transactions']}`,
      part,
    )
    lines.accepted += sales.get('sale') ?? 0
    lines.reversed += sales.get('return') ?? 0
    const refused = await linesBy(
      warehouse,
      `select reason as label, sum(line_count) as lines from ${DEAD_LETTER_TABLE}`,
      part,
    )
    for (const [reason, count] of refused) lines.refused[reason] = (lines.refused[reason] ?? 0) + count
  }
  return lines
}

/** Ranges of one partition each, few enough for one query. */
function* queryParts(ranges: readonly OffsetRange[]): Generator<OffsetRange[]> {
  const partitions = Map.groupBy(ranges, ({ topic, partition }) => `${topic} ${partition}`)
  for (const all of partitions.values()) {
    for (let at = 0; at < all.length; at += RANGES_PER_QUERY) yield all.slice(at, at + RANGES_PER_QUERY)
  }
}

async function linesBy(
  warehouse: Warehouse,
  select: string,
  part: readonly OffsetRange[],
): Promise<Map<string, number>> {
  const { topic, partition, begin } = part[0]!
  const answer = await warehouse.query({
    query: `
      ${select}
      where topic = {topic:String} and partition = {partition:Int32}
        and offset >= {first:Int64} and offset < {last:Int64}
        and arrayExists(
          (range_begin, range_end) -> offset >= range_begin and offset < range_end,
          {begins:Array(Int64)}, {ends:Array(Int64)}
        )
      group by label`,
    query_params: {
      topic,
      partition,
      first: begin,
      last: part.at(-1)!.end,
      begins: part.map((range) => range.begin),
      ends: part.map((range) => range.end),
    },
    format: 'JSONEachRow',
  })
  const rows = await answer.json<{ label: string; lines: string }>()
  return new Map(rows.map(({ label, lines }) => [label, Number(lines)]))
}
