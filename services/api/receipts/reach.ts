/** How far back the inputs of a model look: by this a day is told which forecasts it took part in. */
import type { BASELINE_NAMES } from '@shelfcast/contracts/training'

/** Ages of the days that an input reads, both included: 0 is the origin. */
export interface Reach {
  from: number
  to: number
  /** Only days of the weekday of the day that is forecast. */
  weekday?: true
  /** Through sums of the category or of the store, not of the series alone. */
  sums?: true
}

/** Days of a series that features read: services/warehouse/features/05_series_windows.sql. */
export const WINDOW_DAYS = 364
const YEAR: Reach = { from: 0, to: WINDOW_DAYS - 1 }

const last = (days: number): Reach => ({ from: 0, to: days - 1 })
const only = (age: number): Reach => ({ from: age, to: age })
const weekdays = (days: number): Reach => ({ from: 0, to: days - 1, weekday: true })
const sums = (days: number): Reach => ({ from: 0, to: days - 1, sums: true })

/**
 * Inputs that read sales of the series, as services/warehouse/features has them. Season, weather and events read older
 * days too, of all series of the category together: no single day is followed into those.
 */
export const REACH: Readonly<Record<string, Reach>> = {
  known_days: YEAR,
  stock_out_28: last(28),
  lag_1: only(0),
  lag_7: only(6),
  lag_14: only(13),
  lag_28: only(27),
  mean_7: last(7),
  mean_14: last(14),
  mean_28: last(28),
  mean_30: last(30),
  mean_56: last(56),
  mean_90: last(90),
  mean_182: last(182),
  deviation_7: last(7),
  deviation_14: last(14),
  deviation_28: last(28),
  deviation_30: last(30),
  deviation_90: last(90),
  zeros_28: last(28),
  zeros_90: last(90),
  most_28: last(28),
  days_since_sale: YEAR,
  weighted_2: YEAR,
  weighted_4: YEAR,
  weighted_8: YEAR,
  weighted_16: YEAR,
  weighted_32: YEAR,
  last_same_weekday: weekdays(7),
  weekday_28: weekdays(28),
  weekday_56: weekdays(56),
  weekday_112: weekdays(112),
  weekday_weighted_2: weekdays(WINDOW_DAYS),
  weekday_weighted_4: weekdays(WINDOW_DAYS),
  weekday_weighted_12: weekdays(WINDOW_DAYS),
  season_mean: last(28),
  trend_28: last(90),
  price: last(28),
  price_relative_28: last(28),
  price_relative_90: last(90),
  price_relative_364: YEAR,
  promotion_lift: { ...YEAR, sums: true },
  promotion_lift_now: { ...YEAR, sums: true },
  promotion_share_category: sums(28),
  price_relative_category: sums(28),
  category_weekday: sums(112),
  category_trend_7: sums(28),
  category_trend_28: sums(90),
  store_weekday: sums(56),
  store_trend_7: sums(28),
  store_trend_28: sums(90),
  store_level: sums(28),
}

/** The same of the baselines. */
export const BASELINE_REACH: Readonly<Record<(typeof BASELINE_NAMES)[number], Reach>> = {
  naive: only(0),
  seasonal_naive: weekdays(7),
  moving_average: last(28),
  ses: YEAR,
  tsb: YEAR,
}

const BASELINE = 'baseline:'

/**
 * Inputs of a forecast that read a day.
 * @param age days from it to the origin
 * @param version of a model, or baseline:NAME
 */
export function inputsReading(age: number, version: string): string[] {
  if (version.startsWith(BASELINE)) {
    const name = version.slice(BASELINE.length)
    const reach = BASELINE_REACH[name as keyof typeof BASELINE_REACH] ?? YEAR
    return isWithin(reach, age) ? [`baseline_${name}`] : []
  }
  return Object.entries(REACH)
    .filter(([, reach]) => isWithin(reach, age))
    .map(([name]) => name)
}

const baselineReach = (input: string): Reach | undefined =>
  BASELINE_REACH[input.replace(/^baseline_/, '') as keyof typeof BASELINE_REACH]

export const isWithin = ({ from, to }: Reach, age: number): boolean => age >= from && age <= to

/** In words: which days an input reads. */
export function reachWords(name: string): string {
  const reach = REACH[name] ?? baselineReach(name)
  if (!reach) return ''
  const { from, to, weekday, sums: ofSums } = reach
  const days =
    from === to
      ? from === 0
        ? 'the day of the origin'
        : `the day ${from} days before the origin`
      : `the ${to + 1} days up to the origin`
  return [days, weekday && 'of the same weekday', ofSums && 'with all series of the category or store']
    .filter(Boolean)
    .join(', ')
}
