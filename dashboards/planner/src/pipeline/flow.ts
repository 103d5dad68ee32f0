/** How fast rows move, from the counts that are pushed. */
import type { PipelineState } from '@shelfcast/contracts/api'

/** Rates are over this long: short enough to be seen to stop, long enough not to flicker between blocks. */
export const WINDOW_MS = 12_000

export interface Sample {
  /** Server time, ms. */
  at: number
  messages: number
  lines: number
  lakeRows: number
  warehouseRows: number
}
type Counter = Exclude<keyof Sample, 'at'>
export type Rates = Record<Counter, number>
type Topic = PipelineState['topics'][number]

/** Sums over the topics, under the name "all"; the newest block is that of any. */
export function allTopics(topics: Topic[]): Topic {
  const sum = (value: (topic: Topic) => number) => topics.reduce((total, topic) => total + value(topic), 0)
  return {
    topic: 'all',
    messages: sum((topic) => topic.messages),
    lag_messages: sum((topic) => topic.lag_messages),
    blocks: sum((topic) => topic.blocks),
    lines_accepted: sum((topic) => topic.lines_accepted),
    lines_reversed: sum((topic) => topic.lines_reversed),
    lines_refused: sum((topic) => topic.lines_refused),
    lines_late: sum((topic) => topic.lines_late),
    offsets_missing: sum((topic) => topic.offsets_missing),
    lake_rows: sum((topic) => topic.lake_rows),
    warehouse_rows: sum((topic) => topic.warehouse_rows),
    rows_expired: sum((topic) => topic.rows_expired),
    rows_missing: topics.reduce<number | null>(
      (total, { rows_missing: missing }) => (total === null || missing === null ? null : total + missing),
      0,
    ),
    bytes: sum((topic) => topic.bytes),
    newest_block_at: topics.reduce<string | null>(
      (newest, { newest_block_at: at }) => (at !== null && (newest === null || at > newest) ? at : newest),
      null,
    ),
  }
}

/** Lines that the gate has decided on. */
export function decidedLines(topic: Topic): number {
  return topic.lines_accepted + topic.lines_reversed + topic.lines_refused
}

export function sampleOf(state: Pick<PipelineState, 'at' | 'topics'>): Sample {
  const all = allTopics(state.topics)
  return {
    at: Date.parse(state.at),
    messages: all.messages,
    lines: decidedLines(all),
    lakeRows: all.lake_rows,
    warehouseRows: all.warehouse_rows,
  }
}

/**
 * The samples that rates need, with the new one: those of the window and the one just before it.
 * @param samples oldest first
 */
export function remember(samples: readonly Sample[], sample: Sample): Sample[] {
  const newest = samples.at(-1)
  if (newest && newest.at >= sample.at) return [...samples]
  const all = [...samples, sample]
  const first = all.findLastIndex(({ at }) => at <= sample.at - WINDOW_MS)
  return all.slice(Math.max(0, first))
}

/**
 * Counts a second over the window that ends now. Nothing is pushed while nothing changes, so without a new sample
 * the rates fall to 0 by themselves.
 */
export function ratesAt(samples: readonly Sample[], now: number): Rates {
  const newest = samples.at(-1)
  const earlier = samples.findLast(({ at }) => at <= now - WINDOW_MS) ?? samples[0]
  const seconds = earlier ? Math.min(WINDOW_MS, now - earlier.at) / 1_000 : 0
  const rate = (counter: Counter) =>
    newest && earlier && seconds > 0 ? Math.max(0, (newest[counter] - earlier[counter]) / seconds) : 0
  return {
    messages: rate('messages'),
    lines: rate('lines'),
    lakeRows: rate('lakeRows'),
    warehouseRows: rate('warehouseRows'),
  }
}
