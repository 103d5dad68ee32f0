import type { ModelManifest } from '@shelfcast/contracts/manifest'
import { expect, test } from 'vitest'
import { manifestOf } from '../../test/operational/store.ts'
import { holdGate } from './gate.ts'

const GOOD = { wrmsse: 0.7, coverage_80: 0.82, upper_tail: 0.9, bias: -0.02 }

function challenger(
  metrics: Partial<typeof GOOD> = {},
  others: { name: string; metrics: Record<string, number> }[] = [{ name: 'ses', metrics: { wrmsse: 0.8 } }],
  change: Partial<ModelManifest> = {},
): ModelManifest {
  return {
    ...manifestOf(),
    metrics: { ...GOOD, ...metrics },
    backtest: {
      origins: ['2026-01-01'],
      rows: [{ name: 'model', metrics: { ...GOOD, ...metrics } }, ...others],
      by_horizon_week: [],
    },
    ...change,
  }
}

const failed = (manifest: ModelManifest, champion?: ModelManifest) =>
  holdGate(manifest, champion)
    .checks.filter(({ passed }) => !passed)
    .map(({ check }) => check)

test('a model that beats the baselines, and whose range holds, passes', () => {
  expect(holdGate(challenger()).passed).toBe(true)
})

test.each([
  [{ coverage_80: 0.74 }, '80% interval covers 75% to 90%'],
  [{ coverage_80: 0.91 }, '80% interval covers 75% to 90%'],
  [{ upper_tail: 0.84 }, '85% to 95% end below the upper quantile'],
  [{ upper_tail: 0.96 }, '85% to 95% end below the upper quantile'],
  [{ bias: -0.051 }, 'bias below 5%'],
  [{ bias: 0.051 }, 'bias below 5%'],
  [{ wrmsse: 0.81 }, 'beats exponential smoothing'],
])('%o fails', (metrics, check) => {
  expect(failed(challenger(metrics))).toEqual([check])
})

test('what was not measured fails', () => {
  const manifest = challenger()
  delete manifest.backtest!.rows[0]!.metrics.coverage_80
  expect(failed(manifest)).toEqual(['80% interval covers 75% to 90%'])
})

test('another recipe has to beat the champion on the same days; the same one on newer days is as good', () => {
  const champion = challenger({}, [], { version: 'old', parameters: { rounds: 100, eta: 0.1 } })
  const retrained = [{ name: 'champion', metrics: { wrmsse: 0.7 } }]
  const same = challenger({}, retrained, { version: 'new', parameters: { rounds: 110, eta: 0.1 } })
  const other = challenger({}, retrained, { version: 'new', parameters: { rounds: 100, eta: 0.3 } })
  const better = challenger({ wrmsse: 0.69 }, retrained, {
    version: 'new',
    parameters: { rounds: 100, eta: 0.3 },
  })
  expect(failed(same, champion)).toEqual([])
  expect(failed(other, champion)).toEqual(['beats the champion'])
  expect(failed(better, champion)).toEqual([])
})

test('a champion whose features are gone is compared by its own backtest', () => {
  const champion = challenger({ wrmsse: 0.6 }, [], { version: 'old', feature_hash: 'aaaaaaaaaaaa' })
  const verdict = holdGate(challenger(), champion)
  expect(verdict.passed).toBe(false)
  expect(verdict.checks[0]!.found).toContain('in its own backtest')
})

test('models without a backtest are held against the plain rule beside them', () => {
  const without = (metrics: Record<string, number>) => ({
    ...manifestOf(),
    backtest: null,
    demand: null,
    metrics,
  })
  expect(failed(without({ held_out_wape: 0.5, held_out_wape_of_mean_28: 0.4 }))).toEqual([
    'nearer than the mean of 28 days',
  ])
  expect(holdGate(without({ held_out_precision: 0.9, held_out_rule_precision: 0.5 })).passed).toBe(true)
})
