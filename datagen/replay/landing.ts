/** What ingest says of the messages that were sent: have they landed, and what became of their lines. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type LandedLines, type LandedQuestion, MOST_RANGES } from '@shelfcast/contracts/landed'
import type { Ingest } from '../ingest.ts'
import type { OffsetRange } from '../send.ts'

const POLL_MS = 500
// Ingest takes seconds; after a crash of ingest or warehouse it may take a minute to be back.
const PATIENCE_MS = 180_000
const STILL_MS = 3_000

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
    add(acknowledged) {
      for (const range of acknowledged) {
        messages += range.end - range.begin
        const place = `${range.topic} ${range.partition}`
        const ranges = byPartition.get(place)
        const last = ranges?.at(-1)
        if (last && last.end === range.begin) last.end = range.end
        else if (ranges) ranges.push({ ...range })
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
  ingest: Ingest
  log: OffsetLog
  complete(): boolean
  onProgress(messages: number): void
  onStill?(): void
  signal?: AbortSignal
}): Promise<void> {
  const { ingest, log, signal } = options
  let landedBefore = -1
  let movedAt = Date.now()
  while (!signal?.aborted) {
    const complete = options.complete()
    const ends = new Map(
      (await ingest.ends()).map(({ topic, partition, end }) => [`${topic} ${partition}`, end]),
    )
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

/** Lines of the messages in these ranges of `sales-transactions`, by what the gate made of them. */
export async function countLines(ingest: Ingest, ranges: readonly OffsetRange[]): Promise<LandedLines> {
  const sum: LandedLines = { accepted: 0, reversed: 0, refused: {} }
  for (const question of questionsOf(ranges)) {
    const { accepted, reversed, refused } = await ingest.lines(question)
    sum.accepted += accepted
    sum.reversed += reversed
    for (const [reason, count] of Object.entries(refused))
      sum.refused[reason] = (sum.refused[reason] ?? 0) + count
  }
  return sum
}

/** Ranges of one partition each, few enough for one question. */
function* questionsOf(ranges: readonly OffsetRange[]): Generator<LandedQuestion> {
  for (const [partition, all] of Map.groupBy(ranges, (range) => range.partition))
    for (let at = 0; at < all.length; at += MOST_RANGES)
      yield {
        partition,
        ranges: all.slice(at, at + MOST_RANGES).map(({ begin, end }) => ({ begin, end })),
      }
}
