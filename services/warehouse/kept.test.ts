/** Features of a new day, made of what is kept of the day before: the same to the digit as from nothing. */
import { featureTable } from '@shelfcast/contracts/warehouse'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { insert, startWarehouse, type TestWarehouse } from '../../test/warehouse/warehouse.ts'
import { day, fillWorld } from '../../test/warehouse/world.ts'
import type { Warehouse } from './client.ts'
import { buildFeatures, featureHash } from './features.ts'
import { forgetKept } from './kept.ts'
import { rowsOf } from './queries/rows.ts'
import { refreshSeries } from './series.ts'

let server: TestWarehouse
let warehouse: Warehouse

const rows = <T>(query: string) => rowsOf<T>(warehouse, query)

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
  server = await startWarehouse()
  warehouse = server.client
  await fillWorld(warehouse)
  await refreshSeries(warehouse)
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
}, 120_000)
afterAll(() => server?.stop())

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
