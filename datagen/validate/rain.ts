/** What rain does to how many customers come, with its confidence interval. */
import { weekdayOf } from '@shelfcast/contracts/dates'
import { type Coefficient, leastSquares, numbering } from './regression.ts'

/** One store on one day that it was open. */
export interface FootfallDay {
  store: string
  zone: string
  profile: string
  day: number
  /** Customers, or sales that stand for them. */
  visits: number
  rain_mm: number
  /** Share of the opening hours with rain, the hours when many come counting more. */
  wetShare: number
}

export interface RainEffect {
  /** Log change on a day with 1 mm or more. */
  wetDay?: Coefficient
  /** Log change on a day that rains through all opening hours, put in and found, by store profile. */
  byProfile: { profile: string; truth: number; coefficient: Coefficient }[]
}

/** From this a day counts as wet, as in the statistics of weather services. */
const WET_DAY_MM = 1
const SEASON_DAYS = 14

/**
 * Log change of visits, by least squares on log visits with effects for each weekday of each store and each two weeks
 * of each store. Stores under one sky have the same rain, so they are one cluster.
 * @param by wetDay: days with 1 mm or more against the rest; wetShare: a day that rains through against a dry one
 */
export function rainEffect(days: readonly FootfallDay[], by: 'wetDay' | 'wetShare'): Coefficient | undefined {
  const open = days.filter(({ visits }) => visits > 0)
  if (open.length === 0) return undefined
  const [weekdays, seasons, skies] = [numbering(), numbering(), numbering()]
  return leastSquares({
    outcome: open.map(({ visits }) => Math.log(visits)),
    regressors: [
      Float64Array.from(open, ({ rain_mm, wetShare }) =>
        by === 'wetDay' ? Number(rain_mm >= WET_DAY_MM) : wetShare,
      ),
    ],
    effects: [
      Int32Array.from(open, ({ store, day }) => weekdays(`${store} ${weekdayOf(day)}`)),
      Int32Array.from(open, ({ store, day }) => seasons(`${store} ${Math.floor(day / SEASON_DAYS)}`)),
    ],
    clusters: Int32Array.from(open, ({ zone, day }) => skies(`${zone} ${day}`)),
  })?.[0]
}
