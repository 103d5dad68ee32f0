/** What the Live page draws, prepared from the state that it is sent. */
import type { LiveState } from '@shelfcast/contracts/api'

export const MEASURES = {
  revenue: { title: 'Revenue', field: 'net_amount' },
  baskets: { title: 'Baskets', field: 'baskets' },
  units: { title: 'Units', field: 'pieces' },
} as const
export type Measure = keyof typeof MEASURES

export const BUCKET_MS = 10_000
/** A sale may take this long from its till to the warehouse; a younger bucket would be drawn too low. */
const SETTLING_MS = 5_000

/** The measure that the URL names; revenue where it names none. */
export function measureOf(name: string | null): Measure {
  return name !== null && Object.hasOwn(MEASURES, name) ? (name as Measure) : 'revenue'
}

/** A stack that has just been started shows at least this much, not half an hour of nothing. */
const SHORTEST_BUCKETS = 30

/**
 * Times (ms) and values of the buckets that no further sale will change, oldest first. Empty buckets before the first
 * sale are left out, down to five minutes.
 */
export function settledPoints(
  state: Pick<LiveState, 'at' | 'series'>,
  measure: Measure,
): [time: number, value: number][] {
  const settledUntil = Date.parse(state.at) - BUCKET_MS - SETTLING_MS
  const { field } = MEASURES[measure]
  const first = state.series.findIndex((bucket) => bucket.baskets > 0)
  const from = Math.max(0, Math.min(first, state.series.length - SHORTEST_BUCKETS))
  return state.series
    .slice(from)
    .map((bucket): [number, number] => [Date.parse(bucket.bucket), bucket[field]])
    .filter(([time]) => time <= settledUntil)
}

/** Change against what was before, as a share of it; null when there is nothing to compare with. */
export function changeAgainst(earlier: number, now: number): number | null {
  return earlier > 0 ? (now - earlier) / earlier : null
}

/** The time zone that the newest baskets share, or UTC when they were sold in several. */
export function sharedTimeZone(baskets: LiveState['latest_baskets']): string {
  const zones = new Set(baskets.map((basket) => basket.time_zone))
  const [only] = zones
  return zones.size === 1 && only ? only : 'UTC'
}
