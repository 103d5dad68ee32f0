import { expect, test } from 'vitest'
import { BUCKETS, figuresBetween, fillSeries, windowStart } from './series.ts'

const bucket = (at: number, baskets: number) => ({
  at,
  baskets,
  pieces: 2 * baskets,
  net_amount: 100 * baskets,
})

test('the last bucket of the window holds now', () => {
  for (const now of [1_000_000, 1_000_009.999, 1_000_010]) {
    const last = windowStart(now) + (BUCKETS - 1) * 10
    expect(last).toBeLessThanOrEqual(now)
    expect(last + 10).toBeGreaterThan(now)
  }
})

test('a series has every bucket, and those without sales are zero', () => {
  const series = fillSeries(1_000, [bucket(1_020, 5)])
  expect(series).toHaveLength(BUCKETS)
  expect(series[2]).toEqual(bucket(1_020, 5))
  expect(series[3]).toEqual(bucket(1_030, 0))
})

test('a steady stream has the same figures in every minute, wherever the minute begins', () => {
  const start = 10_000
  for (const offset of [0, 0.5, 3, 9.9]) {
    const now = start + (BUCKETS - 1) * 10 + offset
    // One basket a second; the last bucket has only begun.
    const series = fillSeries(
      start,
      Array.from({ length: BUCKETS }, (_, index) =>
        bucket(start + index * 10, index === BUCKETS - 1 ? offset : 10),
      ),
    )
    expect(figuresBetween(series, now - 60, now, now)).toEqual({
      baskets: 60,
      pieces: 120,
      net_amount: 6_000,
    })
    expect(figuresBetween(series, now - 120, now - 60, now).baskets).toBe(60)
  }
})

test('what arrived this moment is in the last minute', () => {
  const now = 10_000 + (BUCKETS - 1) * 10
  const series = fillSeries(10_000, [bucket(now, 7)])
  expect(figuresBetween(series, now - 60, now, now).baskets).toBe(7)
  expect(figuresBetween(series, now - 120, now - 60, now).baskets).toBe(0)
})
