/** The feature store on a warehouse: what a day could know, built once, and the same whoever builds at once. */

import { featureTable } from '@shelfcast/contracts/warehouse'
import { createLog } from '@shelfcast/runtime/log'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { insert, startWarehouse, type TestWarehouse } from '../../test/warehouse/warehouse.ts'
import type { Warehouse } from './client.ts'
import { buildFeatures, featureHash, featureInputs } from './features.ts'
import { forgetKept } from './kept.ts'
import { migrate } from './migrate.ts'
import { builtOrigins } from './queries/builds.ts'
import { lastDay } from './queries/days.ts'
import { readerOf, rowsOf } from './queries/rows.ts'
import { refreshSeries } from './series.ts'

const FIRST = '2026-01-05'
const DAYS = 150
const DAY_MS = 86_400_000
const day = (number: number) => new Date(Date.parse(FIRST) + number * DAY_MS).toISOString().slice(0, 10)
const STORES = ['S1', 'S2']
const SKUS = ['P1', 'P2', 'P3', 'G1']
const LAST = day(DAYS - 1)
/** With 28 days after it that the tests may falsify. */
const ORIGIN = day(DAYS - 29)

let server: TestWarehouse
let warehouse: Warehouse

const rows = <T>(query: string) => rowsOf<T>(warehouse, query)
const unitsOf = (store: number, sku: number, number: number) =>
  Math.max(0, Math.round(5 + 3 * store + sku + 3 * Math.sin((number * 2 * Math.PI) / 7)))

beforeAll(async () => {
  server = await startWarehouse()
  warehouse = server.client
  await insert(
    warehouse,
    'dim_store',
    STORES.map((store_id) => ({
      store_id,
      name: store_id,
      profile: 'campus',
      region: 'r',
      time_zone: 'Europe/Dublin',
      currency: 'EUR',
      country: 'IE',
      weather_zone: 'z',
      source: 'twin',
      updated_at: `${FIRST} 00:00:00`,
    })),
  )
  await insert(
    warehouse,
    'dim_product',
    SKUS.map((sku) => ({
      sku,
      name: sku,
      department: 'd',
      category: sku === 'P3' ? 'Soup' : 'Bread',
      brand: 'b',
      price: 200,
      unit: sku === 'G1' ? 'g' : 'each',
      kind: 'merchandise',
      source: 'twin',
      updated_at: `${FIRST} 00:00:00`,
    })),
  )
  await insert(warehouse, 'history_datasets', [{ dataset: 'world-1', source: 'twin' }])
  const promoted = (number: number) => number % 42 >= 35
  await insert(
    warehouse,
    'sales_history',
    STORES.flatMap((store_id, store) =>
      SKUS.flatMap((sku, index) =>
        Array.from({ length: DAYS }, (_, number) => ({
          store_id,
          sku,
          business_date: day(number),
          returned: 0,
          revenue: 0,
          currency: 'EUR',
          price: 200,
          units:
            unitsOf(store, index, number) *
            (sku === 'G1' ? 1_000 : 1) *
            (sku === 'P1' && promoted(number) ? 2 : 1),
          unit: sku === 'G1' ? 'g' : 'each',
          promotion_id: sku === 'P1' && promoted(number) ? `W${Math.floor(number / 7)}-P1` : '',
          promotion_kind: sku === 'P1' && promoted(number) ? 'price_off' : '',
          // An empty shelf that sold nothing: it is not a day without demand.
          ...(sku === 'P2' && number === DAYS - 30 ? { units: 0, stock_out: true } : { stock_out: false }),
          dataset: 'world-1',
        })),
      ),
    ),
  )
  const weeks = Array.from({ length: Math.ceil((DAYS + 42) / 7) }, (_, week) => week)
  await insert(
    warehouse,
    'prices_weekly',
    SKUS.flatMap((sku) =>
      weeks.map((week) => ({
        profile: 'campus',
        sku,
        week: day(7 * week),
        price: week < 10 ? 200 : 220,
        source: 'twin',
      })),
    ),
  )
  await insert(
    warehouse,
    'promotions_planned',
    weeks
      .filter((week) => promoted(7 * week))
      .map((week) => ({
        profile: 'campus',
        sku: 'P1',
        week: day(7 * week),
        promotion_id: `W${week}-P1`,
        kind: 'price_off',
        off: 0.25,
        announced_on: day(7 * week - 42),
        source: 'twin',
      })),
  )
  await insert(
    warehouse,
    'calendar_daily',
    Array.from({ length: DAYS + 60 }, (_, number) => ({
      date: day(number),
      country: 'IE',
      weekday: (number % 7) + 1,
      source: 'twin',
      public_holiday: '',
      festival: number === DAYS - 20 ? 'halloween' : '',
    })),
  )
  await insert(
    warehouse,
    'weather_daily',
    Array.from({ length: DAYS }, (_, number) => ({
      zone_id: 'z',
      date: day(number),
      temperature_c: 10 + (number % 5),
      rain_mm: number % 3,
      source: 'twin',
    })),
  )
  await insert(
    warehouse,
    'weather_forecasts',
    Array.from({ length: DAYS }, (_, number) => number).flatMap((number) =>
      Array.from({ length: 10 }, (_, lead) => ({
        zone_id: 'z',
        issued_on: day(number),
        date: day(number + lead + 1),
        source: 'twin',
        temperature_c: 12,
        rain_mm: 4,
      })),
    ),
  )
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

describe('by day', () => {
  /** What stands in the warehouse, told two days ago, so that nothing of it counts as told again. */
  const tellDays = async (from: string, to: string, changes = 'units') => {
    await warehouse.command({
      query: `insert into series_daily select * replace (${changes} as units, now64(3) as filled_at)
        from series_daily final where day between '${from}' and '${to}'`,
    })
  }
  const contentOf = async (origin: string) => {
    const [row] = await rows<{ content: string }>(
      `select concat(toString(count()), ' ', toString(sum(cityHash64(toString(tuple(*)))))) as content
      from ${featureTable(featureHash())} where origin = '${origin}'`,
    )
    return row!.content
  }
  const keptUntil = () => rows<{ origin: string }>('select toString(max(origin)) as origin from kept_origins')
  const build = async (origin: string, signal?: AbortSignal) => {
    await warehouse.command({ query: `delete from feature_builds where origin = '${origin}'` })
    await buildFeatures({ server: server.access, warehouse, origins: [origin], ...(signal && { signal }) })
  }
  /** The features of an origin as they are made of what is kept, and as they are made of all days. */
  const bothWays = async (origin: string) => {
    await build(origin)
    const byDay = await contentOf(origin)
    const kept = await rows<object>('select * from kept_origins')
    await forgetKept(warehouse)
    await build(origin)
    expect(kept.length).toBeGreaterThan(0)
    return { byDay, fromNothing: await contentOf(origin) }
  }

  beforeAll(async () => {
    await forgetKept(warehouse)
    await warehouse.command({
      query: `create table aside engine = Memory as
        select * replace (now64(3) - interval 2 day as filled_at) from series_daily final`,
    })
    for (const table of ['series_daily', 'series_spans'])
      await warehouse.command({ query: `truncate table ${table}` })
    await warehouse.command({
      query: `insert into series_daily select * from aside
        -- G1 ends at S2, and P3 comes to S2 after the first origin.
        where not (store_id = 'S2' and sku = 'G1' and day > '${day(100)}')
          and not (store_id = 'S2' and sku = 'P3' and day <= '${day(120)}')`,
    })
    await build(day(120))
  }, 60_000)

  test('a day more is made of what is kept, and is the same to the digit as from nothing', async () => {
    const { byDay, fromNothing } = await bothWays(day(123))
    expect(byDay).toBe(fromNothing)
    // The series that has ended is not forecast, and the one that has come is.
    expect(byDay).toMatch(/^196 /)
    expect(await keptUntil()).toEqual([{ origin: day(123) }])
  }, 60_000)

  test('what is kept is used: it decides where no day was told again', async () => {
    await warehouse.command({
      query: `alter table series_daily update units = 1000 where day = '${day(110)}' settings mutations_sync = 2`,
    })
    const { byDay, fromNothing } = await bothWays(day(124))
    expect(byDay).not.toBe(fromNothing)
  }, 60_000)

  test('days that were told again, late and long ago, are told again in the features', async () => {
    await tellDays(day(118), day(121), "units + (sku = 'P2')")
    await tellDays(day(20), day(20), 'units * 3')
    const { byDay, fromNothing } = await bothWays(day(126))
    expect(byDay).toBe(fromNothing)
  }, 60_000)

  test('a SKU that comes into another category takes its past along', async () => {
    await insert(warehouse, 'dim_product', [
      {
        sku: 'P1',
        name: 'P1',
        department: 'd',
        category: 'Soup',
        brand: 'b',
        price: 200,
        unit: 'each',
        kind: 'merchandise',
        source: 'twin',
        updated_at: day(130),
      },
    ])
    const { byDay, fromNothing } = await bothWays(day(127))
    expect(byDay).toBe(fromNothing)
  }, 60_000)

  test('a building that ends in the middle leaves nothing of its own, and the next is whole', async () => {
    const before = await rows<object>('select id, origin from kept_origins order by id')
    const controller = new AbortController()
    await warehouse.command({ query: `delete from feature_builds where origin = '${day(128)}'` })
    await expect(
      buildFeatures({
        server: server.access,
        warehouse,
        origins: [day(128)],
        signal: controller.signal,
        onProgress: () => controller.abort(),
      }),
    ).rejects.toThrow()
    expect(await rows<object>('select id, origin from kept_origins order by id')).toEqual(before)
    // What a crash leaves between the rows and their ledger is not read, and its database goes in time.
    await warehouse.command({ query: 'create database if not exists features_build_1000000000_crashed' })
    await warehouse.command({
      query: `insert into kept_windows select 'crashed', store_id, sku, category, days, units, price, promotion_off, stock_out
        from kept_windows limit 3`,
    })
    const { byDay, fromNothing } = await bothWays(day(128))
    expect(byDay).toBe(fromNothing)
    expect(await rows(`select name from system.databases where startsWith(name, 'features_build_')`)).toEqual(
      [],
    )
  }, 60_000)
})

test('series of a warehouse that did not have them by month are there after its migrations', async () => {
  const told = () => rows<object>('select * from series_daily final order by store_id, sku, day')
  const spans = () =>
    rows<object>(
      'select store_id, sku, min(begins) as begins, max(until) as until from series_spans group by all order by all',
    )
  const before = { told: await told(), spans: await spans() }
  // given the table as it was
  await warehouse.command({ query: 'drop view series_spans_mv sync' })
  await warehouse.command({
    query: `create table series_before engine = ReplacingMergeTree(filled_at) order by (store_id, sku, day)
      as select * from series_daily final`,
  })
  for (const query of [
    'drop table series_daily sync',
    'rename table series_before to series_daily',
    'truncate table series_spans',
    'truncate table series_told',
    `alter table schema_files delete where definition = '' settings mutations_sync = 2`,
  ])
    await warehouse.command({ query })
  // when the warehouse is brought up to date
  await migrate(server.access, createLog('test', 'error'))
  // then it has the same days, by month, and knows which are told
  expect({ told: await told(), spans: await spans() }).toEqual(before)
  expect(
    await rows(`
      select partition_key, (select uniqExact(day) from series_told) = (select uniqExact(day) from series_daily) as is_told
      from system.tables where database = 'shelfcast' and name = 'series_daily'`),
  ).toEqual([{ partition_key: 'toYYYYMM(day)', is_told: 1 }])
  expect(await migrate(server.access, createLog('test', 'error'))).toEqual([])
}, 60_000)

const mondayAfter = (from: string) => {
  const at = new Date(Date.parse(from) + DAY_MS)
  while (at.getUTCDay() !== 1) at.setTime(at.getTime() + DAY_MS)
  return at.toISOString().slice(0, 10)
}
const snapshot = () =>
  rows(`select * from forecast_features where origin = '${ORIGIN}' order by store_id, sku, horizon`)
const forget = () =>
  warehouse.command({ query: `delete from feature_builds where origin = '${ORIGIN}'` }).then(() => undefined)
