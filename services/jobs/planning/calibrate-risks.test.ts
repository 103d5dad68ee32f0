import { addDays } from '@shelfcast/contracts/dates'
import { calibrate } from '@shelfcast/planning/risk/calibration'
import { readRiskCalibration } from '@shelfcast/warehouse/queries/risk-calibration'
import { readerOf } from '@shelfcast/warehouse/queries/rows'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { contextOf } from '../../../test/jobs/context.ts'
import { insert, startWarehouse, type TestWarehouse } from '../../../test/warehouse/warehouse.ts'
import { calibrateRisks } from './calibrate-risks.ts'

let warehouse: TestWarehouse
beforeAll(async () => {
  warehouse = await startWarehouse()
}, 60_000)
afterAll(() => warehouse?.stop())

const run = () => calibrateRisks().run(contextOf('calibrate-risks', { warehouse: warehouse.client }))
const LAST = '2026-03-15'

test('without days, and without risks of them, it says that risks are told as they are', async () => {
  expect((await run()).shortfalls[0]).toMatch(/series are empty/)
  const day = { store_id: 'S1', sku: 'P0', day: LAST, units: 1, stock_out: 0, source: 'live' }
  await insert(warehouse.client, 'series_daily', [day])
  expect((await run()).shortfalls[0]).toMatch(/told as they are calculated/)
  expect(await readRiskCalibration(readerOf(warehouse.client))).toEqual([])
})

test('a risk that came half as often as the formula says is told as half, on that day ahead only', async () => {
  // given 2,000 series of which the formula said 0.2 for days 1 and 2, and a tenth and a fifth were empty
  const skus = Array.from({ length: 2_000 }, (_, at) => `P${at}`)
  const origin = addDays(LAST, -2)
  await insert(
    warehouse.client,
    'stock_out_risks',
    skus.map((sku) => ({
      origin,
      store_id: 'S1',
      sku,
      risks: new Array(14).fill(0.1),
      formula_empty: new Array(14).fill(0.2),
      model_version: 'v1',
    })),
  )
  await insert(
    warehouse.client,
    'series_daily',
    skus.flatMap((sku, at) => [
      {
        store_id: 'S1',
        sku,
        day: addDays(origin, 1),
        units: 1,
        stock_out: Number(at % 10 === 0),
        source: 'live',
      },
      { store_id: 'S1', sku, day: LAST, units: 1, stock_out: Number(at % 5 === 0), source: 'live' },
    ]),
  )
  // when it is learned
  expect((await run()).figures).toEqual({ cases: 4_000, events: 600 })
  // then
  const maps = await readRiskCalibration(readerOf(warehouse.client))
  expect(maps).toHaveLength(14)
  expect(calibrate(maps[0]!, 0.2)).toBeCloseTo(0.1, 2)
  expect(calibrate(maps[1]!, 0.2)).toBeCloseTo(0.2, 2)
  expect(calibrate(maps[13]!, 0.2)).toBeCloseTo(0.2, 6)
})
