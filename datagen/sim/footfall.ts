/** How many customers come to a store on a day, and when. */

import { calendarDate, weekdayOf } from '@shelfcast/contracts/dates'
import type { Profile, World } from '../world/world.ts'
import { exp } from './arithmetic.ts'
import type { Economy } from './economy.ts'
import { isPublicHoliday } from './festivals.ts'
import type { DailyWeather } from './model.ts'
import { keep } from './recent.ts'

/** Factors by profile: on the day before a public holiday, on it, and on 25 December. */
const HOLIDAYS: Record<Profile, { eve: number; day: number; christmas: number }> = {
  convenience: { eve: 1.05, day: 1.1, christmas: 0.4 },
  supermarket: { eve: 1.15, day: 0.7, christmas: 0 },
  hypermarket: { eve: 1.2, day: 0.65, christmas: 0 },
  campus: { eve: 0.9, day: 0.2, christmas: 0 },
}
const KEPT_DAYS = 4
/** Local hour at which stores other than convenience stores close on 24 and 31 December. */
const EARLY_CLOSING = 19

export interface Footfall {
  /** By store; 0 when it is closed. */
  factors(day: number, weather: readonly DailyWeather[]): Float64Array
  /** Factor on a store's visits when it rains in these hours. */
  rain(store: number, rainHours: number): number
  /** Cumulative shares by local hour: see Conditions. */
  hours(store: number, category: number, day: number, weather: readonly DailyWeather[]): Float64Array
}

export function createFootfall(world: World, economy: Economy): Footfall {
  const { categories, rhythms } = world
  const zones = new Map(world.weather_zones.map(({ zone_id }, index) => [zone_id, index]))
  const stores = world.stores.map((store) => {
    const profile = world.profiles[store.profile]
    return {
      ...store,
      zone: zones.get(store.weather_zone)!,
      weekdays: meanOne(profile.weekday_weights),
      months: meanOne(profile.months),
      rain: profile.rain_footfall,
      hourWeights: profile.hour_weights,
      holidays: HOLIDAYS[store.profile],
      /** Stores with the same hours, visits and weather have the same shares. */
      shape: `${store.weather_zone} ${store.profile} ${store.hours.join()}`,
    }
  })
  const shapes = [...new Set(stores.map(({ shape }) => shape))]
  const shapeOf = stores.map(({ shape }) => shapes.indexOf(shape))
  const countries = [...new Set(stores.map(({ country }) => country))]
  const shares = new Map<number, (Float64Array | undefined)[]>()
  const rainOf = stores.map(({ hours, hourWeights, rain }) => rainFactor(hours, hourWeights, rain))

  return {
    factors(day, weather) {
      const macro = exp(economy.demand(day))
      const years = economy.years(day)
      const weekday = weekdayOf(day) - 1
      const { month, date } = calendarDate(day)
      const isHoliday = new Map(countries.map((country) => [country, isPublicHoliday(country, day)]))
      const isEve = new Map(countries.map((country) => [country, isPublicHoliday(country, day + 1)]))
      const factors = new Float64Array(stores.length)
      for (let index = 0; index < stores.length; index++) {
        const store = stores[index]!
        let factor = macro * store.weekdays[weekday]! * store.months[month - 1]!
        if (store.growth !== 0) factor *= exp(store.growth * years)
        if (month === 12 && date === 25) factor *= store.holidays.christmas
        else if (isHoliday.get(store.country)) factor *= store.holidays.day
        else if (isEve.get(store.country)) factor *= store.holidays.eve
        factors[index] = factor * rainOf[index]!(weather[store.zone]!.rainHours)
      }
      return factors
    },
    rain: (store, rainHours) => rainOf[store]!(rainHours),
    hours(store, category, day, weather) {
      let ofDay = shares.get(day)
      if (!ofDay) {
        ofDay = new Array(shapes.length * categories.length)
        keep(shares, day, ofDay, KEPT_DAYS)
      }
      const at = shapeOf[store]! * categories.length + category
      const cached = ofDay[at]
      if (cached) return cached
      const shop = stores[store]!
      const { rhythm, rain } = categories[category]!
      const [open, until] = opening(shop, day)
      const wet = exp(shop.rain + rain)
      const { rainHours } = weather[shop.zone]!
      const isOpen = (hour: number) => hour >= open && hour < until
      let sums = cumulativeShares((hour) => {
        if (!isOpen(hour)) return 0
        return shop.hourWeights[hour]! * rhythms[rhythm][hour]! * ((rainHours >> hour) & 1 ? wet : 1)
      })
      // A rhythm may leave nothing within the opening hours; who wants the goods then comes at any of them.
      if (sums[23] === 0) sums = cumulativeShares((hour) => (isOpen(hour) ? 1 : 0))
      ofDay[at] = sums
      return sums
    },
  }
}

/** The hours of a store on a day: open from the first until before the second; both 0 when it is closed. */
function opening(store: { profile: Profile; hours: readonly number[] }, day: number): [number, number] {
  const open = store.hours[0]!
  const close = store.hours[1]!
  const { month, date } = calendarDate(day)
  if (store.profile === 'convenience' || month !== 12) return [open, close]
  if (date === 25) return [0, 0]
  return date === 24 || date === 31
    ? [open, Math.max(open + 1, Math.min(close, EARLY_CLOSING))]
    : [open, close]
}

/** All 0 when all weights are. */
function cumulativeShares(weight: (hour: number) => number): Float64Array {
  const sums = new Float64Array(24)
  let sum = 0
  for (let hour = 0; hour < 24; hour++) {
    sum += weight(hour)
    sums[hour] = sum
  }
  if (sum > 0) for (let hour = 0; hour < 24; hour++) sums[hour]! /= sum
  return sums
}

/** Each hour counts by its share of the visits. */
function rainFactor(hours: readonly number[], weights: readonly number[], rain: number) {
  const sums = cumulativeShares((hour) => (hour >= hours[0]! && hour < hours[1]! ? weights[hour]! : 0))
  const change = exp(rain) - 1
  return (rainHours: number) => {
    if (rainHours === 0) return 1
    let wet = 0
    for (let hour = 0; hour < 24; hour++) {
      if ((rainHours >> hour) & 1) wet += sums[hour]! - (hour === 0 ? 0 : sums[hour - 1]!)
    }
    return 1 + change * wet
  }
}

function meanOne(weights: readonly number[]): number[] {
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length
  return weights.map((weight) => weight / mean)
}
