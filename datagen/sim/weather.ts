/**
 * Weather by zone and day, without a state: today's noise is a sum of keyed normals of the last days with falling
 * weights, so it persists, and any day can be asked for alone. A part is shared, so zones have much the same weather.
 */

import { yearShareOf } from '@shelfcast/contracts/dates'
import type { Category, World } from '../world/world.ts'
import { cosTurn, exp, log, normalQuantile } from './arithmetic.ts'
import type { DailyWeather } from './model.ts'
import { type Key, keyOf, uniformAt } from './random.ts'

const WINDOW_DAYS = 10
/** Correlation of one day with the next. */
const TEMPERATURE_PERSISTENCE = 0.7
const WET_PERSISTENCE = 0.45
/** Share of the variance that all zones have in common. */
const SHARED = 0.6
/** The warmest day of the year: about 21 July in the north, 20 January in the south. */
const NORTHERN_PEAK = 0.55
const SOUTHERN_PEAK = 0.05
/** Less counts as dry. */
const LEAST_RAIN_MM = 0.2
/** Hours by which a day counts as wet for those who choose what to cook: 08:00 to 21:00. */
const WAKING_HOURS = 0x1fff00
const WAKING_HOUR_COUNT = 13

export interface Weather {
  /** By weather zone. */
  on(day: number): DailyWeather[]
}

export function createWeather(world: World, seed: number): Weather {
  const root = keyOf(undefined, seed, 'weather')
  const sharedTemperature = keyOf(root, 'temperature')
  const sharedWet = keyOf(root, 'wet')
  const temperatureWeights = weightsOf(TEMPERATURE_PERSISTENCE)
  const wetWeights = weightsOf(WET_PERSISTENCE)
  const own = Math.sqrt(1 - SHARED)
  const shared = Math.sqrt(SHARED)
  const zones = world.weather_zones.map((zone) => ({
    ...zone,
    peak: zone.latitude < 0 ? SOUTHERN_PEAK : NORTHERN_PEAK,
    temperature: keyOf(root, 'temperature', zone.zone_id),
    wet: keyOf(root, 'wet', zone.zone_id),
    rain: keyOf(root, 'rain', zone.zone_id),
    threshold: thresholdFor(zone.wet_days_share),
  }))
  return {
    on(day) {
      const share = yearShareOf(day)
      const temperatureForAll = shared * persistent(sharedTemperature, temperatureWeights, day)
      const wetForAll = shared * persistent(sharedWet, wetWeights, day)
      return zones.map((zone) => {
        const noise = temperatureForAll + own * persistent(zone.temperature, temperatureWeights, day)
        const anomaly = tenth(zone.noise_c * noise)
        const season = zone.mean_temperature_c + zone.season_amplitude_c * cosTurn(share - zone.peak)
        const isWet = wetForAll + own * persistent(zone.wet, wetWeights, day) > zone.threshold
        const mm = isWet ? -log(uniformAt(zone.rain[0], zone.rain[1], day * 8)) * zone.wet_day_mm : 0
        const rain_mm = isWet ? Math.max(LEAST_RAIN_MM, tenth(mm)) : 0
        return {
          temperature: tenth(season + anomaly),
          anomaly,
          rain_mm,
          rainHours: isWet ? rainHours(rain_mm, zone.rain, day * 8 + 1) : 0,
        }
      })
    },
  }
}

/**
 * Hours with rain, as a mask of 24 bits: the more it rains, the longer, in one spell or two.
 * @param n the first of the three numbers of the key that it takes
 */
export function rainHours(mm: number, [low, high]: Key, n: number): number {
  if (mm <= 0) return 0
  const hours = Math.max(1, Math.min(24, Math.round(1 + 2.2 * Math.sqrt(mm))))
  const dry = 24 - hours
  const start = Math.floor(uniformAt(low, high, n) * (dry + 1))
  const split = uniformAt(low, high, n + 1)
  // Two spells for a little under half of the days on which there is room for a pause.
  const first = hours >= 4 && start < dry && split < 0.45 ? Math.floor(hours * (0.3 + split)) : hours
  const pause = first < hours ? 1 + Math.floor(uniformAt(low, high, n + 2) * (dry - start)) : 0
  return (spell(start, first) | spell(start + first + pause, hours - first)) & 0xffffff
}

/** Share of the waking hours with rain. */
export function wetShare(mask: number): number {
  let hours = mask & WAKING_HOURS
  let count = 0
  for (; hours !== 0; hours &= hours - 1) count++
  return count / WAKING_HOUR_COUNT
}

/** The part of the weather that customers act on. */
export type FeltWeather = Pick<DailyWeather, 'anomaly' | 'rainHours'>

/** What the weather makes of a category's demand, beside how many customers come. */
export function weatherFactor(category: Category, weather: FeltWeather): number {
  const warmth = category.warmth === 0 ? 1 : exp((category.warmth * weather.anomaly) / 10)
  if (category.rain === 0 || weather.rainHours === 0) return warmth
  return warmth * (1 + (exp(category.rain) - 1) * wetShare(weather.rainHours))
}

function spell(start: number, hours: number): number {
  return ((1 << hours) - 1) << start
}

/** Falling weights whose squares sum to 1, so that the sum has the variance of one normal. */
function weightsOf(persistence: number): Float64Array {
  const weights = new Float64Array(WINDOW_DAYS)
  let weight = 1
  let squares = 0
  for (let ago = 0; ago < WINDOW_DAYS; ago++, weight *= persistence) {
    weights[ago] = weight
    squares += weight * weight
  }
  const scale = 1 / Math.sqrt(squares)
  for (let ago = 0; ago < WINDOW_DAYS; ago++) weights[ago]! *= scale
  return weights
}

function persistent([low, high]: Key, weights: Float64Array, day: number): number {
  let sum = 0
  for (let ago = 0; ago < WINDOW_DAYS; ago++) {
    sum += weights[ago]! * normalQuantile(uniformAt(low, high, day - ago))
  }
  return sum
}

/** The normal that the share of days lies above. */
function thresholdFor(share: number): number {
  if (share <= 0) return Number.POSITIVE_INFINITY
  return share >= 1 ? Number.NEGATIVE_INFINITY : normalQuantile(1 - share)
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10
}
