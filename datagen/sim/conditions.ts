/** What is the same for all customers of a day: weather, season, festivals, prices, promotions, as factors on demand. */

import { dateOf, weekdayOf, yearShareOf } from '@shelfcast/contracts/dates'
import { FESTIVALS, type World } from '../world/world.ts'
import { cosTurn, exp } from './arithmetic.ts'
import { createAssortment, exponentialOfCosineMean } from './assortment.ts'
import { createEconomy } from './economy.ts'
import { FIRST_DAY, festivalWeights, LAST_DAY } from './festivals.ts'
import { createFootfall } from './footfall.ts'
import { createLift } from './lift.ts'
import type { Conditions, DailyWeather, DayConditions } from './model.ts'
import { keep } from './recent.ts'
import { createWeather, weatherFactor } from './weather.ts'

/** Stores in different time zones are at two days at once, and the live stream makes days again. */
const KEPT_DAYS = 8

/** The same world and seed give the same conditions on any machine, in whatever order days are asked for. */
export function createConditions(world: World, seed: number): Conditions {
  const economy = createEconomy(world, seed)
  const weather = createWeather(world, seed)
  const footfall = createFootfall(world, economy)
  const assortment = createAssortment(world, seed, economy)
  const categoryFactors = createCategoryFactors(world)
  const days = new Map<number, DayConditions>()
  let latest: DayConditions | undefined

  const on = (day: number): DayConditions => {
    if (latest?.day === day) return latest
    latest = days.get(day)
    if (latest) return latest
    if (!(day >= FIRST_DAY && day <= LAST_DAY)) {
      throw new RangeError(
        `The twin has no day ${Number.isFinite(day) ? dateOf(day) : day}. Choose one from ${dateOf(FIRST_DAY)} to ${dateOf(LAST_DAY)}.`,
      )
    }
    const ofZones = weather.on(day)
    const { factors, price, promotion, promotions } = assortment.on(day)
    latest = {
      day,
      weather: ofZones,
      storeFactor: footfall.factors(day, ofZones),
      categoryFactor: categoryFactors(day, ofZones),
      productFactor: factors,
      price,
      promotion,
      promotions,
    }
    keep(days, day, latest, KEPT_DAYS)
    return latest
  }

  return {
    world,
    seed,
    on,
    hours: (store, category, day) => footfall.hours(store, category, day, on(day).weather),
    ...createLift(world, footfall, on),
  }
}

/** By store x category. They differ by weather zone alone, so each zone is worked out once. */
function createCategoryFactors(world: World) {
  const { categories, stores } = world
  const zones = new Map(world.weather_zones.map(({ zone_id }, index) => [zone_id, index]))
  const zoneOf = stores.map(({ weather_zone }) => zones.get(weather_zone)!)
  // The mean over the year is 1, so that daily_units is what sells on an average day.
  const seasonMeans = categories.map(({ season_amplitude }) => exponentialOfCosineMean(season_amplitude))
  const festivalUplifts = categories.map(({ festivals }) =>
    Float64Array.from(FESTIVALS, (festival) => festivals[festival] ?? 0),
  )
  const weekends = categories.map(({ weekend }) => {
    const uplift = exp(weekend)
    const mean = (5 + 2 * uplift) / 7
    return { weekday: 1 / mean, weekend: uplift / mean }
  })
  return (day: number, weather: readonly DailyWeather[]): Float64Array => {
    const share = yearShareOf(day)
    const isWeekend = weekdayOf(day) >= 6
    const festivals = festivalWeights(day)
    const all = new Float64Array(categories.length)
    for (let index = 0; index < categories.length; index++) {
      const category = categories[index]!
      let uplift = category.season_amplitude * cosTurn(share - category.season_peak)
      const uplifts = festivalUplifts[index]!
      for (let festival = 0; festival < uplifts.length; festival++) {
        uplift += festivals[festival]! * uplifts[festival]!
      }
      const week = isWeekend ? weekends[index]!.weekend : weekends[index]!.weekday
      all[index] = (exp(uplift) / seasonMeans[index]!) * week
    }
    const byZone = weather.map((ofZone) => {
      const factors = all.slice()
      for (let index = 0; index < factors.length; index++) {
        factors[index]! *= weatherFactor(categories[index]!, ofZone)
      }
      return factors
    })
    const factors = new Float64Array(stores.length * categories.length)
    for (let store = 0; store < stores.length; store++) {
      factors.set(byZone[zoneOf[store]!]!, store * categories.length)
    }
    return factors
  }
}
