/** What Python works out beside Node, of the same inputs. */
import { spawnSync } from 'node:child_process'
import { OTHER_MODELS, type SumBand } from '@shelfcast/contracts/manifest'
import { HORIZONS } from '@shelfcast/contracts/training'
import type { FeatureRows } from '@shelfcast/inference/features/rows'
import { baselineForecasts } from '@shelfcast/inference/model/baseline'
import { worstOf } from '@shelfcast/inference/model/parity'
import { trainingOrigins } from '@shelfcast/jobs/models/build-features'
import { demandOverDays } from '@shelfcast/planning/demand/sums'
import { featureHash } from '@shelfcast/warehouse/features'
import { modelFeatureHash } from '@shelfcast/warehouse/model-features'
import { beforeAll, describe, expect, test } from 'vitest'

const python = process.env.SHELFCAST_TEST_MODELS

const LAST_DAY = '2026-03-01'
/** As a baseline's column may be: below 0, without a value, and usual. */
const UNITS = Array.from({ length: HORIZONS }, (_, index) => [-1, 0, 0.25, 3, null][index % 5]!)
/** Of a head: what Node says, and what the library says. */
const PARITY: Record<string, [actual: number[], expected: number[]]> = {
  'relative to a figure': [
    [1, 2.002, 3],
    [1, 2, 3],
  ],
  'next to nothing': [
    [100, 0.0001, 50],
    [100, 0, 50],
  ],
  'where all is nothing': [
    [0, 1e-9],
    [0, 0],
  ],
}

const STATED = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99]
const ACTUAL = [0.02, 0.06, 0.14, 0.27, 0.47, 0.71, 0.86, 0.93, 0.96, 0.97]
const BAND = {
  from_mean: 0,
  days: 7,
  factor: 1.1,
  dispersion: 0.2,
  scale: 1,
  levels: STATED.map((stated, place) => ({ stated, actual: ACTUAL[place]! })),
}
/** Bands as a manifest has them, and of each mean some totals. */
const SUMS: { band: SumBand; totals: [mean: number, totals: number[]][]; probabilities: number[] }[] = [
  { ...BAND, goods: 'pieces' as const },
  { ...BAND, goods: 'pieces' as const, dispersion: 0 },
  { ...BAND, goods: 'weighed' as const, scale: 2 },
].map((band) => ({
  band,
  totals: [
    [0.7, [0, 1, 4]],
    [10, [2, 11, 30]],
    [500, [300, 550, 900]],
    [1e6, [6e5, 1.1e6, 3e6]],
  ],
  probabilities: [0.1, 0.5, 0.9, 0.98],
}))

interface Answers {
  sums: number[][][]
  hashes: string[]
  origins: string[]
  baseline: number[]
  parity: [difference: number, row: number][]
}

describe.skipIf(!python)('Python says as Node says', () => {
  let answers: Answers
  beforeAll(() => {
    const questions = { last_day: LAST_DAY, units: UNITS, parity: Object.values(PARITY), sums: SUMS }
    const { stdout, stderr } = spawnSync(python!, ['-B', '-m', 'shelfcast_models.tests.answers'], {
      cwd: import.meta.dirname,
      input: JSON.stringify(questions),
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    answers = JSON.parse(stdout) as Answers
  })

  test('which definitions the features are of', () => {
    expect(answers.hashes).toEqual([featureHash(), ...OTHER_MODELS.map(modelFeatureHash)])
  })

  test('which origins a training takes', () => {
    expect(answers.origins).toEqual(trainingOrigins(LAST_DAY))
  })

  test('what a baseline forecasts', () => {
    const features = {
      unitScale: new Float32Array(HORIZONS).fill(1),
      baselines: { ses: Float32Array.from(UNITS, (units) => units ?? Number.NaN) },
    } as unknown as FeatureRows
    const { mean } = baselineForecasts(features, 'ses', { from: 0, to: HORIZONS })
    expect(answers.baseline).toEqual([...mean])
  })

  test.each(Object.entries(PARITY).map(([title, pair], index) => ({ title, pair, index })))(
    'how far one is from the other, $title',
    ({ pair: [actual, expected], index }) => {
      const [difference, row] = answers.parity[index]!
      const worst = worstOf(Float32Array.from(actual), Float32Array.from(expected))
      expect(worst.row).toBe(row)
      expect(worst.difference).toBeCloseTo(difference, 12)
    },
  )

  test.each(
    SUMS.map((question, index) => ({
      ...question,
      index,
      title: `${question.band.goods} ${question.band.dispersion}`,
    })),
  )('how sums of days are distributed, $title', ({ band, totals, probabilities, index }) => {
    const parts = band.goods === 'weighed' ? 1000 : 1
    for (const [number, [mean, units]] of totals.entries()) {
      const means = new Array<number>(7).fill((mean * parts) / 7)
      const unit = band.goods === 'weighed' ? 'g' : 'each'
      const demand = demandOverDays({ means, unit, bands: [band], days: 7 })
      const expected = answers.sums[index]![number]!
      // Python's are exact, a curve is not.
      for (const [place, total] of units.entries())
        expect(Math.abs(demand.cdf(total * parts) - expected[place]!)).toBeLessThan(0.003)
      for (const [place, probability] of probabilities.entries()) {
        const quantile = expected[units.length + place]!
        const slack = Math.max(0.01 * quantile, band.goods === 'weighed' ? 0.02 : quantile < 20 ? 0 : 1)
        expect(Math.abs(demand.quantile(probability) / parts - quantile)).toBeLessThanOrEqual(slack)
      }
    }
  })
})
