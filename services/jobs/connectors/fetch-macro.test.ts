/** Macro figures, from a local server that answers as the World Bank documents. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  contextOf,
  HASTY,
  type LocalServer,
  type MemoryLake,
  memoryLake,
  sendJson,
  startServer,
  store,
  worldBankAnswer,
} from '../../../test/jobs/sources.ts'
import { fetchMacro } from './fetch-macro.ts'

let server: LocalServer
let answer: Parameters<typeof startServer>[0]
beforeEach(async () => {
  answer = (url, response) => sendJson(response, worldBankAnswer(url))
  server = await startServer((...args) => answer(...args))
})
afterEach(() => server.close())

const run = (lake: MemoryLake) => fetchMacro(HASTY).run(contextOf(lake, { WORLD_BANK_URL: server.url }))
const kept = (lake: MemoryLake) =>
  lake
    .answers('world-bank/indicators')
    .map((name) => /\d{9}Z_([^/]+)\.json$/.exec(name)![1]!)
    .sort()

test('three indicators of each country, for a month', async () => {
  const lake = memoryLake([store()])
  expect((await run(lake)).shortfalls).toEqual([])
  expect(server.requests.map(({ url }) => url)).toEqual([
    '/v2/country/DE/indicator/FP.CPI.TOTL.ZG?format=json&per_page=500',
    '/v2/country/DE/indicator/NY.GDP.MKTP.KD.ZG?format=json&per_page=500',
    '/v2/country/DE/indicator/SL.UEM.TOTL.ZS?format=json&per_page=500',
  ])
  expect((await run(lake)).figures).toMatchObject({ wanted: 3, fresh: 3, kept: 0 })
})

test('all pages are kept, each as it came', async () => {
  answer = (url, response) => sendJson(response, worldBankAnswer(url, url.pathname.includes('CPI') ? 3 : 1))
  const lake = memoryLake([store()])
  expect((await run(lake)).figures).toMatchObject({ kept: 3 })
  expect(kept(lake)).toEqual([
    'DE_FP.CPI.TOTL.ZG',
    'DE_FP.CPI.TOTL.ZG_page-2',
    'DE_FP.CPI.TOTL.ZG_page-3',
    'DE_NY.GDP.MKTP.KD.ZG',
    'DE_SL.UEM.TOTL.ZS',
  ])
  const last = lake.objects.get(
    lake.answers('world-bank/indicators').find((name) => name.endsWith('_page-3.json'))!,
  )!
  expect(JSON.parse(last.body.toString())[1][0].date).toBe('2023')
})

test('a document of which a page is missing is not there at all, and is asked for again', async () => {
  answer = (url, response) =>
    url.searchParams.get('page') === '2'
      ? response.writeHead(502).end()
      : sendJson(response, worldBankAnswer(url, 2))
  const lake = memoryLake([store()])
  const { figures, shortfalls } = await run(lake)
  expect(figures).toMatchObject({ kept: 0, left: 3 })
  expect(shortfalls).toEqual([`${server.url.host} answered 502; the twin's own macro index serves.`])
  expect(kept(lake)).toEqual([])
  answer = (url, response) => sendJson(response, worldBankAnswer(url, 2))
  expect((await run(lake)).figures).toMatchObject({ kept: 3, fresh: 0 })
})

test('a kill between the pages leaves none that would count', async () => {
  answer = (url, response) => sendJson(response, worldBankAnswer(url, 2))
  const lake = memoryLake([store()])
  const { create } = lake
  lake.create = async (zone, name, ...rest) => {
    // The second write of the run does not happen.
    if (kept(lake).length === 1) throw new Error('killed')
    return create(zone, name, ...rest)
  }
  await expect(run(lake)).rejects.toThrow('killed')
  lake.create = create
  expect((await run(lake)).figures).toMatchObject({ kept: 3, fresh: 0 })
})

test('an error with status 200 is an error', async () => {
  const message = [{ id: '120', key: 'Invalid value', value: 'The provided parameter value is not valid' }]
  answer = (_, response) => sendJson(response, [{ message }])
  const lake = memoryLake([store({ country: 'XX' })])
  const { figures, shortfalls } = await run(lake)
  expect(figures).toMatchObject({ declined: 3, refused: 0 })
  expect(shortfalls).toEqual([
    `${server.url.host} did not give XX_FP.CPI.TOTL.ZG: answered: The provided parameter value is not valid ` +
      "and 2 more; the twin's own macro index serves.",
  ])
  expect(kept(lake)).toEqual([])
})

test('a country without figures is an answer', async () => {
  answer = (_, response) =>
    sendJson(response, [
      { page: 0, pages: 0, per_page: 0, total: 0, sourceid: null, lastupdated: null },
      null,
    ])
  expect((await run(memoryLake([store()]))).figures).toMatchObject({ kept: 3 })
})
