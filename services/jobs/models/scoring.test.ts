/** Forecasts slice by slice, in threads: what all stores at once would have. */
import { loadBundle } from '@shelfcast/inference/model/bundle'
import type { ScoringBundles } from '@shelfcast/inference/serve/origin'
import { rowsOf } from '@shelfcast/warehouse/queries/rows'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundleSource, INPUTS, manifest } from '../../../test/inference/fixture.ts'
import { createFeatures } from '../../../test/inference/warehouse.ts'
import { startWarehouse, type TestWarehouse } from '../../../test/warehouse/warehouse.ts'
import { scoreStores } from './scoring.ts'

const ORIGIN = '2026-03-01'
const ROWS = 224
let testWarehouse: TestWarehouse

beforeAll(async () => {
  testWarehouse = await startWarehouse()
  await createFeatures(testWarehouse.client)
}, 120_000)
afterAll(() => testWarehouse?.stop())

/** @param sliceRows 1: each store is a slice */
const score = (turn: number, bundles: ScoringBundles, sliceRows?: number) =>
  scoreStores({
    backends: { warehouse: testWarehouse.client, server: testWarehouse.access },
    origin: ORIGIN,
    turn,
    bundles,
    signal: new AbortController().signal,
    ...(sliceRows !== undefined && { sliceRows }),
  })
const latest = () =>
  rowsOf<object>(
    testWarehouse.client,
    `select store_id, sku, horizon, model_version, p10, p50, p90, mean, baseline, base, reasons
    from forecast_latest order by store_id, sku, horizon`,
  )

test('slices in threads say what all stores at once do', async () => {
  const champion = await loadBundle(bundleSource, manifest())
  try {
    const whole = await score(1, { champion })
    expect(whole).toMatchObject({ rows: ROWS, version: 'fixture-1', troubles: [] })
    const forecasts = await latest()
    await testWarehouse.client.command({ query: 'truncate table fact_forecast' })
    expect(await score(2, { champion }, 1)).toMatchObject({ rows: ROWS, version: 'fixture-1', troubles: [] })
    expect(await latest()).toEqual(forecasts)
  } finally {
    await champion.release()
  }
}, 60_000)

test('a version that fails at a slice serves none: the baseline does, for all stores', async () => {
  const inputs = manifest().inputs.map((input) =>
    input.name === INPUTS[0] ? { ...input, name: 'nowhere' } : input,
  )
  const champion = await loadBundle(bundleSource, manifest({ inputs }))
  try {
    const scoring = await score(3, { champion, baseline: 'tsb' }, 1)
    expect(scoring).toMatchObject({ rows: ROWS, version: 'baseline:tsb' })
    expect(scoring.troubles).toEqual([{ role: 'champion', message: expect.stringContaining('nowhere') }])
    const versions = new Set((await latest()).map((row) => (row as { model_version: string }).model_version))
    expect([...versions]).toEqual(['baseline:tsb'])
  } finally {
    await champion.release()
  }
}, 60_000)
