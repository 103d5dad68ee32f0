/** Days of the live stream as daily series: told when they are over, and the last week anew. */
import { addDays } from '@shelfcast/contracts/dates'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { insert, startWarehouse, type TestWarehouse } from '../../test/warehouse/warehouse.ts'
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
