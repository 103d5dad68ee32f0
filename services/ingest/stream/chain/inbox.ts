/** What was fetched of a partition and waits to be judged, and which offsets Kafka no longer held. */
import type { FetchedPartition } from '../kafka/fetch.ts'
import type { Records } from '../kafka/records.ts'

/** Fetched bytes that wait to be judged: one answer that is being judged, and the next. */
const BUFFERED_BYTES = 4 * 1024 * 1024

export interface Chunk {
  records: Records
  /** When it was fetched, by performance.now(). */
  at: number
}

export class Inbox {
  /** First offset that is not fetched. */
  end = 0
  /** That wait. */
  bytes = 0
  #highWatermark = 0
  #chunks: Chunk[] = []
  /** Offsets that Kafka no longer held, from the first to before the second. */
  #gaps: { from: number; to: number }[] = []

  get first(): Chunk | undefined {
    return this.#chunks[0]
  }

  get isFull(): boolean {
    return this.bytes >= BUFFERED_BYTES / 2
  }

  /** Whether Kafka has more than was fetched. */
  get isBehind(): boolean {
    return this.#highWatermark > this.end
  }

  /** @returns whether there is anything new in it */
  add({ records, highWatermark }: FetchedPartition): boolean {
    this.#highWatermark = highWatermark
    if (records.end <= this.end) {
      records.release()
      return false
    }
    this.end = records.end
    this.bytes += records.size
    this.#chunks.push({ records, at: performance.now() })
    return true
  }

  /** Drops the first, which is judged. */
  shift(): void {
    const { records } = this.#chunks.shift()!
    records.release()
    this.bytes -= records.size
  }

  skipTo(low: number): void {
    this.#gaps.push({ from: this.end, to: low })
    this.end = low
  }

  /** Offsets before `end` that were skipped since the last call. */
  takeMissing(end: number): number {
    const missing = this.#gaps.reduce((sum, { from, to }) => (to <= end ? sum + to - from : sum), 0)
    this.#gaps = this.#gaps.filter(({ to }) => to > end)
    return missing
  }

  clear(): void {
    this.#chunks = []
    this.bytes = 0
  }
}
