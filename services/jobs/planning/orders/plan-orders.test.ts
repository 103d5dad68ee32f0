/** A chain of a few stores, planned as the job does it. */
import { createOrders } from '@shelfcast/operational/orders'
import { createOverrides } from '@shelfcast/operational/overrides'
import type { PlannedLineRow } from '@shelfcast/warehouse/queries/planned-lines'
import { readPlannedLines } from '@shelfcast/warehouse/queries/planned-lines'
import { readerOf, rowsOf } from '@shelfcast/warehouse/queries/rows'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testBackends } from '../../../../test/jobs/context.ts'
import { memoryLake } from '../../../../test/jobs/sources.ts'
import { startStore, type TestStore } from '../../../../test/operational/store.ts'
import { fillChain } from '../../../../test/planning/chain.ts'
import { insert, startWarehouse, type TestWarehouse } from '../../../../test/warehouse/warehouse.ts'
import type { Backends } from '../../backends.ts'
import { planOrders } from './plan-orders.ts'

const ORIGIN = '2026-10-31'
const STORES = 3
const SKUS = 60

let warehouse: TestWarehouse
let store: TestStore
let backends: Backends
beforeAll(async () => {
  ;[warehouse, store] = await Promise.all([startWarehouse(), startStore()])
  backends = testBackends(warehouse, store, memoryLake())
  await fillChain(warehouse.client, { stores: STORES, skus: SKUS, origin: ORIGIN })
  // A store that has sold nothing yet: it has no clock, no stock and no forecast.
  await insert(warehouse.client, 'dim_store', [
    { store_id: 'S9999', name: 'new', source: 'test', updated_at: 0 },
  ])
}, 120_000)
afterAll(async () => {
  await warehouse?.stop()
  await store?.stop()
})

const plan = (options: Partial<Parameters<typeof planOrders>[1]> = {}) =>
  planOrders(backends, { signal: new AbortController().signal, force: true, ...options })
const linesOf = (name: string): Promise<PlannedLineRow[]> =>
  readPlannedLines(readerOf(warehouse.client), name, { limit: 1_000 })

test('every SKU of every store is planned, and what is ordered is a draft of its supplier', async () => {
  const planned = (await plan())!
  const lines = await linesOf(planned.plan)
  expect(lines).toHaveLength(STORES * SKUS)
  const ordered = lines.filter(({ quantity }) => quantity > 0)
  expect(ordered.length).toBeGreaterThan(10)
  expect(planned).toMatchObject({ isNew: true, series: STORES * SKUS, lines: ordered.length })
  const drafts = await createOrders(store.client).list({ limit: 200 })
  expect(drafts.reduce((sum, draft) => sum + draft.lines, 0)).toBe(ordered.length)
  expect(drafts.reduce((sum, draft) => sum + draft.amount, 0)).toBe(planned.amount)
  expect(new Set(drafts.map(({ state }) => state))).toEqual(new Set(['draft']))
})

test('the same inputs give the same orders, in one slice or in many', async () => {
  const [first, second] = [(await plan())!, (await plan({ sliceSeries: SKUS }))!]
  expect(second.plan).not.toBe(first.plan)
  expect(await linesOf(second.plan)).toEqual(await linesOf(first.plan))
  const digests = await rowsOf<{ digest: string }>(
    warehouse.client,
    'select distinct digest from order_plans',
  )
  expect(digests).toHaveLength(1)
  // A plan that says the same changes no draft.
  expect(second).toMatchObject({ added: 0 })
})

test('a plan of the same day and forecasts is not made again unless it is asked for', async () => {
  expect(await plan({ force: false })).toMatchObject({ isNew: false, series: STORES * SKUS })
})

test('what was approved and the warehouse has not heard of is on order, and is not ordered twice', async () => {
  const before = (await plan())!
  const orders = createOrders(store.client)
  const [draft] = await orders.list({ limit: 1 })
  const { id, version, store_id, purchase_order_id } = draft!
  const { lines } = (await orders.byId(id))!
  await orders.approve({ id, version, actor: 'ada', reason: 'as planned', channel: 'csv' })
  const after = (await plan())!
  const ofStore = async (name: string) =>
    (await linesOf(name)).filter(
      (line) => line.store_id === store_id && lines.some(({ sku }) => sku === line.sku),
    )
  const [planned, again] = [await ofStore(before.plan), await ofStore(after.plan)]
  expect(planned.length).toBe(lines.length)
  for (const [index, line] of again.entries()) {
    expect(line.quantity).toBeLessThan(planned[index]!.quantity)
    const onOrder = line.steps.find(({ step }) => step === 'on_order')!
    expect(onOrder.facts.orders).toContain(purchase_order_id)
  }
})

test('what nobody has told of has a rule, and is told', async () => {
  const tell = async (changes: object) =>
    insert(warehouse.client, 'dim_product', [
      {
        sku: 'P00001',
        name: 'P00001',
        category: 'c',
        unit: 'each',
        kind: 'merchandise',
        source: 'test',
        updated_at: '2027-01-01 00:00:00.000',
        ...changes,
      },
    ])
  // given a product without a supplier, cost, price, pack and shelf life
  await tell({})
  const first = (await plan())!
  const line = (await linesOf(first.plan)).find(({ sku }) => sku === 'P00001')!
  expect(line).toMatchObject({ quantity: 0, reason: 'no_supplier', cost: null })
  expect(first.shortfalls).toContainEqual(
    `${STORES} SKUs of stores have no supplier that anybody has told of. Tell it with the products.`,
  )
  // and one whose supplier nobody has described
  await tell({ supplier_id: 'nobody', updated_at: '2027-01-02 00:00:00.000' })
  expect((await linesOf((await plan())!.plan)).find(({ sku }) => sku === 'P00001')).toMatchObject({
    reason: 'no_supplier',
    supplier_id: 'nobody',
  })
  // and one of a supplier without a lead time, whose stock nobody has counted
  await insert(warehouse.client, 'dim_supplier', [
    {
      supplier_id: 'new',
      name: 'new',
      lead_time_days_mean: 0,
      lead_time_days_sd: 0,
      order_weekdays: [1, 2, 3, 4, 5, 6, 7],
      minimum_order: 0,
      reliability: 1,
      source: 'test',
      updated_at: '2027-01-01 00:00:00.000',
    },
  ])
  await tell({ supplier_id: 'new', updated_at: '2027-01-03 00:00:00.000' })
  const described = (await linesOf((await plan())!.plan)).find(({ sku }) => sku === 'P00001')!
  expect(described.steps[0]!.facts).toMatchObject({ lead_time: 'unknown' })
  expect(described.quantity).toBeGreaterThan(0)
})

test('each series with a forecast has a risk for each of the next 14 days, and an override moves orders and risks', async () => {
  const [store_id, sku] = ['S0001', 'P00013']
  const riskOf = async () => {
    const [row] = await rowsOf<{ origin: string; risks: number[]; formula_empty: number[] }>(
      warehouse.client,
      'select origin, risks, formula_empty from stock_out_risks final where store_id = {store_id:String} and sku = {sku:String}',
      { store_id, sku },
    )
    return row!
  }
  const needOf = async (name: string) =>
    (await linesOf(name)).find((line) => line.store_id === store_id && line.sku === sku)!.steps[0]!.after
  const before = (await plan())!
  const usual = await riskOf()
  expect(usual.risks).toHaveLength(14)
  for (const risk of usual.risks) expect(risk).toBeGreaterThanOrEqual(0)
  await createOverrides(store.client).set(
    {
      store_id,
      sku,
      from: '2026-11-01',
      to: '2026-11-28',
      factor: 4,
      reason: 'a fair next door',
      expires_on: '2026-12-31',
    },
    { actor: 'ada', origin: ORIGIN },
  )
  const after = (await plan())!
  expect(await needOf(after.plan)).toBeGreaterThan(3.5 * (await needOf(before.plan)))
  const busy = await riskOf()
  expect(Math.max(...busy.risks)).toBeGreaterThan(Math.max(...usual.risks))
  expect(await rowsOf(warehouse.client, 'select count() as rows from stock_out_risks final')).toEqual([
    { rows: STORES * SKUS },
  ])
})
