/** Real weather, from a local server that answers as Open-Meteo documents. */

import { createHash } from 'node:crypto'
import { DAY_MS, HOUR_MS } from '@shelfcast/contracts/dates'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  contextOf,
  HASTY,
  type LocalServer,
  type MemoryLake,
  memoryLake,
  openMeteoAnswer,
  sendJson,
  startServer,
  store,
} from '../../../test/jobs/sources.ts'
import { fetchWeather } from './fetch-weather.ts'

const NOON = Date.parse('2026-11-21T12:00:00Z')

let server: LocalServer
let answer: Parameters<typeof startServer>[0]
beforeEach(async () => {
  answer = (url, response) => sendJson(response, openMeteoAnswer(url))
  server = await startServer((...args) => answer(...args))
})
afterEach(() => server.close())

const urls = () => server.requests.map(({ url }) => decodeURIComponent(url!))
const forecasts = (lake: MemoryLake, given: { now?: number; force?: boolean } = {}) =>
  fetchWeather(HASTY).run(
    contextOf(
      lake,
      { OPEN_METEO_URL: server.url },
      { now: () => given.now ?? NOON, force: given.force ?? false },
    ),
  )
const archive = (lake: MemoryLake, now = NOON) =>
  fetchWeather(HASTY).run(contextOf(lake, { OPEN_METEO_ARCHIVE_URL: server.url }, { now: () => now }))

test('one request for each place, and the answer is kept byte for byte with where it came from', async () => {
  // given two stores within 11 km, one on the other side of the world, and one that is nowhere
  const lake = memoryLake([
    store(),
    store({ store_id: 'S002', latitude: 52.54, longitude: 13.36 }),
    store({ store_id: 'S003', latitude: -0.04, longitude: -79.12, country: 'EC' }),
    store({ store_id: 'S004', latitude: undefined, longitude: undefined }),
  ])

  // when it runs
  const sent: string[] = []
  answer = (url, response) => {
    sent.push(JSON.stringify(openMeteoAnswer(url)))
    response.end(sent.at(-1))
  }
  const { figures, shortfalls } = await forecasts(lake)

  // then
  const daily =
    'daily=temperature_2m_mean,temperature_2m_max,temperature_2m_min,precipitation_sum,precipitation_hours&timezone=auto'
  expect(urls()).toEqual([
    `/v1/forecast?latitude=0.0&longitude=-79.1&${daily}&past_days=7&forecast_days=16`,
    `/v1/forecast?latitude=52.5&longitude=13.4&${daily}&past_days=7&forecast_days=16`,
  ])
  expect(shortfalls).toEqual([])
  expect(figures).toMatchObject({ places: 2, stores_without_place: 1, forecast_kept: 2, forecast_fresh: 0 })
  const names = lake.answers('open-meteo/daily')
  expect(names).toEqual([
    'datasets/weather-answers/open-meteo/daily/2026-11-21T120000000Z_0.0_-79.1.json',
    'datasets/weather-answers/open-meteo/daily/2026-11-21T120000001Z_52.5_13.4.json',
  ])
  const { body, metadata } = lake.objects.get(names[1]!)!
  expect(body.toString()).toBe(sent[1])
  expect(metadata).toEqual({
    'fetched-at': '2026-11-21T12:00:00.000Z',
    from: `${server.url.origin}${server.requests[1]!.url}`,
    sha256: createHash('sha256').update(sent[1]!).digest('hex'),
  })
})

test('what is fresh is not fetched again, unless forced; after six hours it is', async () => {
  const lake = memoryLake([store()])
  await forecasts(lake)
  expect((await forecasts(lake, { now: NOON + 5 * HOUR_MS })).figures).toMatchObject({
    forecast_fresh: 1,
    forecast_kept: 0,
  })
  expect(server.requests).toHaveLength(1)
  await forecasts(lake, { now: NOON + 5 * HOUR_MS, force: true })
  await forecasts(lake, { now: NOON + 12 * HOUR_MS })
  expect(server.requests).toHaveLength(3)
  expect(lake.answers('open-meteo/daily')).toHaveLength(3)
})

test('a service that gives entity tags is asked whether anything changed', async () => {
  const lake = memoryLake([store()])
  answer = (url, response) => {
    response.setHeader('etag', '"1"')
    if (server.requests.at(-1)!.headers['if-none-match'] === '"1"') response.writeHead(304).end()
    else sendJson(response, openMeteoAnswer(url))
  }
  await forecasts(lake)
  expect((await forecasts(lake, { now: NOON + 7 * HOUR_MS })).figures).toMatchObject({
    forecast_unchanged: 1,
    forecast_kept: 0,
  })
  expect(lake.answers('open-meteo/daily')).toHaveLength(1)
})

test('the archive is fetched year by year; a complete year once and for all, the present one every week', async () => {
  const lake = memoryLake([store()])
  await archive(lake)
  const years = urls().map((url) => /start_date=([\d-]+)&end_date=([\d-]+)/.exec(url)!.slice(1))
  expect(years).toEqual([
    ['2026-01-01', '2026-11-15'],
    ['2025-01-01', '2025-12-31'],
    ['2024-01-01', '2024-12-31'],
    ['2023-01-01', '2023-12-31'],
  ])
  expect(urls()[0]).toMatch(/^\/v1\/archive\?latitude=52.5&longitude=13.4&daily=/)
  await archive(lake, NOON + 6 * DAY_MS)
  expect(urls()).toHaveLength(4)
  await archive(lake, NOON + 8 * DAY_MS)
  expect(urls().slice(4)).toEqual([expect.stringContaining('end_date=2026-11-23')])
  // 2027 begins: 2026 was not complete when it was fetched last.
  await archive(lake, Date.parse('2027-01-03T12:00:00Z'))
  await archive(lake, Date.parse('2027-01-12T12:00:00Z'))
  expect(
    urls()
      .slice(5)
      .map((url) => /end_date=([\d-]+)/.exec(url)![1]),
  ).toEqual(['2026-12-28', '2027-01-06', '2026-12-31'])
  await archive(lake, Date.parse('2027-01-14T12:00:00Z'))
  expect(urls()).toHaveLength(8)
})

test('without internet: one sentence, what was fetched before stays, and the second service is not waited for', async () => {
  const lake = memoryLake([store(), store({ store_id: 'S002', latitude: 48.1 })])
  await forecasts(lake)
  const { url, close } = await startServer(() => undefined)
  await close()
  const { figures, shortfalls } = await fetchWeather(HASTY).run(
    contextOf(
      lake,
      { OPEN_METEO_URL: url, OPEN_METEO_ARCHIVE_URL: server.url },
      { now: () => NOON + DAY_MS },
    ),
  )
  expect(shortfalls).toEqual([`${url.host} cannot be reached (ECONNREFUSED); the twin's own weather serves.`])
  expect(figures).toMatchObject({ forecast_left: 2, forecast_kept: 0 })
  expect(figures).not.toHaveProperty('archive_kept')
  expect(lake.answers('open-meteo/daily')).toHaveLength(2)
})

test('what was left when the service had enough is fetched by the next run', async () => {
  const lake = memoryLake([store(), store({ store_id: 'S002', latitude: 48.1 })])
  const reason = 'Hourly API request limit exceeded. Please try again in the next hour.'
  answer = (url, response, requestsBefore) =>
    requestsBefore === 1
      ? response.writeHead(429, { 'retry-after': '3600' }).end(JSON.stringify({ error: true, reason }))
      : sendJson(response, openMeteoAnswer(url))
  const { figures, shortfalls } = await forecasts(lake)
  expect(figures).toMatchObject({ forecast_kept: 1, forecast_left: 1 })
  expect(shortfalls).toEqual([`${server.url.host} answered 429: ${reason}; the twin's own weather serves.`])
  expect((await forecasts(lake, { now: NOON + HOUR_MS })).figures).toMatchObject({
    forecast_kept: 1,
    forecast_fresh: 1,
  })
})

test.each<[string, (url: URL) => string, string]>([
  ['garbage', () => '<html>Sign in to the hotel</html>', 'is not JSON'],
  [
    'another unit',
    (url) => JSON.stringify(openMeteoAnswer(url)).replaceAll('°C', '°F'),
    '/daily_units/temperature_2m_mean must be equal to constant',
  ],
  [
    'a day too few',
    (url) =>
      JSON.stringify(openMeteoAnswer(url)).replace('"precipitation_sum":[0.4,', '"precipitation_sum":['),
    'daily.precipitation_sum has 2 values for 3 days',
  ],
])('%s is put aside with the reason, and does not count as weather', async (_, text, reason) => {
  const lake = memoryLake([store()])
  answer = (url, response) => response.end(text(url))
  const { figures, shortfalls } = await forecasts(lake)
  expect(figures).toMatchObject({ forecast_refused: 1, forecast_kept: 0 })
  expect(shortfalls).toEqual([
    `${server.url.host} answered otherwise than documented, 52.5_13.4: ${reason} ` +
      "(kept under raw/datasets/weather-answers/open-meteo/refused/); the twin's own weather serves.",
  ])
  expect(lake.answers('open-meteo/daily')).toEqual([])
  const [name] = lake.answers('open-meteo/refused')
  expect(name).toBe('datasets/weather-answers/open-meteo/refused/2026-11-21T120000000Z_daily_52.5_13.4.json')
  const { body, metadata } = lake.objects.get(name!)!
  expect(body.toString()).toBe(text(new URL(server.requests[0]!.url!, server.url)))
  expect(metadata.refused).toBe(reason)
})

test('a place that the service declines does not stop the others', async () => {
  const lake = memoryLake([store(), store({ store_id: 'S002', latitude: 48.1 })])
  const reason = 'Latitude must be in range of -90 to 90°. Given: 91.0.'
  answer = (url, response, requestsBefore) =>
    requestsBefore === 0
      ? sendJson(response, { error: true, reason }, 400)
      : sendJson(response, openMeteoAnswer(url))
  const { figures, shortfalls } = await forecasts(lake)
  expect(figures).toMatchObject({ forecast_declined: 1, forecast_kept: 1 })
  expect(shortfalls[0]).toContain(`did not give 48.1_13.4: answered 400: ${reason}`)
})

test('without a store that says where it is, and turned off, nobody is asked', async () => {
  await forecasts(memoryLake([store({ latitude: undefined })]))
  const { figures } = await fetchWeather(HASTY).run(contextOf(memoryLake([store()]), {}))
  expect(figures).toEqual({ places: 1, stores_without_place: 0 })
  expect(server.requests).toEqual([])
})
