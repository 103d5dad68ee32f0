import type { LiveState } from '@shelfcast/contracts/api'
import { describe, expect, test } from 'vitest'
import { changeAgainst, measureOf, settledPoints, sharedTimeZone } from './series.ts'

const bucket = (second: number, net_amount = 0, baskets = 0) => ({
  bucket: `2026-03-14T09:00:${String(second).padStart(2, '0')}.000Z`,
  net_amount,
  baskets,
  pieces: 2 * baskets,
})

describe('settledPoints', () => {
  const series = [bucket(0, 900, 3), bucket(10, 500, 1), bucket(20, 70, 1)]

  test('leaves out the bucket that sales still arrive in', () => {
    // given 09:00:34.999: the bucket of :20 ended 4.999 s ago
    expect(
      settledPoints({ at: '2026-03-14T09:00:34.999Z', series }, 'revenue').map(([, value]) => value),
    ).toEqual([900, 500])
    expect(settledPoints({ at: '2026-03-14T09:00:35.000Z', series }, 'revenue')).toHaveLength(3)
  })

  test('leaves out the emptiness before the first sale, down to five minutes', () => {
    const minutes = (empty: number, sold: number) =>
      Array.from({ length: 180 }, (_, index) => ({
        ...bucket(0, 0, index >= empty && index < empty + sold ? 1 : 0),
        bucket: new Date(Date.UTC(2026, 2, 14, 9) + index * 10_000).toISOString(),
      }))
    const at = '2026-03-14T10:00:00.000Z'
    expect(settledPoints({ at, series: minutes(100, 80) }, 'baskets')).toHaveLength(80)
    expect(settledPoints({ at, series: minutes(178, 2) }, 'baskets')).toHaveLength(30)
    expect(settledPoints({ at, series: minutes(0, 0) }, 'baskets')).toHaveLength(180)
  })

  test('takes the measure that is asked for', () => {
    const at = '2026-03-14T09:01:00.000Z'
    expect(settledPoints({ at, series }, 'baskets').map(([, value]) => value)).toEqual([3, 1, 1])
    expect(settledPoints({ at, series }, 'units')[0]).toEqual([Date.UTC(2026, 2, 14, 9), 6])
  })
})

test('a change needs something to compare with', () => {
  expect(changeAgainst(200, 250)).toBe(0.25)
  expect(changeAgainst(200, 0)).toBe(-1)
  expect(changeAgainst(0, 250)).toBeNull()
  expect(changeAgainst(-40, 250)).toBeNull()
})

test('the URL names the measure, and nonsense means revenue', () => {
  expect(measureOf('units')).toBe('units')
  expect(measureOf(null)).toBe('revenue')
  expect(measureOf('toString')).toBe('revenue')
})

test('store time is shown in the time zone of the stores where they share one', () => {
  const basket = (time_zone: string) => ({ time_zone }) as LiveState['latest_baskets'][number]
  expect(sharedTimeZone([basket('Europe/London'), basket('Europe/London')])).toBe('Europe/London')
  expect(sharedTimeZone([basket('Europe/London'), basket('Europe/Paris')])).toBe('UTC')
  expect(sharedTimeZone([])).toBe('UTC')
})
