/** What changes the demand for a product beside the day: its price, promotions, age, own season and slow fashion. */

import { dayOf, mondayOf, yearShareOf } from '@shelfcast/contracts/dates'
import { PROFILES, type World } from '../world/world.ts'
import { cosTurn, exp, normalQuantile } from './arithmetic.ts'
import type { Economy } from './economy.ts'
import type { Promotion } from './model.ts'
import { createPrices } from './prices.ts'
import { createPromotions } from './promotions.ts'
import { keyOf, uniformAt } from './random.ts'
import { keep } from './recent.ts'

/** Log uplift of a seasonal product at its peak. */
const SEASON_AMPLITUDE = 1.5
/** A new product starts with so much of its level, and has all of it after so many days. */
const LAUNCH_SHARE = 0.2
const LAUNCH_DAYS = 60
/** The last days of a product that is withdrawn. */
const FADE_DAYS = 28
const FADED_SHARE = 0.3
/** Fashion: the level of a product drifts between quarterly knots with this standard deviation, as log. */
const DRIFT = 0.12
const QUARTER_DAYS = 91
const KEPT_WEEKS = 4

interface Week {
  /** By price zone x product, without what changes from day to day. */
  factors: Float64Array
  price: Int32Array
  promotion: Int16Array
  promotions: readonly Promotion[]
}

export interface Assortment {
  /** By price zone x product. `factors` is the caller's; the rest is shared. */
  on(day: number): Week
}

export function createAssortment(world: World, seed: number, economy: Economy): Assortment {
  const { products } = world
  const count = products.length
  const elasticity = Float64Array.from(products, (product) => product.elasticity)
  const keys = products.map(({ sku }) => keyOf(undefined, seed, 'drift', sku))
  const seasonal = products.flatMap(({ season_peak }, product) =>
    season_peak === undefined ? [] : [{ product, season_peak }],
  )
  const seasonMean = exponentialOfCosineMean(SEASON_AMPLITUDE)
  const lives = new Map<number, { launched: number; withdrawn: number }>()
  products.forEach(({ launched_on, withdrawn_on }, product) => {
    if (launched_on === undefined && withdrawn_on === undefined) return
    lives.set(product, {
      launched: launched_on === undefined ? Number.NEGATIVE_INFINITY : dayOf(launched_on),
      withdrawn: withdrawn_on === undefined ? Number.POSITIVE_INFINITY : dayOf(withdrawn_on),
    })
  })
  const isOnSale = (product: number, monday: number) => {
    const life = lives.get(product)
    return life === undefined || (monday >= life.launched && monday + 6 < life.withdrawn)
  }
  const prices = createPrices(world, seed, economy)
  const promotions = createPromotions(world, seed, isOnSale)

  let knots = { quarter: Number.NaN, from: new Float64Array(count), to: new Float64Array(count) }
  const knotsAt = (quarter: number) =>
    Float64Array.from(keys, ([low, high]) => DRIFT * normalQuantile(uniformAt(low, high, quarter)))

  const makeWeek = (monday: number): Week => {
    const quarter = Math.floor(monday / QUARTER_DAYS)
    if (knots.quarter !== quarter) {
      const from = knots.quarter === quarter - 1 ? knots.to : knotsAt(quarter)
      knots = { quarter, from, to: knotsAt(quarter + 1) }
    }
    const passed = monday / QUARTER_DAYS - quarter
    const { price, real } = prices.week(monday)
    const factors = new Float64Array(price.length)
    for (let product = 0; product < count; product++) {
      const life = lives.get(product)
      if (life && (monday + 6 < life.launched || monday >= life.withdrawn)) continue
      const from = knots.from[product]!
      const drift = from + (knots.to[product]! - from) * passed
      for (let at = product; at < factors.length; at += count) {
        factors[at] = exp(elasticity[product]! * real[at]! + drift)
      }
    }
    promotions.apply(monday, factors)
    const { index, promotions: ofWeek } = promotions.week(monday)
    return { factors, price, promotion: index, promotions: ofWeek }
  }

  const weeks = new Map<number, Week>()
  return {
    on(day) {
      const monday = mondayOf(day)
      let week = weeks.get(monday)
      if (!week) {
        week = makeWeek(monday)
        keep(weeks, monday, week, KEPT_WEEKS)
      }
      const factors = week.factors.slice()
      const share = yearShareOf(day)
      for (const { product, season_peak } of seasonal) {
        const season = exp(SEASON_AMPLITUDE * cosTurn(share - season_peak)) / seasonMean
        for (let zone = 0; zone < PROFILES.length; zone++) factors[zone * count + product]! *= season
      }
      for (const [product, { launched, withdrawn }] of lives) {
        const life = lifeFactor(day - launched, withdrawn - day)
        if (life === 1) continue
        for (let zone = 0; zone < PROFILES.length; zone++) factors[zone * count + product]! *= life
      }
      return { ...week, factors }
    },
  }
}

/** @param age days since the launch @param left days until it is withdrawn */
function lifeFactor(age: number, left: number): number {
  if (age < 0 || left <= 0) return 0
  const ramp = age >= LAUNCH_DAYS ? 1 : LAUNCH_SHARE + ((1 - LAUNCH_SHARE) * age) / LAUNCH_DAYS
  const fade = left >= FADE_DAYS ? 1 : FADED_SHARE + ((1 - FADED_SHARE) * left) / FADE_DAYS
  return ramp * fade
}

/** Mean over the year of e to the a cos: the modified Bessel function I0, by its series. */
export function exponentialOfCosineMean(amplitude: number): number {
  let term = 1
  let sum = 1
  for (let k = 1; k < 30; k++) {
    term *= (amplitude * amplitude) / (4 * k * k)
    sum += term
  }
  return sum
}
