import { checkParity } from '@shelfcast/inference/model/parity'
import { expect, test } from 'vitest'
import { championOf } from '../../../test/jobs/detections.ts'
import { loadChampion, parameterOf, scoreRows } from './champions.ts'

test.each(['anomaly', 'slow-mover', 'lead-time'] as const)(
  'Node says of the model %s what the training library says',
  async (model) => {
    const bundle = await loadChampion(model, await championOf(model))
    try {
      for (const { rows, max_relative_difference } of await checkParity(bundle)) {
        expect(rows).toBeGreaterThan(100)
        expect(max_relative_difference).toBeLessThan(1e-5)
      }
    } finally {
      await bundle.release()
    }
  },
)

test('a model of other features is refused', async () => {
  const champion = await championOf('anomaly', { feature_hash: '0123456789ab' })
  await expect(loadChampion('anomaly', champion)).rejects.toThrow(
    /was trained on the features 0123456789ab, and those here are [0-9a-f]{12}. Train it again/,
  )
})

test('what the linear model says is its coefficients', async () => {
  const bundle = await loadChampion('lead-time', await championOf('lead-time'))
  const row = { demand_28: 20, demand_7: 21, demand_weekdays: 22, lead_deviation: 5, demand_deviation: 8 }
  const [actual] = await scoreRows(bundle, 'mean', [row])
  const expected = Object.entries(row).reduce(
    (sum, [name, value]) => sum + value * parameterOf(bundle, `coefficient_${name}`),
    parameterOf(bundle, 'intercept'),
  )
  expect(actual).toBeCloseTo(expected, 3)
  expect(() => parameterOf(bundle, 'threshold')).toThrow('has no parameter threshold. Train it again.')
  await bundle.release()
})
