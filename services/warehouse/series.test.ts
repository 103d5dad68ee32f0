/** Days of the live stream as daily series: told when they are over, and the last week anew. */
import { addDays } from '@shelfcast/contracts/dates'
import { createLog } from '@shelfcast/runtime/log'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { insert, startWarehouse, type TestWarehouse } from '../../test/warehouse/warehouse.ts'
import { migrate } from './migrate.ts'
import { rowsOf } from './queries/rows.ts'
import { refreshSeries } from './series.ts'

const FIRST = '2026-03-02'
const dayAfter = (number: number) => addDays(FIRST, number)
let testWarehouse: TestWarehouse
let offset = 0

const sale = (day: string, sku: string, quantity: number) => ({
  topic: 'sales-transactions',
  offset: offset++,
  line_no: 1,
  basket_id: `B${offset}`,
  kind: 'sale',
  store_id: 'S1',
  till_id: 1,
  event_time: `${day} 10:00:00.000`,
  scanned_at: `${day} 10:00:00.000`,
  produced_at: `${day} 10:00:00.000`,
  business_date: day,
  currency: 'EUR',
  sku,
  quantity,
  unit: 'each',
})
const sell = (lines: object[]) => insert(testWarehouse.client, 'fact_sales', lines)
const unitsOf = async (sku: string) =>
  (
    await rowsOf<{ units: number }>(
      testWarehouse.client,
      'select series_daily.units as units from series_daily final where sku = {sku:String} order by day',
      { sku },
    )
  ).map(({ units }) => units)

beforeAll(async () => {
  testWarehouse = await startWarehouse()
  await insert(testWarehouse.client, 'dim_store', [
    { store_id: 'S1', profile: 'p', time_zone: 'UTC', source: 'test', updated_at: 0 },
  ])
  await sell([
    ...Array.from({ length: 12 }, (_, number) => sale(dayAfter(number), 'P1', 2)),
    sale(dayAfter(3), 'P2', 5),
  ])
}, 120_000)
afterAll(() => testWarehouse?.stop())

test('days that are over are told, from the first sale of a series on, those without a sale too', async () => {
  expect(await refreshSeries(testWarehouse.client)).toBe(dayAfter(10))
  expect(await unitsOf('P1')).toEqual(Array.from({ length: 11 }, () => 2))
  expect(await unitsOf('P2')).toEqual([5, 0, 0, 0, 0, 0, 0, 0])
})

test('a late line is told within the week after its day, and not after it', async () => {
  await sell([sale(dayAfter(8), 'P1', 7), sale(dayAfter(1), 'P1', 7), sale(dayAfter(12), 'P2', 1)])
  expect(await refreshSeries(testWarehouse.client)).toBe(dayAfter(11))
  expect(await unitsOf('P1')).toEqual([2, 2, 2, 2, 2, 2, 2, 2, 9, 2, 2, 2])
})

test('what a crash left without its ledger is told again', async () => {
  await testWarehouse.client.command({ query: 'truncate table series_told' })
  expect(await refreshSeries(testWarehouse.client)).toBe(dayAfter(11))
  expect(await unitsOf('P1')).toEqual([2, 9, 2, 2, 2, 2, 2, 2, 9, 2, 2, 2])
  expect(await unitsOf('P2')).toEqual([5, 0, 0, 0, 0, 0, 0, 0, 0])
})

test('series of a warehouse that did not have them by month are there after its migrations', async () => {
  const { client } = testWarehouse
  const told = () => rowsOf<object>(client, 'select * from series_daily final order by store_id, sku, day')
  const spans = () =>
    rowsOf<object>(
      client,
      'select store_id, sku, min(begins) as begins, max(until) as until from series_spans group by all order by all',
    )
  const before = { told: await told(), spans: await spans() }
  // given the table as it was
  await client.command({ query: 'drop view series_spans_mv sync' })
  await client.command({
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
    await client.command({ query })
  // when the warehouse is brought up to date
  await migrate(testWarehouse.access, createLog('test', 'error'))
  // then it has the same days, by month, and knows which are told
  expect({ told: await told(), spans: await spans() }).toEqual(before)
  expect(
    await rowsOf(
      client,
      `
      select partition_key, (select uniqExact(day) from series_told) = (select uniqExact(day) from series_daily) as is_told
      from system.tables where database = 'shelfcast' and name = 'series_daily'`,
    ),
  ).toEqual([{ partition_key: 'toYYYYMM(day)', is_told: 1 }])
  expect(await migrate(testWarehouse.access, createLog('test', 'error'))).toEqual([])
}, 60_000)
