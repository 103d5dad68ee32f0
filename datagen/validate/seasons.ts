/** Weekdays, months and festivals in daily totals. */
import { calendarDate, weekdayOf } from '@shelfcast/contracts/dates'
import { festivalDays } from '../sim/festivals.ts'
import type { Festival } from '../world/world.ts'
import { mean } from './describe.ts'
import type { CategoryTotals } from './observed.ts'

export interface DayTotals {
  first: number
  /** By day; NaN when closed. */
  units: Float64Array
}

// A month with fewer open days says little.
const OPEN_DAYS_OF_MONTH = 15
const MONTHS_OF_YEAR = 12

export function addUp(totals: readonly CategoryTotals[]): DayTotals {
  const units = new Float64Array(totals[0]?.units.length ?? 0).fill(Number.NaN)
  for (const total of totals) {
    total.units.forEach((value, day) => {
      if (!Number.isNaN(value)) units[day] = (Number.isNaN(units[day]!) ? 0 : units[day]!) + value
    })
  }
  return { first: totals[0]?.first ?? 0, units }
}

/** Share of a week's units by weekday, Monday first; open days only. */
export function weekdayShares({ first, units }: DayTotals): Float64Array {
  const [sums, days] = [new Float64Array(7), new Float64Array(7)]
  units.forEach((value, index) => {
    if (Number.isNaN(value)) return
    const weekday = weekdayOf(first + index) - 1
    sums[weekday]! += value
    days[weekday]!++
  })
  const means = sums.map((value, weekday) => (days[weekday] ? value / days[weekday]! : 0))
  const week = means.reduce((total, value) => total + value, 0)
  return means.map((value) => value / week)
}

/**
 * Mean of an open day of each month, January first, relative to that of its year; undefined without a whole year. Years
 * are any twelve months on end, the first from where the data begin.
 */
export function monthIndex({ first, units }: DayTotals): Float64Array | undefined {
  const months = new Map<number, number[]>()
  units.forEach((value, index) => {
    if (Number.isNaN(value)) return
    const { year, month } = calendarDate(first + index)
    const number = year * MONTHS_OF_YEAR + month - 1
    const days = months.get(number) ?? []
    days.push(value)
    months.set(number, days)
  })
  const whole = [...months].filter(([, days]) => days.length >= OPEN_DAYS_OF_MONTH)
  const indexes: Float64Array[] = []
  for (let begin = 0; begin + MONTHS_OF_YEAR <= whole.length; ) {
    const year = whole.slice(begin, begin + MONTHS_OF_YEAR)
    if (year.at(-1)![0] - year[0]![0] >= MONTHS_OF_YEAR) {
      begin++
      continue
    }
    const centre = mean(year.map(([, days]) => mean(days)))
    const index = new Float64Array(MONTHS_OF_YEAR)
    for (const [number, days] of year) index[number % MONTHS_OF_YEAR] = mean(days) / centre
    indexes.push(index)
    begin += MONTHS_OF_YEAR
  }
  if (indexes.length === 0) return undefined
  return Float64Array.from({ length: MONTHS_OF_YEAR }, (_, month) =>
    mean(indexes.map((index) => index[month]!)),
  )
}

/** Strongest month over weakest: 1 has no season. */
export function seasonStrength(months: Float64Array): number {
  return Math.max(...months) / Math.min(...months)
}

/** Weeks with which a festival is compared, counted from it: far enough to be like any other. */
const USUAL_WEEKS = [-8, -7, -6, 3, 4, 5]
/** After Black Friday there is only Christmas. */
const WEEKS_BEFORE_BLACK_FRIDAY = [-8, -7, -6, -5, -4, -3]
const FEWEST_USUAL_DAYS = 14

/**
 * The days of a festival over the same weekdays of usual weeks, mean of its years: the seven days before it; for
 * Black Friday from the day itself to the Monday.
 */
export function festivalUplift({ first, units }: DayTotals, festival: Festival): number | undefined {
  const isBlackFriday = festival === 'black_friday'
  const offsets = isBlackFriday ? [0, 1, 2, 3] : [-7, -6, -5, -4, -3, -2, -1]
  const weeks = isBlackFriday ? WEEKS_BEFORE_BLACK_FRIDAY : USUAL_WEEKS
  const logs: number[] = []
  const last = first + units.length - 1
  for (let year = calendarDate(first).year; year <= calendarDate(last).year; year++) {
    for (const day of festivalDays(festival, year)) {
      const on = (shift: number) =>
        offsets.map((offset) => units[day + offset + shift - first] ?? Number.NaN).filter((v) => v >= 0)
      const height = on(0)
      const usual = weeks.flatMap((week) => on(week * 7))
      if (
        height.length < offsets.length / 2 ||
        usual.length < Math.min(FEWEST_USUAL_DAYS, offsets.length * 3)
      )
        continue
      const ratio = mean(height) / mean(usual)
      if (ratio > 0 && Number.isFinite(ratio)) logs.push(Math.log(ratio))
    }
  }
  return logs.length > 0 ? Math.exp(mean(logs)) : undefined
}
