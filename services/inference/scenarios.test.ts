import { expect, test } from 'vitest'
import { planChanges } from './scenarios.ts'

const inputs = [
  'price_relative_28',
  'promotion_off',
  'promotion_active',
  'promotion_flyer',
  'promotion_bundle',
  'days_to_holiday',
  'days_since_holiday',
  'is_holiday',
].map((name) => ({ name }))

/** What becomes of inputs that are 10 at a horizon. */
function after(changes: Parameters<typeof planChanges>[0], horizon: number): Record<string, number> {
  const { columns } = planChanges(changes, inputs)
  return Object.fromEntries(columns.map(({ input, apply }) => [input, apply(10, horizon)]))
}

test('a price factor multiplies, a promotion sets its kind and no promotion clears all', () => {
  expect(after({ price_factor: 0.5 }, 1)).toEqual({ price_relative_28: 5 })
  expect(after({ promotion: { kind: 'flyer', off: 0.2 } }, 1)).toEqual({
    promotion_off: 0.2,
    promotion_active: 1,
    promotion_flyer: 1,
    promotion_bundle: 0,
  })
  expect(new Set(Object.values(after({ promotion: null }, 1)))).toEqual(new Set([0]))
})

test('days to and since a festival count from the nearest, known ones included', () => {
  expect(after({ festival_days: [7, 20] }, 5)).toEqual({
    days_to_holiday: 2,
    days_since_holiday: 10,
    is_holiday: 10,
  })
  expect(after({ festival_days: [7] }, 7)).toEqual({
    days_to_holiday: 0,
    days_since_holiday: 0,
    is_holiday: 1,
  })
  expect(after({ festival_days: [7] }, 9)).toEqual({
    days_to_holiday: 10,
    days_since_holiday: 2,
    is_holiday: 10,
  })
})

test('what the model has no input for is told', () => {
  expect(planChanges({ rain_mm: 3 }, inputs)).toEqual({
    columns: [],
    ignored: [{ change: 'rain_mm', reason: 'the model has no input like rain_expected' }],
  })
})
