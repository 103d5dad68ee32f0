/** Scenarios over the API, on a warehouse, an operational store and inference with the small model. */
import { randomUUID } from 'node:crypto'
import type { ErrorAnswer } from '@shelfcast/contracts/api'
import type { PromotedOrders, ScenarioAnswer } from '@shelfcast/contracts/scenarios'
import { createOrders } from '@shelfcast/operational/orders'
import type { Static } from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildTestServer } from '../../../test/api/fixture.ts'
import { startTestInference } from '../../../test/inference/server.ts'
import { startStore, type TestStore } from '../../../test/operational/store.ts'
import { insert, startWarehouse, type TestWarehouse } from '../../../test/warehouse/warehouse.ts'
import type { App } from '../http/schemas.ts'

let warehouse: TestWarehouse
let store: TestStore
let inference: Awaited<ReturnType<typeof startTestInference>>
let app: App

beforeAll(async () => {
  warehouse = await startWarehouse()
  store = await startStore()
  inference = await startTestInference('v1')
  await insert(warehouse.client, 'dim_store', [
    { store_id: 'S1', name: 'Cork', region: 'Munster', time_zone: 'UTC', currency: 'EUR' },
    { store_id: 'S2', name: 'Leeds', region: 'Yorkshire', time_zone: 'UTC', currency: 'GBP' },
  ])
  const product = { kind: 'merchandise', department: 'Food', supplier_id: 'mill', price: 200, cost: 120 }
  await insert(warehouse.client, 'dim_product', [
    { ...product, sku: 'A', name: 'Rice', category: 'dry', unit: 'each', pack_multiple: 6 },
    { ...product, sku: 'B', name: 'Apples', category: 'fresh', unit: 'g' },
    { ...product, sku: 'C', name: 'Beans', category: 'dry', unit: 'each', cost: null },
    { ...product, sku: 'D', name: 'Bread', category: 'fresh', unit: 'each' },
  ])
  await insert(warehouse.client, 'dim_supplier', [
    {
      supplier_id: 'mill',
      name: 'Mill',
      lead_time_days_mean: 2,
      lead_time_days_sd: 0.5,
      order_weekdays: [1, 2, 3, 4, 5, 6, 7],
      minimum_order: 0,
    },
  ])
  // The clock of both stores stands on the day after the origin of the features.
  const hour = '2026-03-02 09:00:00'
  await insert(
    warehouse.client,
    'till_clock',
    ['S1', 'S2'].flatMap((store_id) =>
      [1, 2].map((till_id) => ({ store_id, till_id, first_hour: hour, last_hour: hour })),
    ),
  )
  app = await buildTestServer({
    warehouse: warehouse.client,
    operational: store.client,
    inferenceUrl: inference.url,
  })
}, 120_000)
afterAll(async () => {
  await app?.close()
  await inference?.stop()
  await store?.stop()
  await warehouse?.stop()
})

async function ask(query: string) {
  const response = await app.inject({ url: `/api/v1/scenarios?${query}`, headers: { host: '127.0.0.1' } })
  return { status: response.statusCode, answer: response.json<ScenarioAnswer & Static<typeof ErrorAnswer>>() }
}

async function promote(body: Record<string, string>) {
  const response = await app.inject({
    url: '/api/v1/scenarios/promote',
    method: 'POST',
    headers: { host: '127.0.0.1', 'content-type': 'application/json' },
    payload: { key: randomUUID(), ...body },
  })
  return { status: response.statusCode, answer: response.json<PromotedOrders & Static<typeof ErrorAnswer>>() }
}

const MIX = 'price:0.8,category:dry;festival,days:2026-03-08'

test('a festival and a price drop are compared by URL; an unchanged scenario is the base to the bit', async () => {
  const { status, answer } = await ask(`a=${MIX}&b=&c=demand:2,region:Munster`)
  expect(status).toBe(200)
  expect(answer).toMatchObject({
    series: 8,
    served_by: 'model',
    from_day: '2026-03-02',
    to_day: '2026-03-29',
  })
  const [mix, unchanged, shock] = answer.scenarios
  expect(unchanged).toMatchObject({
    text: '',
    series_changed: 0,
    totals: answer.base,
    stock: answer.base_stock,
  })
  for (const { revenue } of unchanged!.difference.money) expect(revenue).toEqual({ mean: 0, low: 0, high: 0 })
  expect(mix).toMatchObject({ text: MIX, series_changed: 8, ignored: [] })
  expect(mix!.parts.map(({ text }) => text)).toEqual(MIX.split(';'))
  // Margins do not count what has no cost: C in each store.
  expect(answer.base.money).toMatchObject([
    { currency: 'EUR', without_price: 0, without_cost: 1 },
    { currency: 'GBP', without_price: 0, without_cost: 1 },
  ])
  for (const { revenue } of answer.base.money) {
    expect(revenue.low).toBeLessThan(revenue.mean)
    expect(revenue.high).toBeGreaterThan(revenue.mean)
  }
  const [euros, pounds] = shock!.difference.money
  expect(euros!.revenue.mean).toBeCloseTo(answer.base.money[0]!.revenue.mean, 2)
  expect(pounds!.revenue.mean).toBe(0)
})

test('a scope, days, and a delay that changes orders alone', async () => {
  const { answer } = await ask(
    'category=fresh&store_id=S1&from_day=2026-03-09&to_day=2026-03-15&a=delay:4,supplier:mill&b=price:0.9,days:2026-03-20',
  )
  expect(answer).toMatchObject({ series: 2, from_day: '2026-03-09', to_day: '2026-03-15' })
  const [late, later] = answer.scenarios
  expect(late!.totals).toEqual(answer.base)
  expect(late!.stock!.orders[0]!.amount).toBeGreaterThan(answer.base_stock!.orders[0]!.amount)
  // What changes other days only is not seen on these.
  expect(later!.totals).toEqual(answer.base)
})

test('a scenario becomes drafts that carry their arithmetic and its URL', async () => {
  const { status, answer } = await promote({ category: 'dry', a: '', b: 'demand:3', scenario: 'b' })
  expect(status).toBe(200)
  expect(answer.url).toBe('/api/v1/scenarios?category=dry&a=demand:3')
  expect(answer.without_cost).toEqual(['C'])
  expect(answer.orders.map(({ store_id, currency }) => [store_id, currency])).toEqual([
    ['S1', 'EUR'],
    ['S2', 'GBP'],
  ])
  const [line] = answer.orders[0]!.lines
  expect(line!.steps.at(-1)!.after).toBe(line!.quantity)
  expect(line!.words).toHaveLength(line!.steps.length)
  const detail = await createOrders(store.client).byId(answer.orders[0]!.id)
  expect(detail).toMatchObject({
    order: { state: 'draft', store_id: 'S1', order_on: '2026-03-02', plan: null },
    lines: [{ sku: 'A', quantity: line!.quantity, unit_cost: 120 }],
    events: [{ reason: `Scenario ${answer.url}` }],
  })
  // Twice is once: a second click makes no second drafts.
  const again = { category: 'dry', a: '', scenario: 'a', key: 'a double click' }
  const base = await promote(again)
  expect((await promote(again)).answer).toEqual(base.answer)
  expect((await promote({ ...again, a: 'demand:2' })).status).toBe(409)
  expect(base.answer.orders[0]!.lines[0]!.quantity).toBeLessThan(line!.quantity)
})

test.each([
  ['a=price:-1', 400, 'Part 1 of scenario "a", "price:-1": price takes a factor'],
  ['a=&b=price:0.9;wine', 400, 'Part 2 of scenario "b"'],
  ['a=&e=', 400, '"e" is not known'],
  ['b=', 400, '"a" is missing'],
  ['a=&region=Mars', 404, 'Regions are Munster, Yorkshire'],
  ['a=rain:3,region:Mars', 404, 'No store is in a region "Mars"'],
  ['a=&category=wine', 404, 'category "wine"'],
  ['a=&from_day=2026-03-09&to_day=2026-03-02', 400, 'Give the earlier one first'],
  ['a=&from_day=2027-03-09', 400, 'leave none of the days that are forecast, 2026-03-02 to 2026-03-29'],
])('%s is refused with the fix', async (query, status, message) => {
  const refusal = await ask(query)
  expect([refusal.status, refusal.answer.message]).toEqual([status, expect.stringContaining(message)])
})

test('a scenario that is longer than any is refused', async () => {
  expect(await ask(`a=${'rain:1;'.repeat(300)}`)).toMatchObject({
    status: 400,
    answer: { message: expect.stringContaining('"a"') },
  })
})

test('a scenario that the question does not have is not promoted', async () => {
  expect(await promote({ a: '', scenario: 'b' })).toMatchObject({
    status: 400,
    answer: { message: expect.stringContaining('There is no scenario "b"') },
  })
})
