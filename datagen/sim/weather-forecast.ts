/**
 * The weather forecast of each evening, as a good forecaster would have issued it: what he sees of the day to come gets
 * clearer as the day comes closer, and he says what is to be expected from what he sees. So his error grows with the
 * lead until the climate alone is as good, and what he says of a day settles as it comes closer. Any evening can be
 * asked for alone.
 */
import type { World } from '../world/world.ts'
import { exp, log, normalQuantile } from './arithmetic.ts'
import { keyOf, uniformAt } from './random.ts'
import { keep } from './recent.ts'
import { createWeather } from './weather.ts'

/** A forecast reaches so many days beyond its evening. */
export const FORECAST_DAYS = 10

/**
 * Standard error of the temperature as a share of the zone's noise_c, which is the error of the climate: about 0.8
 * degrees for tomorrow where noise_c is 2.6, and nearly as much as the climate's for the last day.
 */
const FIRST_ERROR = 0.3
const LAST_ERROR = 0.97
/** Probability that the rain which he sees is not the day's. */
const FIRST_MISS = 0.06
const LAST_MISS = 0.85
/** Standard deviation of the log of how much of it he sees. */
const FIRST_AMOUNT = 0.15
const LAST_AMOUNT = 0.6
/** Numbers of a day: one for each lead, then those of the rain. */
const DRAWS = 16

export interface ForecastWeather {
  /** Mean of the day, degrees Celsius. */
  temperature: number
  /** What is to be expected: at a long lead it is some rain for every day. */
  rain_mm: number
}

export interface WeatherForecasts {
  /** Issued on the evening of a day: the days after it, one to FORECAST_DAYS, each by weather zone. */
  issued(day: number): readonly (readonly ForecastWeather[])[]
}

export function createWeatherForecasts(world: World, seed: number): WeatherForecasts {
  const weather = createWeather(world, seed)
  const root = keyOf(undefined, seed, 'weather-forecast')
  const zones = world.weather_zones.map((zone) => ({
    ...zone,
    key: keyOf(root, zone.zone_id),
    climate_mm: zone.wet_days_share * zone.wet_day_mm,
  }))
  const days = new Map<number, ForecastWeather[][]>()

  /** What was said of a day, by lead from 1 on, then by zone. */
  function forecastsOf(day: number): ForecastWeather[][] {
    const forecasts: ForecastWeather[][] = Array.from({ length: FORECAST_DAYS }, () => [])
    for (const [index, actual] of weather.on(day).entries()) {
      const { key, noise_c, climate_mm, wet_days_share, wet_day_mm } = zones[index]!
      const uniform = (n: number) => uniformAt(key[0], key[1], day * DRAWS + n)
      const season = actual.temperature - actual.anomaly
      const miss = uniform(FORECAST_DAYS)
      const isWet = uniform(FORECAST_DAYS + 1) < wet_days_share
      const other = isWet ? -log(uniform(FORECAST_DAYS + 2)) * wet_day_mm : 0
      const amount = normalQuantile(uniform(FORECAST_DAYS + 3))
      /** What blurs his view, in parts of noise_c: a longer lead adds to the blur of a shorter one. */
      let blur = 0
      let blurVariance = 0
      for (let lead = 1; lead <= FORECAST_DAYS; lead++) {
        const error = at(lead, FIRST_ERROR, LAST_ERROR) ** 2
        // The blur of which an optimal forecast has just this error.
        const variance = error / (1 - error)
        blur += Math.sqrt(variance - blurVariance) * normalQuantile(uniform(lead - 1))
        blurVariance = variance
        const anomaly = (1 - error) * (actual.anomaly + noise_c * blur)

        const missed = at(lead, FIRST_MISS, LAST_MISS)
        const spread = at(lead, FIRST_AMOUNT, LAST_AMOUNT)
        const rainMm = (miss < missed ? other : actual.rain_mm) * exp(spread * amount - (spread * spread) / 2)
        forecasts[lead - 1]!.push({
          temperature: tenth(season + anomaly),
          rain_mm: tenth((1 - missed) * rainMm + missed * climate_mm),
        })
      }
    }
    return forecasts
  }

  function keptForecasts(day: number): ForecastWeather[][] {
    let forecasts = days.get(day)
    if (!forecasts) {
      forecasts = forecastsOf(day)
      keep(days, day, forecasts, FORECAST_DAYS + 2)
    }
    return forecasts
  }

  return {
    issued: (day) =>
      Array.from({ length: FORECAST_DAYS }, (_, index) => keptForecasts(day + index + 1)[index]!),
  }
}

/** Between the figures of the first and of the last lead. */
function at(lead: number, first: number, last: number): number {
  return first + ((last - first) * (lead - 1)) / (FORECAST_DAYS - 1)
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10
}
