import { expect, test } from 'vitest'
import { barOf, waterfallOf } from './waterfall.ts'

const day = {
  horizon: 6,
  day: '2026-03-07',
  p10: 6,
  p50: 10,
  p90: 15,
  mean: 10.4,
  baseline: 8,
  base: 5,
  words: [],
  reasons: [
    { reason: 'recent sales' as const, amount: 4 },
    { reason: 'weekday' as const, amount: 2.5 },
    { reason: 'price' as const, amount: -1.2 },
    { reason: 'weather' as const, amount: 0.06 },
    { reason: 'totals' as const, amount: 0.04 },
  ],
}

test('steps go from the base to the forecast, the largest first, and the small ones together', () => {
  const { steps, total } = waterfallOf(day)!
  expect(steps.map(({ title }) => title)).toEqual(['Recent sales', 'Saturday', 'Price', 'All else'])
  expect(steps[0]).toMatchObject({ from: 5, to: 9 })
  expect(steps.at(-1)!.to).toBeCloseTo(total, 9)
})

test('a bar lies where its step begins and ends, whichever way it goes', () => {
  const waterfall = waterfallOf(day)!
  const up = barOf(waterfall, 5, 9)
  const down = barOf(waterfall, 9, 5)
  expect(up).toEqual(down)
  expect(barOf(waterfall, waterfall.least, waterfall.most)).toEqual({ left: 0, width: 100 })
})

test('a baseline has no reasons', () => {
  expect(waterfallOf({ ...day, base: null, reasons: [] })).toBeUndefined()
})
