/** Rows of a thread from a scan to an order: one series of one store, with all that stands between. */
import { addDays } from '@shelfcast/contracts/dates'
import { identityHash } from '@shelfcast/contracts/identity'
import { REASONS } from '@shelfcast/contracts/training'
import { featureTable } from '@shelfcast/contracts/warehouse'
import type { Operational } from '@shelfcast/operational/client'
import { createRegistry } from '@shelfcast/operational/registry'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { manifestOf } from '../operational/store.ts'
import { insert } from '../warehouse/warehouse.ts'
import { block, deadLetter, sale } from './fixture.ts'

export const STORE = 'NYC-01'
export const SKU = 'P1'
/** The last day that is known. */
export const THREAD_ORIGIN = '2026-03-02'
/** Two days before it, with baskets. */
export const SOLD_ON = '2026-02-28'
export const PLAN = '2026-03-03-17'

export interface ThreadOrders {
  /** Of the plan, changed by a person. */
  order: string
  byHand: string
}

const HASH = '0123456789ab'
const BLOCK = 'raw/sales-transactions/p=03/00000000000000000100.parquet'

/** A line of a basket of the store, sold at noon there. */
export function threadSale(overrides: Record<string, unknown> & { basket_id: string }) {
  const line_no = Number(overrides.line_no ?? 1)
  return sale({
    store_id: STORE,
    sku: SKU,
    partition: 3,
    event_time: Date.parse(`${SOLD_ON}T17:00:00.250Z`),
    business_date: SOLD_ON,
    id_hash: line_no === 1 ? String(identityHash(STORE, overrides.basket_id)) : 0,
    ...overrides,
  })
}

/** 3 + 2 pieces in two baskets, late in the evening at the store, when it is the next day in UTC, 4 more; one came back. */
export const THREAD_SALES = [
  threadSale({ basket_id: 'B1', offset: 101, line_no: 1, quantity: 3 }),
  threadSale({ basket_id: 'B1', offset: 101, line_no: 2, sku: 'P2', quantity: 1 }),
  threadSale({ basket_id: 'B2', offset: 102, quantity: 2 }),
  threadSale({ basket_id: 'B3', offset: 103, quantity: 4, event_time: Date.parse('2026-03-01T03:30:00Z') }),
  threadSale({ basket_id: 'B4', offset: 104, kind: 'return', quantity: -1 }),
  // The next day, of which the store says nothing here.
  threadSale({
    basket_id: 'B5',
    offset: 105,
    event_time: Date.parse('2026-03-01T17:00:00Z'),
    business_date: '2026-03-01',
  }),
  // Its message was refused line by line, and this line came in corrected.
  threadSale({
    basket_id: 'B6',
    offset: 106,
    sku: 'P3',
    id_hash: 77,
    replay_of: 'sales-transactions/3/99/2',
  }),
]

export async function fillThread(warehouse: Warehouse, operational: Operational): Promise<ThreadOrders> {
  await insert(warehouse, 'dim_store', [
    { store_id: STORE, name: 'New York', time_zone: 'America/New_York', currency: 'USD', updated_at: 1 },
  ])
  await insert(warehouse, 'fact_sales', THREAD_SALES)
  await insert(warehouse, 'lake_objects', [
    block({ key: BLOCK, partition: 3, begin_offset: 100, end_offset: 120, loaded_at: '2026-03-02 10:00:00' }),
  ])
  await insert(warehouse, 'dead_letters', [
    deadLetter({
      partition: 3,
      offset: 101,
      line_no: 3,
      store_id: STORE,
      message_id: 'B1',
      reason: 'duplicate_line',
      detail: 'line 2 again',
    }),
    deadLetter({ partition: 3, offset: 110, store_id: STORE, message_id: 'B9' }),
  ])
  await insert(
    warehouse,
    'series_daily',
    Array.from({ length: 40 }, (_, age) => {
      const day = addDays(THREAD_ORIGIN, -age)
      return {
        store_id: STORE,
        sku: SKU,
        day,
        units: day === SOLD_ON ? 9 : age === 0 ? 0 : 5,
        source: age < 4 ? 'live' : 'world-1',
        filled_at: '2026-03-03 05:00:00',
      }
    }).filter(({ day }) => day !== '2026-03-01'),
  )
  await insert(warehouse, 'sales_history', [
    {
      store_id: STORE,
      sku: SKU,
      business_date: '2026-02-20',
      units: 5,
      returned: 1,
      unit: 'each',
      revenue: 500,
      currency: 'USD',
      price: 100,
      dataset: 'world-1',
    },
  ])
  await insert(warehouse, 'dataset_objects', [
    {
      kind: 'histories',
      source: 'twin',
      series: 'world-1',
      name: 'datasets/histories/twin/world-1/sales/year=2026/east-000.parquet',
      etag: 'e1',
      written_at: 1,
      rows: 1,
    },
  ])
  await fillFeatures(warehouse)
  await fillForecasts(warehouse)
  await fillPlan(warehouse)
  const registry = createRegistry(operational)
  await registry.register({
    manifest: manifestOf({
      version: 'v1',
      feature_hash: HASH,
      inputs: [
        { name: 'lag_1', reason: 'recent sales' },
        { name: 'mean_7', reason: 'recent sales' },
      ],
    }),
    prefix: 'models/demand/v1/',
    actor: 'test',
  })
  return fillOrders(operational)
}

async function fillFeatures(warehouse: Warehouse): Promise<void> {
  const table = featureTable(HASH)
  await warehouse.command({
    query: `create table ${table}
      (
        store_id LowCardinality(String), sku LowCardinality(String), origin Date, horizon UInt8, target_date Date,
        lag_1 Float32, mean_7 Float32, mean_28 Float32, mean_90 Float32
      )
      engine = MergeTree partition by origin order by (store_id, sku, origin, horizon)`,
  })
  // The days up to the origin as series_daily has them: 0, then 9 and 5 each, without the one that is not told.
  const days: number[] = Array.from({ length: 40 }, (_, age) => (age === 0 ? 0 : age === 2 ? 9 : 5)).filter(
    (_, age) => age !== 1,
  )
  const meanOf = (most: number) => {
    const some = days.slice(0, most - 1)
    return some.reduce((sum, units) => sum + units, 0) / some.length
  }
  await insert(
    warehouse,
    table,
    [1, 2].map((horizon) => ({
      store_id: STORE,
      sku: SKU,
      origin: THREAD_ORIGIN,
      horizon,
      target_date: addDays(THREAD_ORIGIN, horizon),
      lag_1: 0,
      mean_7: meanOf(7),
      mean_28: meanOf(28),
      mean_90: meanOf(90),
    })),
  )
  await insert(warehouse, 'feature_builds', [
    {
      feature_hash: HASH,
      origin: THREAD_ORIGIN,
      rows: 2,
      object: 'forecast/features.parquet',
      built_at: '2026-03-03 05:01:00',
    },
  ])
}

async function fillForecasts(warehouse: Warehouse): Promise<void> {
  const [features] = await warehouse
    .query({ query: `select lag_1, mean_7 from ${featureTable(HASH)} limit 1`, format: 'JSONEachRow' })
    .then((answer) => answer.json<{ lag_1: number; mean_7: number }>())
  const row = (overrides: Record<string, unknown>) => ({
    store_id: STORE,
    sku: SKU,
    origin: THREAD_ORIGIN,
    horizon: 1,
    target_date: addDays(THREAD_ORIGIN, 1),
    model_version: 'v1',
    role: 'champion',
    served: true,
    unit: 'each',
    feature_hash: HASH,
    features: [features!.lag_1, features!.mean_7],
    p10: 2,
    p50: 6,
    p90: 11,
    mean: 6,
    baseline: 5,
    baseline_name: 'ses',
    base: 4,
    reasons: REASONS.map((reason) => (reason === 'recent sales' ? 2 : 0)),
    made_at: '2026-03-03 05:02:00',
    ...overrides,
  })
  await insert(warehouse, 'fact_forecast', [
    row({}),
    row({ horizon: 2, target_date: addDays(THREAD_ORIGIN, 2), mean: 7 }),
    row({ model_version: 'baseline:ses', served: false, role: 'shadow', features: [], reasons: [] }),
    row({ model_version: 'v1', origin: '2026-02-27', target_date: SOLD_ON }),
  ])
}

async function fillPlan(warehouse: Warehouse): Promise<void> {
  await insert(warehouse, 'order_plans', [
    {
      plan: PLAN,
      order_day: '2026-03-03',
      digest: 'd',
      origin: THREAD_ORIGIN,
      series: 1,
      lines: 1,
      orders: 1,
      amount: 1_200,
    },
  ])
  await insert(warehouse, 'planned_lines', [
    {
      plan: PLAN,
      store_id: STORE,
      sku: SKU,
      order_day: '2026-03-03',
      supplier_id: 'SUP-1',
      unit: 'each',
      quantity: 12,
      reason: 'pack_multiple',
      expected_on: '2026-03-04',
      cost: 100,
      origin: THREAD_ORIGIN,
      model_version: 'v1',
      'steps.step': ['order_up_to', 'pack_multiple'],
      'steps.before': [0, 11],
      'steps.after': [11, 12],
      'steps.facts': ['{"service":0.95}', '{"pack":6}'],
    },
    {
      plan: PLAN,
      store_id: STORE,
      sku: 'P2',
      order_day: '2026-03-03',
      unit: 'each',
      quantity: 0,
      reason: 'no_forecast',
      origin: THREAD_ORIGIN,
      model_version: '',
    },
  ])
}

/** An order that a person changed, and one that a person wrote. */
async function fillOrders(operational: Operational): Promise<ThreadOrders> {
  const rows = await operational.query<{ id: number; purchase_order_id: string }>(
    `insert into orders (store_id, supplier_id, order_on, number, state, version, expected_on, plan, currency)
    values ($1, 'SUP-1', '2026-03-03', 1, 'edited', 2, '2026-03-04', $2, 'USD'),
        ($1, 'SUP-1', '2026-03-03', 2, 'draft', 1, null, null, 'USD')
    returning id, purchase_order_id`,
    [STORE, PLAN],
  )
  await operational.query(
    `insert into order_lines (order_id, line_no, sku, quantity, proposed, unit, unit_cost)
    select id, 1, $1, 18, 12, 'each', 100 from orders where store_id = $2`,
    [SKU, STORE],
  )
  const [order, byHand] = rows.map(({ purchase_order_id }) => purchase_order_id)
  return { order: order!, byHand: byHand! }
}
