/** All forecasts of an origin, as they are stored. */

import type { ForecastRole } from '@shelfcast/contracts/inference'
import { type Baseline, LAST_RESORT, REASONS } from '@shelfcast/contracts/training'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { type FeatureBuild, newestBuild } from '@shelfcast/warehouse/queries/builds'
import { readerOf } from '@shelfcast/warehouse/queries/rows'
import { type FeatureRows, inputMatrix, readFeatures } from '../features/rows.ts'
import { baselineForecasts, baselineOf, baselineVersion } from '../model/baseline.ts'
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

export interface ScoringOptions {
  /** Of all versions together. */
  onProgress?: ((done: number, of: number) => void) | undefined
  /**
   * Told of a version that failed at its work: a baseline is stored in the champion's place, and no challenger. Without
   * it such a failure is thrown.
   */
  onTrouble?: ((role: ForecastRole, error: unknown) => void) | undefined
}

/**
 * Scores rows of an origin with the champion, and with the challenger where there is an experiment.
 * @param options.origin the newest when left out
 * @param options.stores whose series are scored; all when left out
 */
export async function scoreOrigin(
  options: {
    warehouse: Warehouse
    bundles: ScoringBundles
    origin?: string
    stores?: readonly string[]
  } & ScoringOptions,
): Promise<ScoredOrigin[]> {
  const build = await buildOf(options.warehouse, options.origin)
  const features = await readFeatures(options.warehouse, build, options.stores)
  return scoreFeatures(features, options.bundles, options)
}

/** @throws when there are no features of the origin, or of any */
export async function buildOf(warehouse: Warehouse, origin?: string): Promise<FeatureBuild> {
  const build = await newestBuild(readerOf(warehouse), { origin })
  if (!build)
    throw new Error(
      `There are no features of ${origin ? `origin ${origin}` : 'any origin'}. ` +
        'Build them: npm run jobs -- build-features',
    )
  return build
}

export async function scoreFeatures(
  features: FeatureRows,
  { champion, baseline, experiment }: ScoringBundles,
  { onProgress, onTrouble }: ScoringOptions = {},
): Promise<ScoredOrigin[]> {
  const total = features.rows * (experiment ? 2 : 1)
  const score = async (bundle: Bundle, role: ForecastRole, offset: number) => {
    try {
      return await scoreWith(bundle, features, role, (done) => onProgress?.(offset + done, total))
    } catch (error) {
      if (!onTrouble) throw error
      onTrouble(role, error)
      return undefined
    }
  }
  const first =
    (champion && (await score(champion, 'champion', 0))) ??
    standIn(features, baseline ?? (champion ? baselineOf(champion.manifest) : LAST_RESORT))
  if (!experiment) return [first]
  const role = experiment.mode === 'ab' ? 'ab' : 'shadow'
  const second = await score(experiment.challenger, role, features.rows)
  if (!second) return [first]
  second.served = challengedRows(features, experiment, experiment.challenger.manifest.version)
  first.served = second.served.map((isServed) => 1 - isServed)
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
    ...forecasts,
    ...explained!,
    features,
    role,
    served: new Uint8Array(features.rows).fill(1),
    version: manifest.version,
    baselineName,
    baseline: features.baselines[baselineName],
    inputs,
    inputNames: manifest.inputs.map(({ name }) => name),
  }
}

/** The baseline as a forecast: all of it is its base. */
function standIn(features: FeatureRows, baselineName: Baseline): ScoredOrigin {
  const forecasts = baselineForecasts(features, baselineName, { from: 0, to: features.rows })
  return {
    ...forecasts,
    features,
    role: 'champion',
    served: new Uint8Array(features.rows).fill(1),
    version: baselineVersion(baselineName),
    baselineName,
    baseline: features.baselines[baselineName],
    inputs: new Float32Array(0),
    inputNames: [],
    base: forecasts.mean,
    reasons: new Float32Array(features.rows * REASONS.length),
  }
}
