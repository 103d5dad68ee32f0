/** Stock of the warehouse after events made by hand, in whatever order they come. */
import { seriesFolder } from '@shelfcast/contracts/datasets/layout'
import { PURCHASE_ORDERS, type PurchaseOrderLine } from '@shelfcast/contracts/datasets/purchase-orders'
import { DAY_MS } from '@shelfcast/contracts/dates'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createFeed, type Feed } from '../../bench/stock/feed.ts'
import { loadDatasets } from '../ingest/datasets.ts'
import { basket, line, movement, world } from '../ingest/gate/fixture.ts'
import { aggregateFaults } from '../stack/aggregates.ts'
import { type StockStores, startStockStores } from './stock-stores.ts'

const SLOW = 120_000

let stores: StockStores
let feed: Feed
beforeAll(async () => {
  stores = await startStockStores()
}, SLOW)
afterAll(() => stores?.close(), SLOW)
beforeEach(async () => {
  await stores.empty()
  feed = createFeed({ ...stores, world })
})

/** @param time of the fifth of January, or of the day before it: `03T10:30` */
const at = (time: string) => `2026-01-${time.includes('T') ? time : `05T${time}`}:00.000Z`
let ids = 0

/** One SKU of a basket. */
function sell(time: string, sku: string, quantity: number, overrides: Parameters<typeof basket>[0] = {}) {
  const event = basket({
    basket_id: `B${ids++}`,
    event_time: at(time),
    lines: [line({ sku, quantity })],
    total: 150 * quantity,
    ...overrides,
  })
  return feed.tell({ topic: 'sales-transactions', value: bytes(event) })
}

function move(
  time: string,
  kind: ReturnType<typeof movement>['kind'],
  sku: string,
  quantity: number,
  more = {},
) {
  const event = movement({ movement_id: `M${ids++}`, event_time: at(time), kind, sku, quantity, ...more })
  feed.tell({ topic: 'inventory-updates', value: bytes(event) })
}

const bytes = (event: object) => Buffer.from(JSON.stringify(event))

async function rows<T>(query: string): Promise<T[]> {
  const answer = await stores.warehouse.query({
    query,
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  })
  return answer.json<T>()
}

async function onHand(sku: string): Promise<number | undefined> {
  await feed.load()
  const [row] = await rows<{ on_hand: number }>(`select on_hand from stock_on_hand where sku = '${sku}'`)
  return row?.on_hand
}

test('events count where they happened, in whatever order they come', async () => {
  // given a count in the middle of an hour in which sales and movements come before it and after it
  move('10:30', 'count', 'A1', 20)
  sell('10:10', 'A1', 2)
  sell('10:40', 'A1', 3)
  move('10:05', 'receipt', 'A1', 100)
  move('10:45', 'receipt', 'A1', 6)
  expect(await onHand('A1')).toBe(23)
  // when more comes late, of before the count and after it
  sell('10:20', 'A1', 5)
  move('10:29', 'waste', 'A1', -4)
  move('08:00', 'count', 'A1', 500)
  expect(await onHand('A1')).toBe(23)
  sell('10:50', 'A1', 1)
  sell('18:00', 'A1', 2)
  expect(await onHand('A1')).toBe(20)
  // then what a customer brings back is stock when the store says so
  sell('18:30', 'A1', 2, { kind: 'return' })
  expect(await onHand('A1')).toBe(20)
  move('21:00', 'return', 'A1', 2)
  expect(await onHand('A1')).toBe(22)
  // and lots that are counted at once are one count, which holds what was sold at its instant
  move('22:00', 'count', 'A1', 7, { lot: 'L1', expires_on: '2026-02-01' })
  move('22:00', 'count', 'A1', 5, { lot: 'L2', expires_on: '2026-03-01' })
  sell('22:00', 'A1', 1)
  expect(await onHand('A1')).toBe(12)
  expect(await aggregateFaults(stores.warehouse)).toEqual([])
})

test('without a count stock is what came less what went, and a count of nothing is a count', async () => {
  // given a store that has sold nothing yet
  move('07:10', 'count', 'A1', 4)
  move('08:10', 'receipt', 'A1', 6)
  expect(await onHand('A1')).toBe(10)
  move('09:00', 'receipt', 'A2', 5)
  sell('09:30', 'A2', 8)
  move('09:00', 'count', 'A3', 0)
  await feed.load()
  expect(await rows('select sku, on_hand, last_count_at from stock_on_hand order by sku')).toEqual([
    { sku: 'A1', on_hand: 10, last_count_at: '2026-01-05 07:10:00.000' },
    { sku: 'A2', on_hand: -3, last_count_at: null },
    { sku: 'A3', on_hand: 0, last_count_at: '2026-01-05 09:00:00.000' },
  ])
})

test('a count holds however long ago it was', async () => {
  // given a SKU whose count is older than the hours that are kept beside it, and one that is on its edge
  for (const sku of ['A1', 'A2']) {
    move('03T10:20', 'receipt', sku, 70)
    move('03T10:30', 'count', sku, 40)
    sell('03T10:10', sku, 1)
    sell('03T10:45', sku, 2)
    move('03T10:50', 'waste', sku, -1)
    sell('04T09:00', sku, 3)
    move('04T12:00', 'receipt', sku, 10)
  }
  const days = (number: number) => new Date(Date.UTC(2026, 0, 3, 11) + number * DAY_MS).toISOString()
  for (const till of ['T1', 'T2']) sell('', 'A3', 1, { event_time: days(28), till_id: till === 'T1' ? 1 : 2 })
  // when the store has come 28 days on
  for (const sku of ['A1', 'A2']) expect(await onHand(sku)).toBe(44)
  sell('', 'A2', 4, { event_time: days(28) })
  expect(await onHand('A2')).toBe(40)
  // and further
  for (const number of [29, 40]) {
    for (const till_id of [1, 2]) sell('', 'A3', 1, { event_time: days(number), till_id })
    expect(await onHand('A1')).toBe(44)
    expect(await onHand('A2')).toBe(40)
  }
  move('04T20:00', 'count', 'A2', 7)
  expect(await onHand('A2')).toBe(3)
})

test('a line that is corrected and sent again moves stock at its own time', async () => {
  move('09:00', 'count', 'A1', 20)
  const free = [line({ sku: 'A1', quantity: 2, unit_price: 0 })]
  const { offset, refused } = sell('10:00', 'A1', 2, { basket_id: 'B-FREE', lines: free, total: 0 })
  expect([...refused.values()]).toEqual(['price_zero'])
  expect(await onHand('A1')).toBe(20)
  const corrected = basket({
    basket_id: 'B-FREE',
    event_time: at('10:00'),
    lines: [line({ sku: 'A1', quantity: 2 })],
  })
  feed.tell({
    topic: 'sales-transactions',
    value: bytes(corrected),
    replayOf: `sales-transactions/0/${offset}/1`,
  })
  expect(await onHand('A1')).toBe(18)
  move('11:00', 'count', 'A1', 50)
  expect(await onHand('A1')).toBe(50)
})

test('lots are sold first that expire first, and what no lot accounts for is told', async () => {
  const lots = async (sku: string) => {
    await feed.load()
    const left = await rows<{ lot: string; expires_on: string | null; on_hand: number }>(
      `select lot, expires_on, on_hand from stock_lots where sku = '${sku}' order by expires_on nulls first`,
    )
    return left.map(({ lot, expires_on, on_hand }) => `${lot} ${expires_on} ${on_hand}`)
  }
  move('07:00', 'receipt', 'A1', 10, { lot: 'L2', expires_on: '2026-01-20' })
  move('07:30', 'receipt', 'A1', 10, { lot: 'L1', expires_on: '2026-01-10' })
  sell('09:00', 'A1', 4)
  expect(await lots('A1')).toEqual(['L1 2026-01-10 6', 'L2 2026-01-20 10'])
  sell('10:00', 'A1', 8)
  move('20:00', 'transfer', 'A1', -3, { lot: 'L2', expires_on: '2026-01-20' })
  expect(await lots('A1')).toEqual(['L2 2026-01-20 5'])
  // Found behind the shelf, nobody knows of which lot.
  move('21:00', 'count', 'A1', 25)
  expect(await lots('A1')).toEqual([' null 8', 'L1 2026-01-10 10', 'L2 2026-01-20 7'])
  // A lot that is counted holds what was counted, and what moves after it.
  move('22:00', 'count', 'A1', 9, { lot: 'L2', expires_on: '2026-01-20' })
  move('22:00', 'count', 'A1', 4, { lot: 'L1', expires_on: '2026-01-10' })
  move('22:30', 'waste', 'A1', -2, { lot: 'L2', expires_on: '2026-01-20' })
  expect(await lots('A1')).toEqual(['L1 2026-01-10 4', 'L2 2026-01-20 7'])
})

const orderLine = (overrides: Partial<PurchaseOrderLine> = {}): PurchaseOrderLine => ({
  purchase_order_id: 'PO-1',
  store_id: 'S1',
  supplier_id: 'leaf',
  sku: 'A1',
  quantity: 24,
  unit: 'each',
  ordered_at: '2026-01-04T23:59:59.999Z',
  expected_on: '2026-01-06',
  told_at: '2026-01-04T23:59:59.999Z',
  opening: false,
  ...overrides,
})

/** Tells orders in an object, as a source does. */
async function order(name: string, lines: (PurchaseOrderLine | string)[]): Promise<void> {
  const text = lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}\n`).join('')
  await stores.lake.put(
    'raw',
    `${seriesFolder(PURCHASE_ORDERS.kind, 'test', 'one')}${name}.ndjson`,
    Buffer.from(text),
  )
  // Another process each time: what it has read it knows from the warehouse.
  await loadDatasets(stores)
}

const onOrder = () =>
  rows<{ line: string }>(
    `select concat(purchase_order_id, ' ', sku, ' ', toString(quantity)) as line from stock_on_order order by line`,
  ).then((lines) => lines.map((row) => row.line))

test('an order is on its way until its lines are answered, in full or short, or its source knows better', async () => {
  sell('09:00', 'A1', 1)
  await feed.load()
  await order('01', [
    orderLine(),
    orderLine({ sku: 'A2', quantity: 12 }),
    '{"purchase_order_id":"PO-0"}',
    'not JSON',
  ])
  expect(await onOrder()).toEqual(['PO-1 A1 24', 'PO-1 A2 12'])
  // told again with another quantity
  await order('02', [orderLine({ sku: 'A2', quantity: 18, told_at: '2026-01-05T08:00:00.000Z' })])
  expect(await onOrder()).toEqual(['PO-1 A1 24', 'PO-1 A2 18'])
  // short, and by another store's receipt of the same number
  move('10:00', 'receipt', 'A1', 10, { purchase_order_id: 'PO-1' })
  await feed.load()
  expect(await onOrder()).toEqual(['PO-1 A2 18'])
  await order('03', [
    orderLine({ purchase_order_id: 'PO-2', told_at: '2026-01-05T20:00:00.000Z', opening: true }),
  ])
  expect(await onOrder()).toEqual(['PO-2 A1 24'])
  expect(await rows('select distinct source from fact_purchase_orders')).toEqual([{ source: 'test' }])
})

test(
  'cover and risk follow from their columns',
  async () => {
    // given three weeks of sales by two tills, more at weekends
    await stores.warehouse.insert({
      table: 'dim_product',
      format: 'JSONEachRow',
      values: [{ sku: 'A1', name: 'Tea', supplier_id: 'leaf' }],
    })
    await stores.warehouse.insert({
      table: 'dim_supplier',
      format: 'JSONEachRow',
      values: [{ supplier_id: 'leaf', name: 'Leaf', lead_time_days_mean: 3, lead_time_days_sd: 1 }],
    })
    const units: number[] = []
    for (let day = 1; day <= 21; day++) {
      units.push(day % 7 < 2 ? 20 : 4)
      for (const till_id of [1, 2])
        sell('', 'A1', units.at(-1)! / 2, {
          till_id,
          event_time: new Date(Date.UTC(2026, 0, day, 12)).toISOString(),
        })
    }
    for (const till_id of [1, 2]) sell('', 'A1', 1, { till_id, event_time: '2026-01-22T00:10:00.000Z' })
    const counted = { event_time: '2026-01-22T00:30:00.000Z' }
    move('', 'count', 'A1', 9, counted)
    move('', 'receipt', 'A1', 3, {
      event_time: '2026-01-22T00:31:00.000Z',
      lot: 'L9',
      expires_on: '2026-02-03',
    })
    await feed.load()
    const ordered = {
      ordered_at: '2026-01-21T23:00:00.000Z',
      told_at: '2026-01-21T23:00:00.000Z',
      quantity: 4,
    }
    await order('01', [
      orderLine({ ...ordered, expected_on: '2026-01-25' }),
      orderLine({ ...ordered, purchase_order_id: 'PO-2', expected_on: '2026-01-26' }),
    ])
    // when
    const [status] = await rows<Record<string, number | string>>(
      `select * from stock_status where store_id = 'S1'`,
    )
    // then the same by hand
    const mean = units.reduce((sum, value) => sum + value, 0) / units.length
    // The whole days before the newest hour, of which the first is none.
    const whole = units.slice(1)
    const middle = whole.reduce((sum, value) => sum + value, 0) / whole.length
    const variance = whole.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (whole.length - 1)
    const sd = Math.sqrt(3 * variance + mean ** 2)
    expect(status).toMatchObject({
      on_hand: 12,
      on_order: 8,
      next_expected_on: '2026-01-25',
      arriving_in_lead_time: 4,
      earliest_expires_on: '2026-02-03',
      lead_time_days_mean: 3,
      lead_time_days_sd: 1,
    })
    expect(status!.units_per_day_28).toBeCloseTo(mean, 9)
    expect(status!.days_of_cover).toBeCloseTo(12 / mean, 9)
    expect(status!.lead_time_demand_mean).toBeCloseTo(3 * mean, 9)
    expect(status!.lead_time_demand_sd).toBeCloseTo(sd, 9)
    expect(status!.stock_out_risk).toBeCloseTo(1 - normal((12 + 4 + 0.5 - 3 * mean) / sd), 9)
    // and so has the table of all stores, when it is made anew
    for (const statement of ['system refresh view stock_overview', 'system wait view stock_overview'])
      await stores.warehouse.command({ query: statement })
    expect(await rows(`select * from stock_overview where store_id = 'S1'`)).toEqual([status])
  },
  SLOW,
)

/** Cumulative normal distribution, by its series; good to nine digits between -4 and 4. */
function normal(z: number): number {
  let term = z
  let sum = z
  for (let n = 1; n < 100; n++) {
    term *= (-z * z) / (2 * n)
    sum += term / (2 * n + 1)
  }
  return 0.5 + sum / Math.sqrt(2 * Math.PI)
}
