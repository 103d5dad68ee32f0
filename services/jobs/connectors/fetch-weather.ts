/** Job: real weather of each place with a store, from Open-Meteo (CC BY 4.0): forecasts, and the years before. */

import { WEATHER_ANSWERS, WeatherAnswer } from '@shelfcast/contracts/datasets/weather-answers'
import { DAY_MS, HOUR_MS, utcDate } from '@shelfcast/contracts/dates'
import type { RunResult } from '@shelfcast/contracts/runs'
import type { Job } from '../engine/job.ts'
import { collect, type Dataset, type Question } from './collect.ts'
import { createHttpSource, type SourceLimits } from './http-source.ts'
import { type Place, readPlaces } from './places.ts'

type Figures = RunResult['figures']

/** The weather models behind the forecasts run every six hours. */
const FORECAST_HOLDS_MS = 6 * HOUR_MS
const FORECAST_DAYS = 16
/** Forecasts of days that have passed meanwhile are corrected. */
const PAST_DAYS = 7
/** As many years as a first start simulates, so that real and simulated weather can be compared. */
const ARCHIVE_YEARS = 3
/** The archive is complete five days after a day at the latest. */
const ARCHIVE_DELAY_MS = 6 * DAY_MS
const ARCHIVE_HOLDS_MS = 7 * DAY_MS
/** A year of days counts as 26 requests, and 600 a minute are free. */
const ARCHIVE_PAUSE_MS = 3_000

const DAILY = [
  'temperature_2m_mean',
  'temperature_2m_max',
  'temperature_2m_min',
  'precipitation_sum',
  'precipitation_hours',
] as const

export function fetchWeather(limits: Partial<SourceLimits> = {}): Job<'fetch-weather'> {
  return {
    name: 'fetch-weather',
    async run(context) {
      const { places, storesWithoutPlace } = await readPlaces(context.backends.lake)
      const { OPEN_METEO_URL: forecastUrl, OPEN_METEO_ARCHIVE_URL: archiveUrl } = context.connectors
      const forecasts =
        forecastUrl &&
        (await collect(
          dataset('daily', forecastUrl, limits),
          places.map((place) => forecastOf(place, context.now())),
          context,
        ))
      // The same house runs both: where one cannot be reached, the other is not waited for.
      const archive =
        archiveUrl && forecasts?.isReached !== false
          ? await collect(
              dataset('archive', archiveUrl, { pauseMs: ARCHIVE_PAUSE_MS, ...limits }),
              places.flatMap((place) => archiveOf(place, context.now())),
              context,
            )
          : undefined
      const faults = [...(forecasts?.faults ?? []), ...(archive?.faults ?? [])]
      return {
        figures: {
          places: places.length,
          stores_without_place: storesWithoutPlace,
          ...prefixed('forecast', forecasts?.figures),
          ...prefixed('archive', archive?.figures),
        },
        shortfalls: faults.length === 0 ? [] : [`${faults.join('; ')}; the twin's own weather serves.`],
      }
    },
  }
}

function dataset(name: string, url: URL, limits: Partial<SourceLimits>): Dataset<typeof WeatherAnswer> {
  return {
    source: createHttpSource(url, limits),
    series: { kind: WEATHER_ANSWERS.kind, source: 'open-meteo', series: name },
    schema: WeatherAnswer,
    fault({ daily }) {
      const short = DAILY.find((variable) => daily[variable].length !== daily.time.length)
      return short && `daily.${short} has ${daily[short].length} values for ${daily.time.length} days`
    },
    rememberedMs: DAY_MS,
  }
}

function forecastOf(place: Place, now: number): Question {
  return {
    key: place.key,
    path: '/v1/forecast',
    query: { ...question(place), past_days: String(PAST_DAYS), forecast_days: String(FORECAST_DAYS) },
    freshSince: now - FORECAST_HOLDS_MS,
  }
}

/** One document a calendar year. A year that is over and complete is never asked for again. */
function archiveOf(place: Place, now: number): Question[] {
  const complete = now - ARCHIVE_DELAY_MS
  const last = new Date(complete).getUTCFullYear()
  return Array.from({ length: ARCHIVE_YEARS + 1 }, (_, back) => last - back).map((year) => {
    const end = Math.min(complete, Date.UTC(year, 11, 31))
    return {
      key: `${place.key}_${year}`,
      path: '/v1/archive',
      query: { ...question(place), start_date: `${year}-01-01`, end_date: utcDate(end) },
      freshSince: Math.min(now - ARCHIVE_HOLDS_MS, Date.UTC(year + 1, 0, 1) + ARCHIVE_DELAY_MS),
    }
  })
}

function question({ latitude, longitude }: Place): Record<string, string> {
  return { latitude, longitude, daily: DAILY.join(','), timezone: 'auto' }
}

function prefixed(prefix: string, figures: Figures = {}): Figures {
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [`${prefix}_${name}`, value]))
}
