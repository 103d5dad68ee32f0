/** Job: yearly macro figures of each country with a store, from the World Bank (CC BY 4.0). */
import { MACRO_ANSWERS, MacroAnswer } from '@shelfcast/contracts/datasets/macro-answers'
import { DAY_MS } from '@shelfcast/contracts/dates'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import type { Job } from '../engine/job.ts'
import { collect, type Dataset } from './collect.ts'
import { createHttpSource, type SourceLimits } from './http-source.ts'
import { readPlaces } from './places.ts'

/** The World Bank publishes a few times a year. */
const HOLDS_MS = 30 * DAY_MS
const REMEMBERED_MS = 400 * DAY_MS
/** All years since 1960 fit; pages are followed all the same. */
const PER_PAGE = 500

/** Percent a year. */
const INDICATORS = {
  'FP.CPI.TOTL.ZG': 'inflation of consumer prices',
  'NY.GDP.MKTP.KD.ZG': 'growth of the gross domestic product',
  'SL.UEM.TOTL.ZS': 'unemployment, of the labour force',
} as const

/** With status 200. */
const Message = Type.Array(
  Type.Object({
    message: Type.Array(Type.Object({ id: Type.String(), key: Type.String(), value: Type.String() }), {
      minItems: 1,
    }),
  }),
  { minItems: 1 },
)

export function fetchMacro(limits: Partial<SourceLimits> = {}): Job<'fetch-macro'> {
  return {
    name: 'fetch-macro',
    async run(context) {
      const { countries, storesWithoutCountry } = await readPlaces(context.backends.lake)
      const { WORLD_BANK_URL: url } = context.connectors
      const questions = countries.flatMap((country) =>
        Object.keys(INDICATORS).map((indicator) => ({
          key: `${country}_${indicator}`,
          path: `/v2/country/${country}/indicator/${indicator}`,
          query: { format: 'json', per_page: String(PER_PAGE) },
          freshSince: context.now() - HOLDS_MS,
        })),
      )
      const collection = url && (await collect(dataset(url, limits), questions, context))
      const faults = collection?.faults ?? []
      return {
        figures: {
          countries: countries.length,
          stores_without_country: storesWithoutCountry,
          ...collection?.figures,
        },
        shortfalls: faults.length === 0 ? [] : [`${faults.join('; ')}; the twin's own macro index serves.`],
      }
    },
  }
}

function dataset(url: URL, limits: Partial<SourceLimits>): Dataset<typeof MacroAnswer> {
  return {
    source: createHttpSource(url, limits),
    series: { kind: MACRO_ANSWERS.kind, source: 'world-bank', series: 'indicators' },
    schema: MacroAnswer,
    declines(answer) {
      return Value.Check(Message, answer) ? answer[0]!.message[0]!.value : undefined
    },
    fault([, rows], { key }) {
      const stray = rows?.find(({ country, indicator }) => `${country.id}_${indicator.id}` !== key)
      return stray && `holds ${stray.indicator.id} of ${stray.country.id}`
    },
    nextPage: ([{ page, pages }]) => (page < pages ? { page: String(page + 1) } : undefined),
    rememberedMs: REMEMBERED_MS,
  }
}
