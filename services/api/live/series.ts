/** Arithmetic of the Live page: ten-second buckets of the last half hour. Pure; times are seconds since 1970. */

export const BUCKET_S = 10
export const BUCKETS = 180
/** Buckets in a point of a store's spark line. */
export const SPARK_S = 60
export const SPARKS = (BUCKETS * BUCKET_S) / SPARK_S

export interface Figures {
  net_amount: number
  baskets: number
  pieces: number
}
export interface Bucket extends Figures {
  at: number
}
const NOTHING: Figures = { net_amount: 0, baskets: 0, pieces: 0 }

/** First second of the window whose last bucket holds `now`. */
export function windowStart(now: number): number {
  return Math.floor(now / BUCKET_S) * BUCKET_S - (BUCKETS - 1) * BUCKET_S
}

/** Every bucket of the window in order; those that are not known are zero. */
export function fillSeries(start: number, buckets: Bucket[]): Bucket[] {
  const byTime = new Map(buckets.map((bucket) => [bucket.at, bucket]))
  return Array.from({ length: BUCKETS }, (_, index) => {
    const at = start + index * BUCKET_S
    const { net_amount, baskets, pieces } = byTime.get(at) ?? NOTHING
    return { at, net_amount, baskets, pieces }
  })
}

/**
 * What arrived from `from` to `to`. A bucket that an edge cuts counts by the share that lies inside, as if its sales
 * were spread evenly; the bucket that holds `now` is spread over its part up to now. Whole units, rounded.
 */
export function figuresBetween(series: Bucket[], from: number, to: number, now: number): Figures {
  const total = { ...NOTHING }
  for (const bucket of series) {
    const end = Math.min(bucket.at + BUCKET_S, now)
    const inside = Math.min(end, to) - Math.max(bucket.at, from)
    // A bucket that begins this very moment has no length yet, and counts in full where it is inside.
    const share = end > bucket.at ? Math.max(0, inside) / (end - bucket.at) : Number(bucket.at === to)
    total.net_amount += bucket.net_amount * share
    total.baskets += bucket.baskets * share
    total.pieces += bucket.pieces * share
  }
  return {
    net_amount: Math.round(total.net_amount),
    baskets: Math.round(total.baskets),
    pieces: Math.round(total.pieces),
  }
}
