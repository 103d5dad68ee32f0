/** What Python works out beside Node, of the same inputs. */
import { spawnSync } from 'node:child_process'
import { OTHER_MODELS } from '@shelfcast/contracts/manifest'
import { HORIZONS } from '@shelfcast/contracts/training'
import type { FeatureRows } from '@shelfcast/inference/features/rows'
import { baselineForecasts } from '@shelfcast/inference/model/baseline'
import { worstOf } from '@shelfcast/inference/model/parity'
import { trainingOrigins } from '@shelfcast/jobs/models/build-features'
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

interface Answers {
  hashes: string[]
  origins: string[]
  baseline: number[]
  parity: [difference: number, row: number][]
}

describe.skipIf(!python)('Python says as Node says', () => {
  let answers: Answers
  beforeAll(() => {
    const questions = { last_day: LAST_DAY, units: UNITS, parity: Object.values(PARITY) }
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
})
