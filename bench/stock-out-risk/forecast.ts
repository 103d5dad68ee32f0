/**
 * The plain forecast of the bench: the mean of the last four weeks on days when the shelf was not seen empty, in the shape
 * of the week of its category and store; and how its sums are spread, by class of series, on windows of the days before.
 */
import type { DailyDemand } from '@shelfcast/planning/risk/level'
import { RISK_DAYS } from '@shelfcast/planning/risk/stock-out-risks'
import type { Observation } from './observation.ts'

const LEVEL_DAYS = 28
const SHAPE_DAYS = 56
const WEEK = 7
/** Inner bounds of the classes, portions a day. */
const CLASSES = [0.1, 0.25, 0.5, 1, 2, 4, 8]
/** Cases as if, at a Poisson's spread. */
const PRIOR = 30

export interface Assortment {
  /** By series: its store x category, and the units of a usual purchase. */
  group: Int32Array
  portion: Float64Array
}

/** Shares of a week by store x category, 1 on average; index: group * 7 + day % 7. */
export function weekShapes({ sold, listed }: Observation, day: number, { group }: Assortment): Float64Array {
  const groups = Math.max(...group) + 1
  const units = new Float64Array(groups * WEEK).fill(1)
  for (let back = 0; back < SHAPE_DAYS && day - back >= 0; back++) {
    const at = day - back
    for (let series = 0; series < group.length; series++)
      if (listed[at]![series] === 1) units[group[series]! * WEEK + (at % WEEK)]! += sold[at]![series]!
  }
  for (let of = 0; of < groups; of++) {
    let sum = 0
    for (let weekday = 0; weekday < WEEK; weekday++) sum += units[of * WEEK + weekday]!
    for (let weekday = 0; weekday < WEEK; weekday++) units[of * WEEK + weekday]! *= WEEK / sum
  }
  return units
}

/** @param day the last that is known */
export function meansOf(
  { sold, listed, seen }: Observation,
  day: number,
  series: number,
  shapes: Float64Array,
  { group }: Assortment,
): number[] {
  const shape = (at: number) => shapes[group[series]! * WEEK + (at % WEEK)]!
  let units = 0
  let shares = 0
  for (let back = 0; back < LEVEL_DAYS && day - back >= 0; back++) {
    const at = day - back
    if (listed[at]![series] !== 1 || (seen[at]![series] === 1 && sold[at]![series] === 0)) continue
    units += sold[at]![series]!
    shares += shape(at)
  }
  const level = shares > 0 ? units / shares : 0
  return Array.from({ length: RISK_DAYS }, (_, ahead) => level * shape(day + 1 + ahead))
}

export interface Spread {
  /** By class. */
  spread: number[]
  levelVariance: number[]
}

/** By portions a day. */
export const classOf = (mean: number): number => CLASSES.filter((bound) => mean >= bound).length

/**
 * Squared errors of a day and of all days around the forecasts, by class: two equations for what is new each day and for
 * what stays. Windows in which the shelf was seen empty are left out.
 */
export function spreadOf(
  observation: Observation,
  origins: readonly number[],
  assortment: Assortment,
): Spread {
  const count = CLASSES.length + 1
  const sums = Array.from({ length: count }, () => ({
    one: 0,
    all: 0,
    oneMean: 0,
    allMean: 0,
    allSquare: 0,
    windows: 0,
  }))
  for (const origin of origins) {
    const shapes = weekShapes(observation, origin, assortment)
    for (let series = 0; series < assortment.group.length; series++) {
      const days = Array.from({ length: RISK_DAYS }, (_, ahead) => origin + 1 + ahead)
      if (days.some((day) => observation.listed[day]![series] !== 1 || observation.seen[day]![series] === 1))
        continue
      const portion = assortment.portion[series]!
      const means = meansOf(observation, origin, series, shapes, assortment).map((mean) => mean / portion)
      const total = means.reduce((sum, mean) => sum + mean, 0)
      if (total === 0) continue
      const entry = sums[classOf(total / RISK_DAYS)]!
      let actual = 0
      for (const [ahead, day] of days.entries()) {
        const units = observation.sold[day]![series]! / portion
        actual += units
        entry.one += (units - means[ahead]!) ** 2
        entry.oneMean += means[ahead]!
      }
      entry.all += (actual - total) ** 2
      entry.allMean += total
      entry.allSquare += total * total
      entry.windows++
    }
  }
  const spread: number[] = []
  const levelVariance: number[] = []
  for (const { one, all, oneMean, allMean, allSquare, windows } of sums) {
    const usual = windows > 0 ? allMean / windows : 1
    const daily = (one + PRIOR * usual) / (oneMean + PRIOR * usual)
    const level = allSquare > 0 ? Math.max(0, (all - daily * allMean) / allSquare) : 0
    levelVariance.push(level)
    // What stays is in the error of each day too.
    spread.push(Math.max(1, daily - (level * usual) / RISK_DAYS))
  }
  return { spread, levelVariance }
}

export function demandOf(
  means: readonly number[],
  portion: number,
  { spread, levelVariance }: Spread,
): DailyDemand {
  const of = classOf(means.reduce((sum, mean) => sum + mean, 0) / (RISK_DAYS * portion))
  return { means, spread: spread[of]! * portion, levelVariance: levelVariance[of]! }
}
