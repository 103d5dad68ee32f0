/** What serves where the model cannot be trusted: one of the baselines, with the range of a count that has its mean. */
import type { ModelManifest } from '@shelfcast/contracts/manifest'
import { BASELINE_NAMES, type Baseline, LAST_RESORT, QUANTILES } from '@shelfcast/contracts/training'
import type { FeatureRows, RowRange } from '../features/rows.ts'
import type { Quantiles } from './forecast.ts'

/** Which one serves in the place of a champion: the best of its backtest. Its manifest may be what cannot be trusted. */
export function baselineOf({ demand }: ModelManifest): Baseline {
  return BASELINE_NAMES.find((name) => name === demand?.baseline) ?? LAST_RESORT
}

/** How a forecast that no model made names its version. */
export const baselineVersion = (baseline: Baseline) => `baseline:${baseline}`

/**
 * A baseline says no range of its own. A Poisson count with its mean is the least that sales scatter; weighed goods
 * are counted in the unit of the model, kg or l.
 */
export function baselineForecasts(
  features: FeatureRows,
  baseline: Baseline,
  { from, to }: RowRange,
): Quantiles {
  const unitScale = features.unitScale.subarray(from, to)
  const mean = features.baselines[baseline].slice(from, to).map((value) => (value > 0 ? value : 0))
  const inUnit = (share: number) =>
    mean.map((value, row) => poissonQuantile(value / unitScale[row]!, share) * unitScale[row]!)
  return { p10: inUnit(QUANTILES.p10), p50: inUnit(QUANTILES.p50), p90: inUnit(QUANTILES.p90), mean }
}

/** The exact sum takes as many steps as the mean is large, and from here on the normal distribution agrees to a percent. */
const EXACT_UP_TO = 200

/** The least count whose cumulative probability is at least the share. */
export function poissonQuantile(mean: number, share: number): number {
  if (!(mean > 0)) return 0
  if (mean > EXACT_UP_TO) {
    const z = { 0.1: -1.2816, 0.5: 0, 0.9: 1.2816 }[share]
    if (z === undefined) throw new Error(`No normal quantile for ${share}: ask for 0.1, 0.5 or 0.9.`)
    return Math.max(0, Math.round(mean + z * Math.sqrt(mean)))
  }
  let probability = Math.exp(-mean)
  let below = probability
  let count = 0
  while (below < share) {
    count++
    probability *= mean / count
    below += probability
  }
  return count
}
