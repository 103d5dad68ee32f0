/** Job: public holidays of each country with a store, this year's and next, from Nager.Date or a kept library. */
import { HOLIDAY_ANSWERS, HolidayAnswer } from '@shelfcast/contracts/datasets/holiday-answers'
import { DAY_MS } from '@shelfcast/contracts/dates'
import type { Job, JobContext } from '../engine/job.ts'
import { collect, type Dataset, type Question } from './collect.ts'
import { libraryHolidays } from './holiday-library.ts'
import { createHttpSource, type SourceLimits } from './http-source.ts'
import { keep, newestAnswers } from './kept.ts'
import { readPlaces } from './places.ts'

/** Governments move holidays now and then. */
const HOLDS_MS = 30 * DAY_MS
/** Past a year, what a service once said of a year's holidays has been asked again or is of no use. */
const REMEMBERED_MS = 400 * DAY_MS

interface CountryYear extends Question {
  country: string
  year: number
}

export function fetchHolidays(limits: Partial<SourceLimits> = {}): Job<'fetch-holidays'> {
  return {
    name: 'fetch-holidays',
    async run(context) {
      const { countries, storesWithoutCountry } = await readPlaces(context.backends.lake)
      const thisYear = new Date(context.now()).getUTCFullYear()
      const questions = countries.flatMap((country) =>
        [thisYear, thisYear + 1].map((year) => calendarOf(country, year, context.now())),
      )
      const { NAGER_URL: url } = context.connectors
      const collection = url && (await collect(dataset(url, limits), questions, context))
      const missing = questions.filter(({ key }) => !collection?.served.has(key))
      const library = await keepFromLibrary(missing, context)
      const faults = [
        ...(collection?.faults ?? []),
        ...(library.unknown.length === 0
          ? []
          : [`date-holidays does not know ${library.unknown.join(', ')}`]),
      ]
      const serving = missing.length === 0 ? 'what was fetched before' : 'the library date-holidays'
      return {
        figures: {
          countries: countries.length,
          stores_without_country: storesWithoutCountry,
          ...collection?.figures,
          from_library: missing.length - library.unknown.length,
          library_kept: library.kept,
        },
        shortfalls: faults.length === 0 ? [] : [`${faults.join('; ')}; ${serving} serves.`],
      }
    },
  }
}

function calendarOf(country: string, year: number, now: number): CountryYear {
  return {
    country,
    year,
    key: `${country}_${year}`,
    path: `/api/v3/PublicHolidays/${year}/${country}`,
    query: {},
    freshSince: now - HOLDS_MS,
  }
}

function dataset(url: URL, limits: Partial<SourceLimits>): Dataset<typeof HolidayAnswer> {
  return {
    source: createHttpSource(url, limits),
    series: { kind: HOLIDAY_ANSWERS.kind, source: 'nager-date', series: 'public-holidays' },
    schema: HolidayAnswer,
    fault(holidays, { key }) {
      const [country, year] = key.split('_')
      const foreign = holidays.find(({ countryCode }) => countryCode !== country)
      if (foreign) return `holds ${foreign.date} of ${foreign.countryCode}`
      // Not each of them: New Year's Day can be kept on the last day of the year before.
      return holidays.some(({ date }) => date.startsWith(`${year}-`)) ? undefined : `holds no day of ${year}`
    },
    rememberedMs: REMEMBERED_MS,
  }
}

/** As a source of its own, so that nobody takes it for what the service says. */
async function keepFromLibrary(
  missing: readonly CountryYear[],
  { backends: { lake }, now, parameters: { force } }: JobContext<'fetch-holidays'>,
) {
  const series = { kind: HOLIDAY_ANSWERS.kind, source: 'date-holidays', series: 'public-holidays' }
  const answers = missing.length === 0 ? new Map() : await newestAnswers(lake, series, now() - HOLDS_MS)
  const unknown: string[] = []
  let count = 0
  for (const { country, year, key, freshSince } of missing) {
    if (!force && (answers.get(key)?.fetchedAt ?? 0) >= freshSince) continue
    const { holidays, from } = await libraryHolidays(country, year)
    if (holidays.length === 0) {
      unknown.push(key)
      continue
    }
    await keep(lake, series, key, Buffer.from(`${JSON.stringify(holidays)}\n`), { from, fetchedAt: now() })
    count += 1
  }
  return { kept: count, unknown }
}
