/**
 * Forecast value added: what was missed without a planner's change, less what was missed with it.
 * Source: Fildes, Goodwin, Lawrence and Nikolopoulos, Effective forecasting and judgmental adjustments, International
 * Journal of Forecasting 25 (2009) 3-23; Gilliland, The Business Forecasting Deal (2010).
 */
import type { OverrideValue } from '@shelfcast/contracts/overrides'

/** Sums over the store SKUs of one day. */
export interface DayOfErrors {
  readonly day: string
  readonly series: number
  readonly actual: number
  readonly forecast_error: number
  readonly override_error: number
}

/** 0.975 quantiles of Student's t where its expansion is too coarse. */
const T_TABLE = [12.706, 4.303, 3.182, 2.776]
const Z = 1.959964

/** Source: Abramowitz and Stegun, 26.7.5. @param degrees of freedom, from 1 on */
function tQuantile(degrees: number): number {
  if (degrees <= T_TABLE.length) return T_TABLE[degrees - 1]!
  return (
    Z +
    (Z ** 3 + Z) / (4 * degrees) +
    (5 * Z ** 5 + 16 * Z ** 3 + 3 * Z) / (96 * degrees ** 2) +
    (3 * Z ** 7 + 19 * Z ** 5 + 17 * Z ** 3 - 15 * Z) / (384 * degrees ** 3)
  )
}

/**
 * Days are the cases: store SKUs of one day err together. The interval takes days to be independent of one another.
 * @returns null without days
 */
export function valueAdded(days: readonly DayOfErrors[]): OverrideValue | null {
  const byDay = new Map<string, number>()
  const sums = { series: 0, actual: 0, forecast: 0, override: 0 }
  for (const { day, series, actual, forecast_error, override_error } of days) {
    byDay.set(day, (byDay.get(day) ?? 0) + forecast_error - override_error)
    sums.series += series
    sums.actual += actual
    sums.forecast += forecast_error
    sums.override += override_error
  }
  const savings = [...byDay.values()]
  const count = savings.length
  if (count === 0) return null
  const mean = savings.reduce((sum, saving) => sum + saving, 0) / count
  const squares = savings.reduce((sum, saving) => sum + (saving - mean) ** 2, 0)
  const reach = count < 2 ? undefined : tQuantile(count - 1) * Math.sqrt(squares / (count - 1) / count)
  return {
    days: count,
    series_days: sums.series,
    actual: sums.actual,
    forecast_error: sums.forecast,
    override_error: sums.override,
    value_added: sums.forecast > 0 ? 1 - sums.override / sums.forecast : null,
    saved_per_day: mean,
    saved_low: reach === undefined ? null : mean - reach,
    saved_high: reach === undefined ? null : mean + reach,
  }
}
