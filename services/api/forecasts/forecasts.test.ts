import type { ForecastList, ForecastSeries } from '@shelfcast/contracts/forecasts'
import { REASONS } from '@shelfcast/contracts/training'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { buildTestServer } from '../../../test/api/fixture.ts'
import { forecastRows, ORIGIN, seedOperational, seedWarehouse, storeId } from '../../../test/api/forecasts.ts'
import { startStore, type TestStore } from '../../../test/operational/store.ts'
import { insert, startWarehouse, type TestWarehouse } from '../../../test/warehouse/warehouse.ts'
import type { App } from '../http/schemas.ts'

let warehouse: TestWarehouse
let store: TestStore
let app: App

const ask = (url: string) => app.inject({ url, headers: { host: '127.0.0.1' } })
async function get<T>(url: string): Promise<T> {
  const answer = await ask(url)
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json<T>()
}
const list = (query = '') => get<ForecastList>(`/api/v1/forecasts${query}`)

beforeAll(async () => {
  ;[warehouse, store] = await Promise.all([startWarehouse(), startStore()])
  app = await buildTestServer({ warehouse: warehouse.client, operational: store.client })
  // Before there is anything: kept from the cache of the list, which lasts seconds.
  const empty = await buildTestServer({ warehouse: warehouse.client, operational: store.client })
  const answer = await empty.inject({ url: '/api/v1/forecasts', headers: { host: '127.0.0.1' } })
  expect(answer.json()).toEqual({ rows: [], total: 0, series: 0, origin: null, stores: [], categories: [] })
  await empty.close()
  await seedWarehouse(warehouse.client, { stores: 2, skus: 30 })
  await seedOperational(store.client)
  await insert(warehouse.client, 'dim_product', [
    { sku: 'P-1001', name: '=HYPERLINK("x"), plain', category: 'Dairy', updated_at: 2 },
  ])
}, 120_000)

afterAll(async () => {
  await app?.close()
  await Promise.all([warehouse?.stop(), store?.stop()])
})

test('the list has every series, with the facets that can be chosen', async () => {
  const all = await list('?limit=3')
  expect(all).toMatchObject({ total: 60, series: 60, origin: ORIGIN })
  expect(all.rows).toHaveLength(3)
  expect(all.stores).toEqual([
    { store_id: storeId(0), name: 'High Street', series: 30 },
    { store_id: storeId(1), name: 'Riverside', series: 30 },
  ])
  expect(all.categories.map(({ series }) => series)).toEqual([10, 20, 10, 10, 10])
  const [first, second] = all.rows
  expect(first!.next_7).toBeGreaterThanOrEqual(second!.next_7)
  expect(first!.history).toHaveLength(28)
  expect(first!.forecast).toHaveLength(28)
  expect(first!.forecast.slice(0, 7).reduce((sum, each) => sum + each, 0)).toBeCloseTo(first!.next_7, 2)
  expect(first).toMatchObject({ served_by: 'model', model_version: 'demand-20260222-1' })
  expect(['recent sales', 'store']).not.toContain(first!.main_reason!.reason)
})

test('filters narrow it, a facet does not narrow itself, and pages go on', async () => {
  const actual = await list(`?store_id=${storeId(1)}&category=Dairy&text=oat&sort=name&order=asc`)
  expect(actual.rows.map(({ name, store_name }) => [name, store_name])).toEqual([
    ['Oat Drink 1 L', 'Riverside'],
    ['Oat Drink 1 L, large', 'Riverside'],
  ])
  expect(actual.stores).toHaveLength(2)
  expect(actual.categories.map(({ category }) => category)).toEqual(['Dairy'])
  const [four, next] = [await list('?limit=4'), await list('?limit=3&offset=3')]
  expect(next.rows[0]).toEqual(four.rows[3])
  const least = await list('?sort=change&order=asc&limit=200')
  const changes = least.rows.map(({ change }) => change!)
  expect(changes).toEqual(changes.toSorted((one, other) => one - other))
  expect((await ask('/api/v1/forecasts?sort=luck')).statusCode).toBe(400)
})

test('a series shows its days, and reasons that add up to the forecast, in kilograms where it is weighed', async () => {
  const { rows } = await list('?text=bananas&limit=1')
  const { store_id, sku, next_7 } = rows[0]!
  const series = await get<ForecastSeries>(`/api/v1/forecasts/series?store_id=${store_id}&sku=${sku}`)
  expect(series).toMatchObject({ unit: 'kg', baseline_name: 'moving_average', served_because: null })
  expect(series.coverage_80).toBe(0.812)
  expect(series.history).toHaveLength(90)
  expect(series.history.at(-1)!.day).toBe(ORIGIN)
  expect(series.forecast.map(({ horizon }) => horizon)).toEqual(Array.from({ length: 28 }, (_, at) => at + 1))
  for (const { base, mean, reasons, words, p10, p90 } of series.forecast) {
    expect(reasons.map(({ reason }) => reason)).toEqual([...REASONS])
    expect(base! + reasons.reduce((sum, { amount }) => sum + amount, 0)).toBeCloseTo(mean, 2)
    expect(words.length).toBeGreaterThan(1)
    expect(p10).toBeLessThanOrEqual(p90)
  }
  expect(series.forecast.slice(0, 7).reduce((sum, { mean }) => sum + mean, 0)).toBeCloseTo(next_7, 2)
  expect(new Set(series.past.map(({ horizon }) => horizon))).toEqual(new Set([1, 7]))
  const unknown = await ask('/api/v1/forecasts/series?store_id=S-01&sku=P-0')
  expect([unknown.statusCode, unknown.json().error]).toEqual([404, 'unknown_series'])
})

test('the file has a line for each series and day, and no cell that a spreadsheet would run', async () => {
  const answer = await ask(`/api/v1/forecasts.csv?store_id=${storeId(0)}&category=Dairy`)
  expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8')
  expect(answer.headers['content-disposition']).toBe('attachment; filename="forecasts-S-01-Dairy.csv"')
  const lines = parse(answer.body, { columns: true, record_delimiter: '\r\n' }) as Record<string, string>[]
  const { total } = await list(`?store_id=${storeId(0)}&category=Dairy`)
  expect(lines).toHaveLength(total * 28)
  expect(new Set(lines.map(({ product }) => product))).toContain('\'=HYPERLINK("x"), plain')
  expect(Number(lines[0]!.mean)).toBeGreaterThan(0)
  expect(lines[0]).toMatchObject({ horizon: '1', origin: ORIGIN, served_by: 'model' })
})

const forecastOf = (version: string, mean: number) =>
  insert(warehouse.client, 'fact_forecast', forecastRows(version, mean))

test('newer forecasts are seen, and a baseline is told as one, with what is wrong', async () => {
  await forecastOf('baseline:ses', 2)
  await vi.waitFor(async () => expect((await list()).total).toBe(61), { timeout: 10_000, interval: 200 })
  const { rows } = await list('?store_id=S-09')
  expect(rows[0]).toMatchObject({
    store_name: 'S-09',
    served_by: 'baseline',
    model_version: 'ses',
    next_7: 14,
    change: null,
    main_reason: null,
    days_of_cover: null,
  })
  const series = await get<ForecastSeries>('/api/v1/forecasts/series?store_id=S-09&sku=P-1000')
  expect(series.forecast[0]).toMatchObject({ mean: 2, base: null, reasons: [], words: [] })
  expect(series.served_because).toContain('No demand model serves yet')
})

test('where two versions served the same origin, what was made last is read, once', async () => {
  await forecastOf('later', 3)
  await vi.waitFor(
    async () =>
      expect((await list('?store_id=S-09')).rows[0]).toMatchObject({
        served_by: 'model',
        model_version: 'later',
        next_7: 21,
        next_28: 84,
        forecast: new Array(28).fill(3),
      }),
    { timeout: 10_000, interval: 200 },
  )
  const series = await get<ForecastSeries>('/api/v1/forecasts/series?store_id=S-09&sku=P-1000')
  expect(series.forecast.map(({ mean }) => mean)).toEqual(new Array(28).fill(3))
  const { body } = await ask('/api/v1/forecasts.csv?store_id=S-09')
  expect(body.trim().split('\r\n')).toHaveLength(29)
})
