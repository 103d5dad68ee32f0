/** The promotion gate: what a challenger has to show before it may serve. */

import { HELD_OUT_METRICS } from '@shelfcast/contracts/detection'
import type { ModelManifest } from '@shelfcast/contracts/manifest'
import type { GateCheck, GateVerdict } from '@shelfcast/contracts/models'
import { BASELINES } from '@shelfcast/contracts/training'

const COVERAGE = [0.75, 0.9] as const
const UPPER_TAIL = [0.85, 0.95] as const
const BIAS_LIMIT = 0.05

/**
 * Of the demand model: it beats the champion's recipe and every baseline on the same days (WRMSSE), its 80% interval
 * covers 75% to 90%, 85% to 95% of the days end below its upper quantile, and it is off by less than 5% over all. A
 * model that is the champion's recipe on newer days is as good as the champion, and passes.
 * Of the others: what the training measured of it is better than the plain rule beside it.
 */
export function holdGate(manifest: ModelManifest, champion?: ModelManifest): GateVerdict {
  const checks = manifest.backtest ? demandChecks(manifest, champion) : ruleChecks(manifest)
  return { passed: checks.every(({ passed }) => passed), checks }
}

function demandChecks(manifest: ModelManifest, champion?: ModelManifest): GateCheck[] {
  const rows = new Map(manifest.backtest!.rows.map(({ name, metrics }) => [name, metrics]))
  const own = rows.get('model') ?? {}
  const checks: GateCheck[] = []
  const error = own.wrmsse ?? Number.NaN
  if (champion) {
    const retrained = rows.get('champion')?.wrmsse
    const reference = retrained ?? champion.metrics.wrmsse ?? Number.NaN
    const isSame = sameRecipe(manifest, champion)
    checks.push({
      check: 'beats the champion',
      passed: isSame ? error <= reference * 1.000001 : error < reference,
      found:
        `WRMSSE ${numberText(error)} against ${numberText(reference)} of ${champion.version}` +
        (retrained === undefined ? ', in its own backtest' : ' on the same days') +
        (isSame ? '; the same recipe on newer days' : ''),
    })
  }
  for (const [name, { title }] of Object.entries(BASELINES)) {
    const reference = rows.get(name)?.wrmsse
    if (reference === undefined) continue
    checks.push({
      check: `beats ${title}`,
      passed: error < reference,
      found: `WRMSSE ${numberText(error)} against ${numberText(reference)}`,
    })
  }
  checks.push(
    within('80% interval covers 75% to 90%', own.coverage_80, COVERAGE),
    within('85% to 95% end below the upper quantile', own.upper_tail, UPPER_TAIL),
    {
      check: 'bias below 5%',
      passed: Math.abs(own.bias ?? Number.NaN) < BIAS_LIMIT,
      found: percent(own.bias),
    },
  )
  return checks
}

/** By metric of a plain rule or baseline: the model's own, and which way is better. */
const RULES: Record<string, { own: string; title: string; lessIsBetter: boolean }> = {
  [HELD_OUT_METRICS.precision_of_rule]: {
    own: HELD_OUT_METRICS.precision,
    title: 'more precise than the plain rule',
    lessIsBetter: false,
  },
  [HELD_OUT_METRICS.wape_of_mean_28]: {
    own: HELD_OUT_METRICS.wape,
    title: 'nearer than the mean of 28 days',
    lessIsBetter: true,
  },
}

function ruleChecks({ metrics }: ModelManifest): GateCheck[] {
  return Object.entries(RULES).flatMap(([rule, { own, title, lessIsBetter }]) => {
    const reference = metrics[rule]
    const value = metrics[own]
    if (reference === undefined || value === undefined) return []
    return [
      {
        check: title,
        passed: lessIsBetter ? value < reference : value > reference,
        found: `${numberText(value)} against ${numberText(reference)}`,
      },
    ]
  })
}

function within(
  check: string,
  value: number | undefined,
  [least, most]: readonly [number, number],
): GateCheck {
  return { check, passed: value !== undefined && value >= least && value <= most, found: percent(value) }
}

/** Whether two versions differ in nothing but the days and what early stopping made of them. */
function sameRecipe(one: ModelManifest, other: ModelManifest): boolean {
  const recipe = ({ parameters, inputs, feature_hash }: ModelManifest) =>
    JSON.stringify([
      Object.entries(parameters)
        .filter(([name]) => name !== 'rounds')
        .sort(),
      inputs,
      feature_hash,
    ])
  return recipe(one) === recipe(other) && Math.abs(ratio(one, other) - 1) < 0.5
}

const ratio = (one: ModelManifest, other: ModelManifest) =>
  Number(one.parameters.rounds ?? 1) / Number(other.parameters.rounds ?? 1)
const numberText = (value: number) => (Number.isFinite(value) ? value.toFixed(4) : 'nothing')
const percent = (value: number | undefined) =>
  value === undefined ? 'not measured' : `${(100 * value).toFixed(1)}%`
