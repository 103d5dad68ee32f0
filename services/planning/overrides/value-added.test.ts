import { expect, test } from 'vitest'
import { type DayOfErrors, valueAdded } from './value-added.ts'

const day = (date: number, forecast_error: number, override_error: number): DayOfErrors => ({
  day: `2026-03-0${date}`,
  series: 2,
  actual: 20,
  forecast_error,
  override_error,
})

test('value added is the share of the errors that the override took away', () => {
  const value = valueAdded([day(1, 10, 4), day(2, 10, 6), day(3, 10, 2)])!
  expect(value).toMatchObject({ days: 3, series_days: 6, actual: 60, forecast_error: 30, override_error: 12 })
  expect(value.value_added).toBeCloseTo(0.6, 12)
  // Savings of 6, 4 and 8: mean 6, standard deviation 2, t of two degrees 4.303.
  expect(value.saved_per_day).toBeCloseTo(6, 12)
  expect(value.saved_high! - 6).toBeCloseTo((4.303 * 2) / Math.sqrt(3), 6)
  expect(value.saved_low! + value.saved_high!).toBeCloseTo(12, 9)
})

test('one that did harm is told as such', () => {
  expect(valueAdded([day(1, 5, 10)])!.value_added).toBe(-1)
})

test('several groups of a day are one day; one day has no interval; no error has no share', () => {
  expect(valueAdded([day(1, 4, 2), day(1, 2, 2)])).toMatchObject({
    days: 1,
    series_days: 4,
    saved_per_day: 2,
    saved_low: null,
    saved_high: null,
  })
  expect(valueAdded([day(1, 0, 3)])!.value_added).toBeNull()
  expect(valueAdded([])).toBeNull()
})

test("Student's t is that of tables from five degrees on", () => {
  // With savings of 0 and 1 alternating the interval is t s / sqrt(n).
  for (const [count, t] of [
    [6, 2.571],
    [9, 2.306],
  ] as const) {
    const days = Array.from({ length: count }, (_, at) => day(at + 1, at % 2, 0))
    const value = valueAdded(days)!
    const mean = value.saved_per_day!
    const deviation = Math.sqrt(
      days.reduce((sum, each) => sum + (each.forecast_error - mean) ** 2, 0) / (count - 1),
    )
    expect((value.saved_high! - mean) / (deviation / Math.sqrt(count))).toBeCloseTo(t, 2)
  }
})
