import { REASONS } from '@shelfcast/contracts/training'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundleSource, libraryAnswers, manifest, scoringRows } from '../../../test/inference/fixture.ts'
import { TOTALS } from '../explain/reasons.ts'
import { poissonQuantile } from './baseline.ts'
import { type Bundle, loadBundle } from './bundle.ts'
import { reconcile, reconciliationFactors, scoreRows } from './forecast.ts'

let bundle: Bundle
beforeAll(async () => {
  bundle = await loadBundle(bundleSource, manifest())
})
afterAll(() => bundle.release())

test('without totals the mean is the model mean, and nothing is told of totals', async () => {
  const { mean } = libraryAnswers()
  const forecasts = await scoreRows(bundle, scoringRows(), { reasons: true })
  for (const [row, expected] of mean.entries()) {
    expect(Math.abs(forecasts.mean[row]! / expected - 1)).toBeLessThan(1e-5)
    expect(Math.abs(forecasts.explained!.reasons[row * REASONS.length + TOTALS]!)).toBeLessThan(1e-4)
  }
})

test('base and reasons add up to the forecast, after reconciliation and in the unit of the series', async () => {
  const rows = scoringRows()
  const forecasts = await scoreRows(
    bundle,
    {
      ...rows,
      totalCategory: rows.totalCategory.map(() => 30),
      totalStore: rows.totalStore.map(() => 80),
      unitScale: rows.unitScale.map((_, row) => (row % 2 ? 1_000 : 1)),
    },
    { reasons: true },
  )
  const { base, reasons } = forecasts.explained!
  for (let row = 0; row < rows.rows; row++) {
    const sum = reasons
      .subarray(row * REASONS.length, (row + 1) * REASONS.length)
      .reduce((total, value) => total + value, base[row]!)
    expect(Math.abs(sum - forecasts.mean[row]!) / Math.max(1, forecasts.mean[row]!)).toBeLessThan(1e-4)
    expect(forecasts.factors[row]).not.toBe(1)
    expect(forecasts.p10[row]).toBeLessThanOrEqual(forecasts.p50[row]!)
    expect(forecasts.p50[row]).toBeLessThanOrEqual(forecasts.p90[row]!)
    expect(forecasts.p10[row]).toBeGreaterThanOrEqual(0)
  }
})

test('p90 is calibrated by the band of its horizon', async () => {
  const plain = manifest()
  plain.demand!.calibration = []
  const uncalibrated = await loadBundle(bundleSource, plain)
  const before = await scoreRows(uncalibrated, scoringRows(), { reasons: false })
  const after = await scoreRows(bundle, scoringRows(), { reasons: false })
  await uncalibrated.release()
  for (const [row, horizon] of scoringRows().horizon.entries()) {
    // Sorting may have moved those that crossed.
    if (before.p90[row]! <= before.p50[row]!) continue
    const expected = horizon <= 7 ? before.p90[row]! * 1.05 + 0.1 : before.p90[row]! * 1.1 + 0.2
    // A row whose range had been widened to its mean says nothing of the calibration.
    if (before.p90[row]! > before.mean[row]!)
      expect(after.p90[row]).toBeCloseTo(Math.max(expected, after.mean[row]!), 3)
  }
})

test('factors of all rows serve a part of them', async () => {
  const rows = scoringRows({ totalStore: scoringRows().totalStore.map(() => 60) })
  const factors = await reconciliationFactors(bundle, rows)
  const all = await scoreRows(bundle, rows, { reasons: false })
  expect(factors).toEqual(all.factors)
  const width = manifest().inputs.length
  const part = await scoreRows(
    bundle,
    {
      ...rows,
      rows: 28,
      inputs: rows.inputs.subarray(28 * width, 56 * width),
      horizon: rows.horizon.subarray(28, 56),
      unitScale: rows.unitScale.subarray(28, 56),
    },
    { reasons: false, factors: factors.subarray(28, 56) },
  )
  expect(part.mean).toEqual(all.mean.slice(28, 56))
})

test('first categories, then stores go towards their totals; far ones are bounded and missing ones change nothing', () => {
  // given one day of a store with a category of two series and one of one
  const day = {
    rows: 3,
    horizon: Uint8Array.of(1, 1, 1),
    store: [0, 0, 0],
    category: [0, 0, 1],
    totalCategory: Float32Array.of(20, 20, Number.NaN),
    totalStore: Float32Array.of(40, 40, 40),
  }
  const mean = Float32Array.of(4, 6, 10)
  // category 0: 0.5 * 20 + 0.5 * 10 = 15, so 1.5; the store: 0.2 * 40 + 0.8 * 25 = 28 of 25
  const factors = reconcile(mean, day, { level: 1, category: 0.5, store: 0.2 })
  expect([...factors]).toEqual([1.5 * 1.12, 1.5 * 1.12, 1.12].map((factor) => expect.closeTo(factor, 5)))

  const bounded = reconcile(
    mean,
    { ...day, totalStore: Float32Array.of(9_999, 9_999, 9_999) },
    { level: 1, category: 0, store: 1 },
  )
  expect([...bounded]).toEqual([2, 2, 2])
  expect([...reconcile(new Float32Array(3), day, { level: 1, category: 1, store: 0 })]).toEqual([1, 1, 1])
})

test('a Poisson count has its quantiles, and its exact ones meet the approximate', () => {
  expect([0.1, 0.5, 0.9].map((share) => poissonQuantile(3, share))).toEqual([1, 3, 5])
  expect(poissonQuantile(0, 0.9)).toBe(0)
  expect(Math.abs(poissonQuantile(199.9, 0.9) - poissonQuantile(200.1, 0.9))).toBeLessThanOrEqual(1)
})
