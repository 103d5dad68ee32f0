import type { OverrideRequest } from '@shelfcast/contracts/overrides'
import { createOverrides } from '@shelfcast/operational/overrides'
import { rowsOf } from '@shelfcast/warehouse/queries/rows'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { contextOf } from '../../../test/jobs/context.ts'
import { startStore, type TestStore } from '../../../test/operational/store.ts'
import { insert, startWarehouse, type TestWarehouse } from '../../../test/warehouse/warehouse.ts'
import { measureOverrides } from './measure-overrides.ts'

let warehouse: TestWarehouse
let store: TestStore
beforeAll(async () => {
  ;[warehouse, store] = await Promise.all([startWarehouse(), startStore()])
  await insert(warehouse.client, 'dim_product', [product('P1', 'Dairy'), product('P2', 'Dairy')])
}, 120_000)
afterAll(async () => {
  await warehouse?.stop()
  await store?.stop()
})
beforeEach(async () => {
  for (const table of ['series_daily', 'series_spans', 'fact_forecast', 'override_outcomes'])
    await warehouse.client.command({ query: `truncate table ${table}` })
  await store.client.query('truncate overrides cascade')
})

const product = (sku: string, category: string) => ({
  sku,
  name: sku,
  category,
  source: 'test',
  updated_at: 0,
})
const sold = (sku: string, day: string, units: number, stock_out = 0) => ({
  store_id: 'S1',
  sku,
  day,
  units,
  stock_out,
  source: 'live',
})
const forecast = (sku: string, origin: string, target_date: string, mean: number, unit = 'each') => ({
  store_id: 'S1',
  sku,
  origin,
  horizon: (Date.parse(target_date) - Date.parse(origin)) / 86_400_000,
  target_date,
  model_version: 'v1',
  role: 'champion',
  served: true,
  unit,
  mean,
  baseline_name: 'x',
  feature_hash: 'h',
})
const request = (terms: Partial<OverrideRequest> = {}): OverrideRequest => ({
  store_id: 'S1',
  sku: 'P1',
  from: '2026-03-03',
  to: '2026-03-05',
  factor: 2,
  reason: 'fair',
  ...terms,
})
const set = async (terms: Partial<OverrideRequest>, origin = '2026-03-01') =>
  (await createOverrides(store.client).set(request(terms), { actor: 'ann', origin })).override
const run = () =>
  measureOverrides().run(
    contextOf('measure-overrides', { warehouse: warehouse.client, operational: store.client }),
  )
const outcomes = () =>
  rowsOf<Record<string, unknown>>(
    warehouse.client,
    `select override_id, sku, toString(day) as day, toString(origin) as origin, forecast, effective, actual
    from override_outcomes final order by override_id, sku, day`,
  )

test('days that are over are measured with and without the override, those with an empty shelf are not', async () => {
  await insert(warehouse.client, 'series_daily', [
    sold('P1', '2026-03-03', 18),
    sold('P1', '2026-03-04', 3, 1),
    sold('P1', '2026-03-05', 21),
  ])
  await insert(warehouse.client, 'fact_forecast', [
    // Before it was set, and later ones, which the planner did not see.
    ...['2026-02-28', '2026-03-01', '2026-03-02'].flatMap((origin, at) =>
      ['2026-03-03', '2026-03-04', '2026-03-05'].map((day) => forecast('P1', origin, day, 9 + at)),
    ),
  ])
  const { id } = await set({})
  expect(await run()).toEqual({ figures: { overrides: 1, series_days: 2 }, shortfalls: [] })
  const row = { override_id: id, sku: 'P1', origin: '2026-03-01', forecast: 10, effective: 20 }
  const expected = [
    { ...row, day: '2026-03-03', actual: 18 },
    { ...row, day: '2026-03-05', actual: 21 },
  ]
  expect(await outcomes()).toEqual(expected)
  // Again, it is told once.
  await run()
  expect(await outcomes()).toEqual(expected)
})

test('of two on a day the one that counted is measured; one that was withdrawn before is not', async () => {
  await insert(warehouse.client, 'series_daily', [
    sold('P1', '2026-03-03', 30),
    sold('P2', '2026-03-03', 5),
    sold('P1', '2026-03-04', 30),
    sold('P2', '2026-03-04', 5),
  ])
  await insert(
    warehouse.client,
    'fact_forecast',
    ['P1', 'P2'].flatMap((sku) =>
      ['2026-03-03', '2026-03-04'].map((day) => forecast(sku, '2026-03-01', day, 10)),
    ),
  )
  const category = (
    await createOverrides(store.client).set(
      { category: 'Dairy', from: '2026-03-03', to: '2026-03-04', factor: 0.5, reason: 'heat' },
      { actor: 'bob', origin: '2026-03-01' },
    )
  ).override
  const narrow = await set({ factor: 3, to: '2026-03-04' })
  await createOverrides(store.client).withdraw(
    narrow.id,
    { version: 1, reason: 'over' },
    { actor: 'ann', origin: '2026-03-03' },
  )
  await run()
  expect(
    (await outcomes()).map(({ override_id, sku, day, effective }) => [override_id, sku, day, effective]),
  ).toEqual([
    [category.id, 'P1', '2026-03-04', 5],
    [category.id, 'P2', '2026-03-03', 5],
    [category.id, 'P2', '2026-03-04', 5],
    [narrow.id, 'P1', '2026-03-03', 30],
  ])
})

test('goods by weight are measured in kilograms, and units take the place of the forecast', async () => {
  await insert(warehouse.client, 'series_daily', [sold('P1', '2026-03-03', 2.5)])
  await insert(warehouse.client, 'fact_forecast', [forecast('P1', '2026-03-01', '2026-03-03', 1_500, 'g')])
  const { override } = await createOverrides(store.client).set(
    { store_id: 'S1', sku: 'P1', from: '2026-03-03', to: '2026-03-03', units: 2, reason: 'fair' },
    { actor: 'ann', origin: '2026-03-01' },
  )
  await run()
  expect(await outcomes()).toMatchObject([
    { override_id: override.id, forecast: 1.5, effective: 2, actual: 2.5 },
  ])
})

test('without daily series it says so', async () => {
  expect((await run()).shortfalls).toEqual([
    'The daily series are empty, so nothing came yet. Run the job build-features.',
  ])
})
