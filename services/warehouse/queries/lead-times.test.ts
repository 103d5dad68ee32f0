import { afterAll, beforeAll, expect, test } from 'vitest'
import { insert, startWarehouse, type TestWarehouse } from '../../../test/warehouse/warehouse.ts'
import { LEAD_TIME_HALF_LIFE_DAYS, readLeadTimes } from './lead-times.ts'
import { readerOf } from './rows.ts'

let server: TestWarehouse
beforeAll(async () => {
  server = await startWarehouse()
}, 60_000)
afterAll(() => server?.stop())

/** A day of 2026 in a shop of New York, and its evening as UTC, which is the next day there. */
const day = (number: number) => new Date(Date.UTC(2026, 0, 1 + number)).toISOString().slice(0, 10)
const evening = (number: number) => `${day(number + 1)} 03:00:00`

const line = (order: string, sku: string, ordered: number, overrides: object = {}) => ({
  store_id: 'NYC',
  sku,
  purchase_order_id: order,
  supplier_id: 'mill',
  quantity: 12,
  unit: 'each',
  ordered_at: evening(ordered),
  expected_on: null,
  told_at: evening(ordered),
  opening: false,
  source: 'x',
  object: 'x',
  ...overrides,
})
const receipt = (order: string, sku: string, received: number) => ({
  store_id: 'NYC',
  received_on: day(received),
  sku,
  purchase_order_id: order,
  quantity: 12,
  receipts: 1,
})
const supplier = (supplier_id: string, delivery_weekdays: number[]) => ({
  supplier_id,
  name: supplier_id,
  lead_time_days_mean: 3,
  lead_time_days_sd: 1,
  order_weekdays: [],
  minimum_order: 0,
  reliability: 1,
  source: 'x',
  updated_at: '2026-01-01 00:00:00',
  delivery_weekdays,
})

test('lead times are days of the store from an order to its first receipt; what is open is known to be longer', async () => {
  const { client } = server
  await insert(client, 'dim_store', [
    {
      store_id: 'NYC',
      name: 'NYC',
      profile: 'p',
      region: 'r',
      time_zone: 'America/New_York',
      currency: 'USD',
      source: 'x',
      updated_at: '2026-01-01 00:00:00',
    },
  ])
  // given a store whose day 100 is under way, by two tills
  const till = (till_id: number) => ({
    store_id: 'NYC',
    till_id,
    first_hour: `${day(1)} 15:00:00`,
    last_hour: `${day(100)} 15:00:00`,
  })
  await insert(client, 'till_clock', [till(1), till(2)])
  await insert(client, 'dim_supplier', [supplier('mill', []), supplier('farm', [1, 4])])
  await insert(client, 'fact_purchase_orders', [
    // Open when the source began, ordered before it: the quick ones of those days are not told.
    line('before', 'a', 0, { told_at: `${day(1)} 12:00:00`, opening: true }),
    // Two lines of one order, which come on two days: the first counts.
    line('whole', 'a', 90),
    line('whole', 'b', 90),
    line('slow', 'a', 90),
    line('open', 'a', 95),
    // Told before a full account of day 50 and not in it.
    line('over', 'a', 49),
    line('kept', 'a', 48, { told_at: evening(50), opening: true }),
    // Nobody knows of what is open for so long.
    line('lost', 'a', 100 - 62, { told_at: evening(51) }),
    line('old', 'a', 100 - LEAD_TIME_HALF_LIFE_DAYS),
    // Monday the 6th of April is day 95; its goods came with Thursday's delivery, the 9th, or had to wait for it.
    line('gathered', 'a', 95, { supplier_id: 'farm' }),
    // On a Friday, which is no day of delivery: as it came.
    line('courier', 'a', 95, { supplier_id: 'farm' }),
  ])
  await insert(client, 'order_receipts', [
    receipt('before', 'a', 20),
    receipt('whole', 'a', 92),
    receipt('whole', 'b', 96),
    receipt('slow', 'a', 97),
    receipt('kept', 'a', 52),
    receipt('old', 'a', 100 - LEAD_TIME_HALF_LIFE_DAYS + 2),
    receipt('gathered', 'a', 98),
    receipt('courier', 'a', 99),
  ])
  const suppliers = await readLeadTimes(readerOf(client))
  // then mill has one of 2 days and an old one, of 4 and of 7, and one that is not there after 4 whole days
  const mill = suppliers.get('mill')!
  expect(mill.map(({ days, isOpen, count }) => [days, isOpen, count])).toEqual([
    [2, false, 2],
    [4, false, 1],
    [7, false, 1],
    [4, true, 1],
  ])
  expect(mill[0]!.orders).toBeCloseTo(2 ** (-10 / LEAD_TIME_HALF_LIFE_DAYS) + 0.5, 9)
  expect(suppliers.get('farm')).toMatchObject([
    { days: 3, earliest: 1 },
    { days: 4, earliest: 4 },
  ])
})
