/** What will be sold, with its range and its reasons. */
import { Readable } from 'node:stream'
import { ErrorAnswer } from '@shelfcast/contracts/api'
import {
  ForecastFilter,
  ForecastList,
  ForecastOrder,
  ForecastSeries,
  SERIES_LIMIT,
  SeriesQuestion,
} from '@shelfcast/contracts/forecasts'
import { WhatIfAnswer, WhatIfQuery } from '@shelfcast/contracts/inference'
import { limit, STRICT, WholeNumber } from '@shelfcast/contracts/outside'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import { Type } from 'typebox'
import { type App, named, REFUSED, UNAVAILABLE } from '../http/schemas.ts'
import type { RowStream } from '../read/reader.ts'
import type { Stores } from '../read/stores.ts'
import { createForecastCsv } from './csv.ts'
import type { Inference } from './inference.ts'
import { createForecastList } from './list.ts'
import { createOverview } from './overview.ts'
import { createForecastSeries, type SeriesSources } from './series.ts'
import { inApiUnits, questionOf } from './what-if.ts'

const DEFAULT_LIMIT = 50
const TAGS = ['forecasts']

export function forecastRoutes(
  app: App,
  options: {
    read: Reader
    stream: RowStream
    stores: Stores
    inference: Inference
    coverageOf: SeriesSources['coverageOf']
    overrides: SeriesSources['overrides']
  },
) {
  const overview = createOverview(options.read, options.stores)
  const list = createForecastList(options.read, overview)
  const series = createForecastSeries({ ...options, overview, trouble: options.inference.trouble })
  const csv = createForecastCsv(options.stream, overview)

  app.get(
    '/api/v1/forecasts',
    {
      schema: {
        summary: 'Series with their forecasts',
        description: 'A page of them, and how many match. Stores and categories are counted for the filter.',
        tags: TAGS,
        querystring: Type.Object(
          {
            ...ForecastFilter.properties,
            ...ForecastOrder.properties,
            limit: Type.Optional(limit(SERIES_LIMIT, `${DEFAULT_LIMIT} where it is left out`)),
            offset: Type.Optional(WholeNumber),
          },
          STRICT,
        ),
        response: { 200: named(ForecastList, 'a page'), 400: REFUSED, 503: UNAVAILABLE },
      },
    },
    ({ query: { sort = 'next_7', order = 'desc', limit = DEFAULT_LIMIT, offset = 0, ...filter } }) =>
      list(filter, { sort, order, limit, offset }),
  )

  app.get(
    '/api/v1/forecasts/series',
    {
      schema: {
        summary: 'One series',
        description:
          'Its last 90 days, the next 28 with their range and reasons, and what had been forecast for the days that are over.',
        tags: TAGS,
        querystring: SeriesQuestion,
        response: {
          200: named(ForecastSeries, 'the series'),
          400: REFUSED,
          404: named(ErrorAnswer, 'there is no forecast of it'),
          503: UNAVAILABLE,
        },
      },
    },
    ({ query }) => series(query),
  )

  app.get(
    '/api/v1/forecasts/what-if',
    {
      schema: {
        summary: 'Forecasts under other circumstances',
        description:
          'The next 28 days of a series, a category or a store as they are forecast, and as they would be: a scenario is ' +
          'a URL. Changes that the forecast knows nothing of are told as ignored.',
        tags: TAGS,
        querystring: WhatIfQuery,
        response: {
          200: named(WhatIfAnswer, 'both forecasts, and their difference'),
          400: REFUSED,
          404: named(ErrorAnswer, 'there is no forecast of it'),
          429: named(ErrorAnswer, 'too many scenarios wait'),
          503: named(ErrorAnswer, 'inference does not answer, or has nothing to forecast from'),
        },
      },
    },
    async ({ query }) => inApiUnits(await options.inference.whatIf(questionOf(query))),
  )

  app.get(
    '/api/v1/forecasts.csv',
    {
      schema: {
        summary: 'Forecasts as CSV',
        description: 'A line for each series that matches and each of its 28 days (RFC 4180, UTF-8).',
        tags: TAGS,
        querystring: ForecastFilter,
        response: {
          200: {
            description: 'the file',
            content: { 'text/csv': { schema: Type.Unsafe<Readable>({ type: 'string' }) } },
          },
          400: REFUSED,
          503: UNAVAILABLE,
        },
      },
    },
    async ({ query }, reply) => {
      const text = await csv(query)
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="${fileName(query)}"`)
        .send(Readable.from(text, { objectMode: false }))
    },
  )
}

function fileName(filter: ForecastFilter): string {
  const parts = ['forecasts', filter.store_id, filter.category, filter.text].filter((part) => part)
  return `${parts.join('-').replace(/[^A-Za-z0-9]+/g, '-')}.csv`
}
