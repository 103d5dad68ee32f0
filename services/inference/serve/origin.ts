/** All forecasts of an origin, as they are stored. */

import type { ForecastRole } from '@shelfcast/contracts/inference'
import { type Baseline, LAST_RESORT, REASONS } from '@shelfcast/contracts/training'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { newestBuild } from '@shelfcast/warehouse/queries/builds'
import { readerOf } from '@shelfcast/warehouse/queries/rows'
import { type FeatureRows, inputMatrix, readFeatures } from '../features/rows.ts'
import { baselineForecasts } from '../model/baseline.ts'
import { type Bundle, nameOf } from '../model/bundle.ts'
import { type Quantiles, scoreRows, scoringRows } from '../model/forecast.ts'
import { type Experiment, isChallenged } from '../model/source.ts'

export interface ScoringBundles {
  /** Undefined where it cannot be trusted: then a baseline is stored in its place. */
  champion: Bundle | undefined
  /** Which baseline serves without a champion. */
  baseline?: Baseline
  experiment?: (Omit<Experiment, 'challenger'> & { challenger: Bundle }) | undefined
}

/** Forecasts of one version for all rows of the features, in their order. */
export interface ScoredOrigin extends Quantiles {
  features: FeatureRows
  role: ForecastRole
  version: string
  baselineName: Baseline
  baseline: Float32Array
  /** By row: 1 where consumers are to read this one. */
  served: Uint8Array
  /** Rows of the version's inputs; without columns for a baseline. */
  inputs: Float32Array
  inputNames: string[]
  base: Float32Array
  /** Rows in the order of REASONS. */
  reasons: Float32Array
}

/**
 * Scores all rows of an origin with the champion, and with the challenger where there is an experiment.
 * @param options.origin the newest when left out
 * @param options.onProgress of all versions together
 */
export async function scoreOrigin(options: {
  warehouse: Warehouse
  bundles: ScoringBundles
  origin?: string
  onProgress?: (done: number, of: number) => void
}): Promise<ScoredOrigin[]> {
  const build = await newestBuild(
    readerOf(options.warehouse),
    options.origin === undefined ? {} : { origin: options.origin },
  )
  if (!build)
    throw new Error(
      `There are no features of ${options.origin ? `origin ${options.origin}` : 'any origin'}. ` +
        'Build them: npm run jobs -- build-features',
    )
  const features = await readFeatures(options.warehouse, build)
  return scoreFeatures(features, options.bundles, options.onProgress)
}

export async function scoreFeatures(
  features: FeatureRows,
  { champion, baseline, experiment }: ScoringBundles,
  onProgress?: (done: number, of: number) => void,
): Promise<ScoredOrigin[]> {
  const versions = 1 + (experiment ? 1 : 0)
  const challenged = experiment
    ? challengedRows(features, experiment, experiment.challenger.manifest.version)
    : new Uint8Array(features.rows)
  const serving = challenged.map((isServed) => 1 - isServed)
  const first = champion
    ? await scoreWith(champion, features, 'champion', serving, (done) =>
        onProgress?.(done, features.rows * versions),
      )
    : standIn(features, baseline ?? LAST_RESORT, serving)
  if (!experiment) return [first]
  const role = experiment.mode === 'ab' ? 'ab' : 'shadow'
  const second = await scoreWith(experiment.challenger, features, role, challenged, (done) =>
    onProgress?.(features.rows + done, features.rows * versions),
  )
  return [first, second]
}

/** By row: 1 where the challenger serves its series. */
export function challengedRows(
  features: FeatureRows,
  experiment: Pick<Experiment, 'mode' | 'share'>,
  version: string,
): Uint8Array {
  const rows = new Uint8Array(features.rows)
  for (const [series, { from, to }] of features.series)
    if (isChallenged(experiment, version, series)) rows.fill(1, from, to)
  return rows
}

async function scoreWith(
  bundle: Bundle,
  features: FeatureRows,
  role: ForecastRole,
  served: Uint8Array,
  onProgress: (done: number) => void,
): Promise<ScoredOrigin> {
  const { manifest } = bundle
  const inputs = inputMatrix(features, manifest.inputs, nameOf(manifest))
  const { explained, ...forecasts } = await scoreRows(bundle, scoringRows(features, inputs), {
    reasons: true,
    onProgress,
  })
  const baselineName = manifest.demand!.baseline
  return {
    ...{ features, role, served, inputs, baselineName },
    ...forecasts,
    ...explained!,
    version: manifest.version,
    baseline: features.baselines[baselineName],
    inputNames: manifest.inputs.map(({ name }) => name),
  }
}

/** The baseline as a forecast: all of it is its base. */
function standIn(features: FeatureRows, baselineName: Baseline, served: Uint8Array): ScoredOrigin {
  const forecasts = baselineForecasts(features, baselineName, { from: 0, to: features.rows })
  return {
    ...{ features, served, baselineName },
    ...forecasts,
    role: 'champion',
    version: `baseline:${baselineName}`,
    baseline: features.baselines[baselineName],
    inputs: new Float32Array(0),
    inputNames: [],
    base: forecasts.mean,
    reasons: new Float32Array(features.rows * REASONS.length),
  }
}
