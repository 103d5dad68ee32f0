import { expect, test } from 'vitest'
import { planChanges } from './what-if.ts'

/** What is known of a day. */
const KNOWN = {
  price: 250,
  price_relative_28: 1,
  promotion_off: 0.1,
  promotion_display: 0,
  promotion_multibuy: 1,
  promotion_lift_now: 1,
  promotion_lift: 1.75,
  promotion_before: 0.1,
  days_to_event: 10,
  days_since_event: 12,
  event_kind: 0,
  rain_slope: -0.5,
  rain_expected: 4,
  rain_effect: 0.25,
  temperature_slope: 0.125,
  temperature_anomaly: 0,
  temperature_effect: 0,
}
type Inputs = Record<string, number>

/** The inputs that changed. */
function after(changes: Parameters<typeof planChanges>[0], horizon = 1, inputs: Inputs = KNOWN): Inputs {
  const names = Object.keys(inputs)
  const row = Float32Array.from(Object.values(inputs))
  const { columns } = planChanges(
    changes,
    names.map((name) => ({ name })),
  )
  const changed = columns.map(({ column, apply }) => ({ name: names[column]!, value: apply(row, horizon) }))
  return Object.fromEntries(
    changed
      .filter(({ name, value }) => value !== Math.fround(inputs[name]!))
      .map(({ name, value }) => [name, value]),
  )
}

test('a price factor multiplies the price and what it is compared with', () => {
  expect(after({ price_factor: 0.5 })).toEqual({ price: 125, price_relative_28: 0.5 })
})

test('a promotion sets its share, its kind and its lift, and none clears them; the past stays', () => {
  expect(after({ promotion: { kind: 'end_cap', off: 0.2 } })).toEqual({
    promotion_off: 0.2,
    promotion_display: 1,
    promotion_multibuy: 0,
    promotion_lift_now: 1.75,
  })
  expect(after({ promotion: null })).toEqual({ promotion_off: 0, promotion_multibuy: 0 })
})

test('weather carries over to what it does to the category', () => {
  expect(after({ rain_mm: 16 })).toEqual({ rain_expected: 16, rain_effect: 0.25 - 0.5 * (4 - 2) })
  expect(after({ temperature_anomaly_c: -4 })).toEqual({ temperature_anomaly: -4, temperature_effect: -0.5 })
  expect(after({ rain_mm: 16 }, 1, { rain_effect: 0.25 })).toEqual({})
})

test('days to and since a festival count from the nearest, known ones included', () => {
  expect(after({ festival_days: [7, 20] }, 5)).toEqual({ days_to_event: 2 })
  expect(after({ festival_days: [7] }, 7)).toEqual({ days_to_event: 0, days_since_event: 0, event_kind: 1 })
  expect(after({ festival_days: [7] }, 9)).toEqual({ days_since_event: 2 })
  expect(after({ festival_days: [7] }, 5, { days_to_event: Number.NaN })).toEqual({ days_to_event: 2 })
})

test('what the model has no input for is told', () => {
  expect(planChanges({ rain_mm: 3 }, [{ name: 'mean_7' }])).toEqual({
    columns: [],
    ignored: [{ change: 'rain_mm', reason: 'the model has no input like rain_expected or rain_effect' }],
  })
})
