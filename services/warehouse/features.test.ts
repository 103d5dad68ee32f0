/** The feature store on a warehouse: what a day could know, built once, and the same whoever builds at once. */
import { featureTable } from '@shelfcast/contracts/warehouse'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { insert, startWarehouse, type TestWarehouse } from '../../test/warehouse/warehouse.ts'
import { DAYS, day, fillWorld, LAST, ORIGIN, unitsOf } from '../../test/warehouse/world.ts'
import type { Warehouse } from './client.ts'
import { buildFeatures, featureHash, featureInputs } from './features.ts'
import { builtOrigins } from './queries/builds.ts'
import { lastDay } from './queries/days.ts'
import { readerOf, rowsOf } from './queries/rows.ts'
import { refreshSeries } from './series.ts'

const DAY_MS = 86_400_000
let server: TestWarehouse
let warehouse: Warehouse

const rows = <T>(query: string) => rowsOf<T>(warehouse, query)

beforeAll(async () => {
  server = await startWarehouse()
  warehouse = server.client
  await fillWorld(warehouse)
}, 120_000)
afterAll(() => server?.stop())

test('a history becomes daily series, in pieces and kilograms, once', async () => {
  expect(await refreshSeries(warehouse)).toBe(LAST)
  await refreshSeries(warehouse)
  expect(await lastDay(readerOf(warehouse))).toBe(LAST)
  const [totals] = await rows<{ days: number; series: number; grams: number; promoted: number }>(`
    select count() as days, uniqExact(store_id, sku) as series, maxIf(units, sku = 'G1') as grams,
        countIf(promotion_off = 0.25) as promoted
    from series_daily final`)
  expect(totals).toMatchObject({ days: DAYS * 8, series: 8 })
  expect(totals!.grams).toBeLessThan(20)
  expect(totals!.promoted).toBeGreaterThan(20)
})

test('features of an origin: 28 days ahead of each series, by what was known', async () => {
  const builds = await buildFeatures({ server: server.access, warehouse, origins: [ORIGIN, day(DAYS - 57)] })
  expect(builds).toMatchObject({ hash: featureHash(), rows: 2 * 8 * 28 })
  const [row] = await rows<Record<string, number>>(
    `select * from forecast_features where origin = '${ORIGIN}' and store_id = 'S1' and sku = 'P2' and horizon = 1`,
  )
  expect(Object.keys(row!)).toEqual(expect.arrayContaining(featureInputs()))
  // The day before the origin the shelf was empty: six days count, and none of them is 0.
  const units = [0, 2, 3, 4, 5, 6].map((age) => unitsOf(0, 1, DAYS - 29 - age))
  expect(row!.mean_7).toBeCloseTo(units.reduce((sum, each) => sum + each, 0) / 6, 4)
  expect(row!.lag_1).toBe(unitsOf(0, 1, DAYS - 29))
  expect(row!.baseline_seasonal_naive).toBe(unitsOf(0, 1, DAYS - 28 - 7))
  expect(row!.price_relative_28).toBeCloseTo(1.1, 5)
  expect(row!.rain_expected).toBe(4)
  const [promoted] = await rows<{ days: number }>(
    `select count() as days from forecast_features where origin = '${ORIGIN}' and promotion_off = 0.25`,
  )
  expect(promoted!.days).toBe(
    2 *
      Array.from({ length: 28 }, (_, ahead) => DAYS - 28 + ahead).filter((number) => number % 42 >= 35)
        .length,
  )
  const events = await rows<{ horizon: number }>(
    `select distinct horizon from forecast_features where origin = '${ORIGIN}' and days_to_event = 0`,
  )
  expect(events).toEqual([{ horizon: 9 }])
})

test('what comes after the origin changes nothing', async () => {
  const features = await snapshot()
  // given another future: sales, an empty shelf, weather, a forecast issued later, a plan announced later
  await warehouse.command({
    query: `insert into series_daily select * replace (units * 9 + 5 as units, 1 - stock_out as stock_out, 999 as price,
      0.5 as promotion_off, filled_at + 3600 as filled_at) from series_daily final where day > '${ORIGIN}'`,
  })
  await warehouse.command({
    query: `insert into weather_daily select * replace (40 as temperature_c, 99 as rain_mm, updated_at + 3600 as updated_at)
      from weather_daily where date > '${ORIGIN}'`,
  })
  await warehouse.command({
    query: `insert into weather_forecasts select * replace (40 as temperature_c, 99 as rain_mm, updated_at + 3600 as updated_at)
      from weather_forecasts where issued_on > '${ORIGIN}'`,
  })
  await insert(warehouse, 'promotions_planned', [
    {
      profile: 'campus',
      sku: 'P3',
      week: mondayAfter(ORIGIN),
      promotion_id: 'surprise',
      kind: 'price_off',
      off: 0.5,
      announced_on: day(DAYS - 28),
      source: 'twin',
    },
  ])
  await forget()
  // when the origin is built anew
  await buildFeatures({ server: server.access, warehouse, origins: [ORIGIN] })
  // then it is what it was
  expect(await snapshot()).toEqual(features)
}, 60_000)

test('two that build at once leave one set of rows', async () => {
  await forget()
  await Promise.all(
    [1, 2, 3].map(() => buildFeatures({ server: server.access, warehouse, origins: [ORIGIN] })),
  )
  const [totals] = await rows<{ rows: number; keys: number }>(`
    select count() as rows, uniqExact(store_id, sku, horizon) as keys
    from ${featureTable(featureHash())} where origin = '${ORIGIN}'`)
  expect(totals).toEqual({ rows: 8 * 28, keys: 8 * 28 })
  expect([...(await builtOrigins(readerOf(warehouse), featureHash()))]).toContain(ORIGIN)
  const again = await buildFeatures({ server: server.access, warehouse, origins: [ORIGIN] })
  expect(again.origins).toEqual([])
  const tables = await rows<{ name: string }>(
    `select name from system.databases where startsWith(name, 'features_build_')`,
  )
  expect(tables).toEqual([])
}, 60_000)

test('an origin before the first sale is built too, with no rows', async () => {
  const early = day(-30)
  const builds = await buildFeatures({ server: server.access, warehouse, origins: [early, day(DAYS - 43)] })
  expect(builds).toMatchObject({ origins: [early, day(DAYS - 43)], rows: 8 * 28 })
  expect((await builtOrigins(readerOf(warehouse), featureHash())).has(early)).toBe(true)
})

const mondayAfter = (from: string) => {
  const at = new Date(Date.parse(from) + DAY_MS)
  while (at.getUTCDay() !== 1) at.setTime(at.getTime() + DAY_MS)
  return at.toISOString().slice(0, 10)
}
const snapshot = () =>
  rows(`select * from forecast_features where origin = '${ORIGIN}' order by store_id, sku, horizon`)
const forget = () =>
  warehouse.command({ query: `delete from feature_builds where origin = '${ORIGIN}'` }).then(() => undefined)
