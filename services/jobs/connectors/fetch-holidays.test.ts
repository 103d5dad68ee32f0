/** Public holidays, from a local server that answers as Nager.Date documents, and without one. */
import { DAY_MS } from '@shelfcast/contracts/dates'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  contextOf,
  HASTY,
  type LocalServer,
  type MemoryLake,
  memoryLake,
  nagerAnswer,
  sendJson,
  startServer,
  store,
} from '../../../test/jobs/sources.ts'
import { fetchHolidays } from './fetch-holidays.ts'

const NOON = Date.parse('2026-11-21T12:00:00Z')

let server: LocalServer
let answer: Parameters<typeof startServer>[0]
beforeEach(async () => {
  answer = (url, response) => sendJson(response, nagerAnswer(url))
  server = await startServer((...args) => answer(...args))
})
afterEach(() => server.close())

const run = (lake: MemoryLake, { now = NOON, url = server.url }: { now?: number; url?: URL } = {}) =>
  fetchHolidays(HASTY).run(contextOf(lake, { NAGER_URL: url }, { now: () => now }))
const library = (lake: MemoryLake) => lake.answers('date-holidays/public-holidays')

test('this year and the next of each country, for a month', async () => {
  const lake = memoryLake([
    store(),
    store({ store_id: 'S002' }),
    store({ store_id: 'S003', country: 'GB' }),
    store({ store_id: 'S004', country: undefined }),
  ])
  const { figures, shortfalls } = await run(lake)
  expect(server.requests.map(({ url }) => url)).toEqual([
    '/api/v3/PublicHolidays/2026/DE',
    '/api/v3/PublicHolidays/2027/DE',
    '/api/v3/PublicHolidays/2026/GB',
    '/api/v3/PublicHolidays/2027/GB',
  ])
  expect(figures).toMatchObject({ countries: 2, stores_without_country: 1, kept: 4, from_library: 0 })
  expect(shortfalls).toEqual([])
  expect(lake.answers('nager-date/public-holidays')[0]).toBe(
    'datasets/holiday-answers/nager-date/public-holidays/2026-11-21T120000000Z_DE_2026.json',
  )
  expect((await run(lake, { now: NOON + 29 * DAY_MS })).figures).toMatchObject({ fresh: 4, kept: 0 })
})

test('without internet the library serves, and says that it is the library', async () => {
  const lake = memoryLake([store()])
  const { url, close } = await startServer(() => undefined)
  await close()
  const { figures, shortfalls } = await run(lake, { url })
  expect(shortfalls).toEqual([
    `${url.host} cannot be reached (ECONNREFUSED); the library date-holidays serves.`,
  ])
  expect(figures).toMatchObject({ left: 2, from_library: 2, library_kept: 2 })
  const { body, metadata } = lake.objects.get(library(lake)[0]!)!
  expect(metadata.from).toMatch(/^date-holidays \d/)
  expect(JSON.parse(body.toString())).toContainEqual({
    date: '2026-12-25',
    localName: '1. Weihnachtstag',
    name: 'Christmas Day',
    countryCode: 'DE',
    global: true,
    counties: null,
    types: ['Public'],
  })
  // It is written once a month, not with each try.
  expect((await run(lake, { url, now: NOON + DAY_MS })).figures).toMatchObject({
    from_library: 2,
    library_kept: 0,
  })
})

test('what the service once said is better than the library, also when it is old', async () => {
  const lake = memoryLake([store()])
  await run(lake)
  const { url, close } = await startServer(() => undefined)
  await close()
  const { shortfalls } = await run(lake, { now: NOON + 35 * DAY_MS, url })
  expect(shortfalls).toEqual([
    `${url.host} cannot be reached (ECONNREFUSED); what was fetched before serves.`,
  ])
  expect(library(lake)).toEqual([])
})

test('a country that the service does not know comes from the library', async () => {
  answer = (url, response) =>
    url.pathname.endsWith('/AE')
      ? sendJson(
          response,
          { type: 'https://tools.ietf.org/html/rfc9110#section-15.5.5', title: 'Not Found', status: 404 },
          404,
        )
      : sendJson(response, nagerAnswer(url))
  const lake = memoryLake([store(), store({ store_id: 'S002', country: 'AE' })])
  const { figures, shortfalls } = await run(lake)
  expect(figures).toMatchObject({ kept: 2, declined: 2, from_library: 2 })
  expect(shortfalls).toEqual([
    `${server.url.host} did not give AE_2026: answered 404: Not Found and 1 more; the library date-holidays serves.`,
  ])
})

test('turned off, the library serves without complaint; a country that nobody knows is said', async () => {
  const lake = memoryLake([store(), store({ store_id: 'S002', country: 'XX' })])
  const { figures, shortfalls } = await fetchHolidays(HASTY).run(contextOf(lake, {}))
  expect(figures).toMatchObject({ from_library: 2, library_kept: 2 })
  expect(shortfalls).toEqual([
    'date-holidays does not know XX_2026, XX_2027; the library date-holidays serves.',
  ])
})

test("another country's holidays are refused", async () => {
  answer = (url, response) => sendJson(response, nagerAnswer(new URL(url.href.replace('/DE', '/AT'))))
  const lake = memoryLake([store()])
  const { shortfalls } = await run(lake)
  expect(shortfalls[0]).toContain('DE_2026: holds 2026-01-01 of AT and 1 more')
  expect(lake.answers('nager-date/refused')).toHaveLength(2)
  expect(library(lake)).toHaveLength(2)
})
