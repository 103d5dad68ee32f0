import { afterAll, beforeAll, expect, test } from 'vitest'
import { insert, startWarehouse, type TestWarehouse } from '../../../test/warehouse/warehouse.ts'
import type { Warehouse } from '../client.ts'
import { measureAccuracy, readAccuracy } from './accuracy.ts'
import { readerOf, rowsOf } from './rows.ts'
import { populationStability, stabilityIndex } from './stability.ts'

let server: TestWarehouse
let warehouse: Warehouse

beforeAll(async () => {
  server = await startWarehouse()
  warehouse = server.client
}, 60_000)
afterAll(() => server?.stop())

const day = (number: number) =>
  new Date(Date.UTC(2026, 0, 1) + number * 86_400_000).toISOString().slice(0, 10)
const TARGET = day(60)

test('a forecast is held against what came, in pieces and kilograms, but for an empty shelf', async () => {
  // given series that sell 4 and 6 in turn, and one of grams
  const series = ['P1', 'P2', 'G1']
  await insert(
    warehouse,
    'series_daily',
    series.flatMap((sku) =>
      Array.from({ length: 61 }, (_, number) => ({
        store_id: 'S1',
        sku,
        day: day(number),
        price: 100,
        promotion_off: 0,
        promotion_kind: '',
        units: number % 2 ? 4 : 6,
        stock_out: sku === 'P2' && number === 60 ? 1 : 0,
        source: 'live',
      })),
    ),
  )
  await insert(
    warehouse,
    'dim_product',
    series.map((sku) => ({
      sku,
      name: sku,
      department: 'd',
      category: 'Bread',
      brand: 'b',
      unit: sku === 'G1' ? 'g' : 'each',
      kind: 'merchandise',
      source: 'x',
      updated_at: '2026-01-01 00:00:00',
    })),
  )
  const forecast = (sku: string, scale: number, mean: number, made_at: string) => ({
    store_id: 'S1',
    sku,
    origin: day(59),
    horizon: 1,
    target_date: TARGET,
    model_version: 'v1',
    role: 'champion',
    served: true,
    unit: scale === 1 ? 'each' : 'g',
    p10: 3 * scale,
    p50: 5 * scale,
    p90: 5.5 * scale,
    mean: mean * scale,
    baseline: 5 * scale,
    baseline_name: 'ses',
    feature_hash: 'x',
    features: [],
    reasons: [],
    base: 1,
    made_at,
  })
  await insert(warehouse, 'fact_forecast', [
    // Made again later: the last counts.
    forecast('P1', 1, 99, '2026-03-01 00:00:00'),
    forecast('P1', 1, 5, '2026-03-01 01:00:00'),
    forecast('P2', 1, 5, '2026-03-01 00:00:00'),
    forecast('G1', 1_000, 7, '2026-03-01 00:00:00'),
  ])
  // when they are measured twice
  await measureAccuracy(warehouse, TARGET, TARGET)
  await measureAccuracy(warehouse, TARGET, TARGET)
  // then 6 came of both that had stock, where 5 and 7 were told
  const accuracy = (by: string) =>
    readAccuracy(
      readerOf(warehouse),
      { by, where: 'model_version = {version:String} and target_date = {day:Date}' },
      { version: 'v1', day: TARGET },
    )
  const [all] = await accuracy("'all'")
  expect(all).toMatchObject({ of: 'all', forecasts: 2, bias: 0, coverage_80: 0, below_p90: 0 })
  expect(all!.wape).toBeCloseTo(2 / 12, 6)
  expect(all!.baseline_wape).toBeCloseTo(2 / 12, 6)
  // A day differs from the one before by 2, and from the same weekday a week before by 2 as well.
  expect(all!.rmsse).toBeCloseTo(0.5, 1)
  const [scaled] = await rowsOf<{ mase: number }>(
    warehouse,
    'select sum(absolute_scaled_error) / sum(forecast_accuracy.series) as mase from forecast_accuracy final',
  )
  expect(scaled!.mase).toBeCloseTo(0.5, 1)
  expect(await accuracy('category')).toMatchObject([{ of: 'Bread', forecasts: 2 }])
  expect(await accuracy('model_version')).toMatchObject([{ of: 'v1', wape: all!.wape }])
})

test('the population stability index is nought for the same shares, and large for others', async () => {
  expect(stabilityIndex([0.5, 0.5, 0], [0.5, 0.5, 0])).toBe(0)
  // (0.9 - 0.5) ln(0.9 / 0.5) + (0.1 - 0.5) ln(0.1 / 0.5)
  expect(stabilityIndex([0.5, 0.5], [0.9, 0.1])).toBeCloseTo(0.4 * Math.log(1.8) - 0.4 * Math.log(0.2), 9)
  await warehouse.command({
    query: `create table features_test engine = Memory as
      select toDate('2026-01-01') as origin, toFloat32(number % 4) as steady, toFloat32(if(number < 90, 0, nan)) as gone
      from numbers(100)`,
  })
  const drift = [
    { input: 'steady', edges: [0, 1, 2], shares: [0.25, 0.25, 0.25, 0.25, 0] },
    { input: 'gone', edges: [0], shares: [0.5, 0.5, 0] },
  ]
  const indices = await populationStability(readerOf(warehouse), drift, 'features_test', '2026-01-01')
  expect(indices[0]).toEqual({ input: 'steady', psi: 0 })
  expect(indices[1]!.psi).toBeGreaterThan(1)
})
