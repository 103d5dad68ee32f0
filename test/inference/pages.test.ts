/** What is answered online is what the pages show, whoever serves: one series and origin, by inference and by the API. */
import type { ForecastSeries } from '@shelfcast/contracts/forecasts'
import type { SeriesForecast } from '@shelfcast/contracts/inference'
import { REASONS } from '@shelfcast/contracts/training'
import { loadBundle } from '@shelfcast/inference/model/bundle'
import { createFollower, warehouseFeatures } from '@shelfcast/inference/model/follower'
import { answerable, forecastSeries } from '@shelfcast/inference/serve/answers'
import { scoreOrigin } from '@shelfcast/inference/serve/origin'
import { insertForecasts } from '@shelfcast/inference/serve/stored'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { absentOperational, buildTestServer } from '../api/fixture.ts'
import { startWarehouse, type TestWarehouse } from '../warehouse/warehouse.ts'
import { bundleSource, fakeRegistry, manifest, quiet } from './fixture.ts'
import { createFeatures } from './warehouse.ts'

let warehouse: TestWarehouse
beforeAll(async () => {
  warehouse = await startWarehouse()
  await createFeatures(warehouse.client)
})
afterAll(() => warehouse?.stop())

/** Up to the digits of the page, which are those of a 32-bit number. */
function expectSame(actual: number, expected: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(expected)))
}

test.each([
  [1, 'baseline:moving_average', undefined],
  [2, 'fixture-1', 'fixture-1'],
])('turn %i, served by %s', async (turn, version, champion) => {
  const bundle = champion && (await loadBundle(bundleSource, manifest()))
  const scored = await scoreOrigin({
    warehouse: warehouse.client,
    bundles: { champion: bundle || undefined },
  })
  for (const part of scored) await insertForecasts(warehouse.client, part, turn)
  if (bundle) await bundle.release()

  const { models } = fakeRegistry(champion)
  const follower = createFollower({ models, features: warehouseFeatures(warehouse.client), log: quiet })
  await follower.refresh(true)
  const api = await buildTestServer({ warehouse: warehouse.client, operational: absentOperational() })
  try {
    for (const [store_id, sku] of [
      ['S1', 'A'],
      ['S2', 'B'],
    ] as const) {
      const online: SeriesForecast = await follower.use((serving) =>
        forecastSeries(answerable(serving, undefined), { store_id, sku }),
      )
      const answer = await api.inject({
        url: `/api/v1/forecasts/series?store_id=${store_id}&sku=${sku}`,
        headers: { host: '127.0.0.1' },
      })
      const page = answer.json<ForecastSeries>()
      expect(online.model_version).toBe(version)
      expect(page.served_by).toBe(online.served_by)
      expect(page.model_version).toBe(version.replace('baseline:', ''))
      expect(page.origin).toBe(online.origin)
      expect(page.served_because).toBe(online.served_because)
      expect(page.baseline_name).toBe(online.baseline_name)
      // The page speaks kilograms where inference speaks grams.
      const scale = online.unit === 'g' ? 1_000 : 1
      for (const [index, day] of online.days.entries()) {
        const onPage = page.forecast[index]!
        expect([onPage.horizon, onPage.day]).toEqual([day.horizon, day.target_date])
        for (const name of ['mean', 'p10', 'p50', 'p90', 'baseline'] as const)
          expectSame(onPage[name] * scale, day[name])
        expect(onPage.words).toEqual(day.words)
        if (day.base === null) expect([onPage.base, onPage.reasons]).toEqual([null, []])
        else {
          expectSame(onPage.base! * scale, day.base)
          const reasons = day.reasons as Record<string, number>
          for (const { reason, amount } of onPage.reasons) expectSame(amount * scale, reasons[reason]!)
          expect(onPage.reasons).toHaveLength(REASONS.length)
        }
      }
    }
  } finally {
    await api.close()
    await follower.stop()
  }
})
