import { rowsOf } from '@shelfcast/warehouse/queries/rows'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { contextOf, testBackends } from '../../../test/jobs/context.ts'
import { dayAfter } from '../../../test/jobs/detections.ts'
import { memoryLake } from '../../../test/jobs/sources.ts'
import { manifestOf, startStore, type TestStore, WON } from '../../../test/operational/store.ts'
import { insert, startWarehouse, type TestWarehouse } from '../../../test/warehouse/warehouse.ts'
import type { Backends } from '../backends.ts'
import { detectDrift } from './detect-drift.ts'

const DAYS = 70
const LAST = dayAfter(DAYS - 1)
// As many as make the last week, which is measured again at each look, enough to tell from.
const SKUS = Array.from({ length: 80 }, (_, index) => `P${index}`)
const INPUTS = ['mean_7', 'mean_28', 'price', 'weekday', 'store_level']

let testWarehouse: TestWarehouse
let store: TestStore
let backends: Backends

beforeAll(async () => {
  ;[testWarehouse, store] = await Promise.all([startWarehouse(), startStore()])
  backends = testBackends(testWarehouse, store, memoryLake())
  await insert(
    testWarehouse.client,
    'series_daily',
    SKUS.flatMap((sku) =>
      Array.from({ length: DAYS }, (_, number) => ({
        store_id: 'S1',
        sku,
        day: dayAfter(number),
        units: number % 2 ? 4 : 6,
        price: 100,
        promotion_off: 0,
        promotion_kind: '',
        stock_out: 0,
        source: 'live',
      })),
    ),
  )
}, 120_000)
afterAll(() => Promise.all([testWarehouse?.stop(), store?.stop()]))

/** Serves forecasts of the last four weeks. @param mean of each day, of which five were sold */
async function serve(version: string, mean: number) {
  const manifest = manifestOf({
    version,
    metrics: { wape: 0.2 },
    inputs: [],
    demand: {
      trees: 't.json',
      best_iteration: 1,
      calibration: [],
      baseline: 'ses',
      reconciliation: { level: 1, category: 0, store: 0 },
      drift: INPUTS.map((input) => ({ input, edges: [0.5], shares: [0.5, 0.5, 0] })),
    },
  })
  await backends.registry.register({
    manifest,
    prefix: `models/demand/${version}/`,
    gate: WON,
    actor: 'test',
  })
  await backends.registry.promote('demand', version, { actor: 'test' })
  await insert(
    testWarehouse.client,
    'fact_forecast',
    SKUS.flatMap((sku) =>
      Array.from({ length: 28 }, (_, number) => ({
        store_id: 'S1',
        sku,
        origin: dayAfter(DAYS - 29),
        horizon: number + 1,
        target_date: dayAfter(DAYS - 28 + number),
        model_version: version,
        role: 'champion',
        served: true,
        // Four or six are sold: in nine days of ten it is in the range of one that knows.
        unit: 'each',
        p10: mean - 1,
        p50: mean,
        p90: number % 5 ? mean + 1 : mean,
        mean,
        baseline: 5,
        baseline_name: 'ses',
        feature_hash: 'x',
        features: [],
        reasons: [],
        base: 1,
      })),
    ),
  )
}

/** @param share of rows in the upper of the two bins that training saw in halves */
async function build(share: number) {
  await testWarehouse.client.command({ query: 'drop table if exists features_0123456789ab' })
  await testWarehouse.client.command({
    query: `
      create table features_0123456789ab engine = Memory as
      select toDate('${LAST}') as origin, ${INPUTS.map((input) => `toFloat32(number < ${100 * share}) as ${input}`).join(', ')}
      from numbers(100)`,
  })
  await insert(testWarehouse.client, 'feature_builds', [
    { feature_hash: '0123456789ab', origin: LAST, rows: 100, object: '' },
  ])
}

const look = () => detectDrift().run(contextOf('detect-drift', backends, { now: Date.now }))
const open = async () =>
  (await backends.alerts.open()).map(({ kind, object }) => `${kind} of ${object}`).sort()

test('without a champion it says so', async () => {
  expect(await look()).toMatchObject({ figures: { measures: 0 }, shortfalls: [expect.any(String)] })
})

test('what came as told raises nothing, and is recorded', async () => {
  await serve('v1', 5)
  await build(0.5)
  expect(await look()).toMatchObject({ figures: { breaches: 0 }, shortfalls: [] })
  expect(await open()).toEqual([])
  const actual = await rowsOf<{ measure: string; value: number; at: number }>(
    testWarehouse.client,
    `select measure, value, toUnixTimestamp(measured_at) as at from forecast_drift where object in ('all', 'price') order by measure`,
  )
  expect(actual.map(({ measure }) => measure)).toEqual([
    'against baseline',
    'bias',
    'coverage_80',
    'psi',
    'wape',
  ])
  expect(actual.find(({ measure }) => measure === 'wape')!.value).toBeCloseTo(0.2, 6)
  expect(Math.abs(actual[0]!.at - Date.now() / 1_000)).toBeLessThan(60)
  expect(await backends.runs.list({ jobs: ['train'] })).toEqual([])
})

test('errors and inputs that left their limits are told once, and one retraining is asked for', async () => {
  await serve('v2', 9)
  await build(0.02)
  for (const _ of [1, 2]) await look()
  expect(await open()).toEqual([
    'error-drift: against baseline of all',
    'error-drift: bias of all',
    'error-drift: coverage_80 of all',
    'error-drift: wape of all',
    'error-drift: wape of category all',
    'error-drift: wape of store S1',
    'feature-drift of demand',
  ])
  const [alert] = (await backends.alerts.open()).filter(({ kind }) => kind === 'feature-drift')
  // The weekday moves with the calendar, and a store's level is a value for each store: neither is held against it.
  expect(alert!.detail).toMatchObject({ model_version: 'v2', inputs: ['mean_7', 'mean_28', 'price'] })
  const runs = await backends.runs.list({ jobs: ['train'], model: 'demand' })
  expect(runs).toMatchObject([{ state: 'queued', requested_by: 'job detect-drift' }])
  expect(runs[0]!.reason).toContain('feature drift')
})

test('when the champion before serves again and inputs are back, the alerts are cleared', async () => {
  await backends.registry.rollBack('demand', { actor: 'test' })
  await build(0.5)
  await look()
  expect(await open()).toEqual([])
  expect(await backends.runs.list({ jobs: ['train'], model: 'demand' })).toHaveLength(1)
})
