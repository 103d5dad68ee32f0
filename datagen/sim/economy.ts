/** How prices and demand as a whole move over the years: slow trends, and years that are better or worse. */

import { calendarDate, dayOf, yearShareOf } from '@shelfcast/contracts/dates'
import type { World } from '../world/world.ts'
import { normalQuantile } from './arithmetic.ts'
import { FIRST_YEAR, LAST_YEAR } from './festivals.ts'
import { keyOf, uniformAt } from './random.ts'

/** Standard deviation of a year's inflation around the world's, as log change. */
const INFLATION_NOISE = 0.006
/** Height of the business cycle, as log change of demand. */
const CYCLE = 0.012
const CYCLE_LIMIT = 0.02
const DAYS_OF_YEAR = 365.25

export interface Economy {
  /** Log of the price level relative to that of the reference date. */
  prices(day: number): number
  /** Log of demand over all stores relative to that of the reference date, give or take the business cycle. */
  demand(day: number): number
  /** Years since the reference date. */
  years(day: number): number
}

export function createEconomy(world: World, seed: number): Economy {
  const reference = dayOf(world.reference_date)
  const count = LAST_YEAR - FIRST_YEAR + 2
  const [low, high] = keyOf(undefined, seed, 'economy')
  const normal = (purpose: number, year: number) => normalQuantile(uniformAt(low, high, year * 2 + purpose))
  const level = new Float64Array(count)
  const cycle = new Float64Array(count)
  for (let index = 0; index < count; index++) {
    const year = FIRST_YEAR + index
    if (index > 0) level[index] = level[index - 1]! + world.inflation + INFLATION_NOISE * normal(0, year)
    cycle[index] = Math.max(-CYCLE_LIMIT, Math.min(CYCLE_LIMIT, CYCLE * normal(1, year)))
  }
  const between = (knots: Float64Array, day: number) => {
    const index = Math.max(0, Math.min(count - 2, calendarDate(day).year - FIRST_YEAR))
    return knots[index]! + (knots[index + 1]! - knots[index]!) * yearShareOf(day)
  }
  const referenceLevel = between(level, reference)
  const years = (day: number) => (day - reference) / DAYS_OF_YEAR
  return {
    prices: (day) => between(level, day) - referenceLevel,
    demand: (day) => world.macro_growth * years(day) + between(cycle, day),
    years,
  }
}
