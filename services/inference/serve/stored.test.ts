import { REASONS } from '@shelfcast/contracts/training'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { newestBuild } from '@shelfcast/warehouse/queries/builds'
import { readerOf } from '@shelfcast/warehouse/queries/rows'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { bundleSource, featureRows, INPUTS, manifest } from '../../../test/inference/fixture.ts'
import { createFeatures } from '../../../test/inference/warehouse.ts'
import { startWarehouse, type TestWarehouse } from '../../../test/warehouse/warehouse.ts'
import { readFeatures } from '../features/rows.ts'
import { type Bundle, loadBundle } from '../model/bundle.ts'
import { scoreOrigin } from './origin.ts'
import { insertForecasts } from './stored.ts'

let testWarehouse: TestWarehouse
let warehouse: Warehouse
let bundle: Bundle
const rows = (query: string) =>
  warehouse.query({ query, format: 'JSONEachRow' }).then((answer) => answer.json<Record<string, unknown>>())
const run = (query: string) => warehouse.command({ query })

beforeAll(async () => {
  testWarehouse = await startWarehouse()
  warehouse = testWarehouse.client
  bundle = await loadBundle(bundleSource, manifest())
  await createFeatures(warehouse)
})
afterAll(async () => {
  await bundle?.release()
  await testWarehouse?.stop()
})
beforeEach(() => run('truncate table fact_forecast'))

test('the warehouse names the reasons in the order in which they are stored', async () => {
  const row = await rows('select reason from forecast_reasons order by position')
  expect(row.map(({ reason }) => reason)).toEqual([...REASONS])
})

test('features of the newest origin come as columns, ordered, with what is missing as NaN', async () => {
  const build = await newestBuild(readerOf(warehouse))
  expect(build).toEqual({
    origin: '2026-03-01',
    feature_hash: '0123456789ab',
    rows: 224,
    built_at: '2026-03-02 01:00:00.123',
  })
  expect(await readFeatures(warehouse, build!)).toEqual(featureRows({ build: build! }))
})

test('an origin can be asked for, and one without rows is an error that names the fix', async () => {
  const older = await newestBuild(readerOf(warehouse), { origin: '2026-02-28' })
  expect((await readFeatures(warehouse, older!)).rows).toBe(1)
  expect(await newestBuild(readerOf(warehouse), { origin: '2020-01-01' })).toBeUndefined()
  await expect(readFeatures(warehouse, { ...older!, origin: '2020-01-01' })).rejects.toThrow(
    /no rows of origin 2020-01-01.*npm run jobs -- build-features/,
  )
  await expect(
    scoreOrigin({ warehouse, bundles: { champion: bundle }, origin: '2020-01-01' }),
  ).rejects.toThrow(/no features of origin 2020-01-01/)
})

test('forecasts of an origin are stored once, however often, and reasons add up to them', async () => {
  const progress: [number, number][] = []
  const scored = await scoreOrigin({
    warehouse,
    bundles: { champion: bundle },
    onProgress: (done, of) => progress.push([done, of]),
  })
  for (const _ of [1, 2]) for (const one of scored) expect(await insertForecasts(warehouse, one, 1)).toBe(224)
  expect(progress.at(-1)).toEqual([224, 224])
  const [row] = await rows(`select
  toUInt32(count()) as count, uniqExact(store_id, sku)::UInt32 as series, countIf(served)::UInt32 as served,
  toString(min(target_date)) as first, toString(max(target_date)) as last,
  any(model_version) as version, any(role) as role, any(baseline_name) as baseline_name,
  max(abs(arraySum(reasons) + base - mean) / greatest(mean, 1)) < 1e-4 as adds_up,
  min(p10 <= p50 and p50 <= p90) as ordered, min(length(features))::UInt8 as input_count, min(length(reasons))::UInt8 as reason_count,
  groupUniqArray((unit, baseline)) as baselines
from fact_forecast`)
  expect(row).toEqual({
    count: 224,
    series: 8,
    served: 224,
    first: '2026-03-02',
    last: '2026-03-29',
    version: 'fixture-1',
    role: 'champion',
    baseline_name: 'ses',
    adds_up: 1,
    ordered: 1,
    input_count: INPUTS.length,
    reason_count: REASONS.length,
    baselines: expect.arrayContaining([
      ['each', 4],
      ['g', 4_000],
    ]),
  })
})

test('in A/B both versions are stored for all series, and each row is served by one of them', async () => {
  const challenger = { ...bundle, manifest: manifest({ version: 'fixture-2' }) }
  const scored = await scoreOrigin({
    warehouse,
    bundles: { champion: bundle, experiment: { challenger, mode: 'ab', share: 0.5 } },
  })
  for (const one of scored) await insertForecasts(warehouse, one, 1)
  expect(
    await rows(`select role, toUInt32(count()) as count, countIf(served) between 1 and 223 as in_part
from fact_forecast group by role order by role`),
  ).toEqual([
    { role: 'ab', count: 224, in_part: 1 },
    { role: 'champion', count: 224, in_part: 1 },
  ])
  expect(
    await rows(`select max(times)::UInt8 as most, min(times)::UInt8 as least
from (select countIf(served) as times from fact_forecast group by store_id, sku, horizon)`),
  ).toEqual([{ most: 1, least: 1 }])
})

test('a challenger in shadow is stored and not served; without a champion the baseline is', async () => {
  const challenger = { ...bundle, manifest: manifest({ version: 'fixture-3' }) }
  const scored = await scoreOrigin({
    warehouse,
    bundles: { champion: undefined, baseline: 'tsb', experiment: { challenger, mode: 'shadow', share: 1 } },
  })
  for (const one of scored) await insertForecasts(warehouse, one, 1)
  expect(
    await rows(`select role, model_version, countIf(served)::UInt32 as served, max(length(features))::UInt8 as inputs,
  min(base = mean) as all_base
from fact_forecast group by all order by role`),
  ).toEqual([
    { role: 'champion', model_version: 'baseline:tsb', served: 224, inputs: 0, all_base: 1 },
    { role: 'shadow', model_version: 'fixture-3', served: 0, inputs: INPUTS.length, all_base: 0 },
  ])
})
