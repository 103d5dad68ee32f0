/**
 * Forecasts of an origin, slice of stores by slice, so that memory does not grow with the number of series; on all cores
 * where there are several slices.
 */
import type { ForecastRole } from '@shelfcast/contracts/inference'
import type { ModelManifest } from '@shelfcast/contracts/manifest'
import type { Baseline } from '@shelfcast/contracts/training'
import { storeSlices } from '@shelfcast/inference/features/rows'
import type { Bundle } from '@shelfcast/inference/model/bundle'
import { buildOf, type ScoringBundles } from '@shelfcast/inference/serve/origin'
import type { FeatureBuild } from '@shelfcast/warehouse/queries/builds'
import type { Backends } from '../backends.ts'
import { workInLanes } from '../engine/lanes.ts'
import { type Slice, type SliceResult, scoreSlice, type Trouble } from './scoring-slice.ts'

interface ScoringOptions {
  backends: Pick<Backends, 'warehouse' | 'server'>
  origin: string
  turn: number
  bundles: ScoringBundles
  signal: AbortSignal
  /** Of a slice; what fits into memory when absent. */
  sliceRows?: number
  onProgress?: ((done: number, of: number) => void) | undefined
}

export interface Scoring {
  build: FeatureBuild
  /** Forecasts of all roles. */
  rows: number
  /** That serves, or baseline:NAME. */
  version: string
  troubles: Trouble[]
}

/** Scores all series and stores their forecasts. A version that fails at one slice is not used for any. */
export async function scoreStores(options: ScoringOptions): Promise<Scoring> {
  const { warehouse } = options.backends
  const build = await buildOf(warehouse, options.origin)
  const slices = await storeSlices(warehouse, build, options.sliceRows)
  const troubles: Trouble[] = []
  let { bundles } = options
  for (let attempt = 0; ; attempt++) {
    const results = await scoreSlices(slices, { ...options, bundles }, attempt)
    const failures = results.flatMap((result) => result.troubles)
    const rows = results.reduce((sum, result) => sum + result.rows, 0)
    for (const role of new Set<ForecastRole>(failures.map((trouble) => trouble.role)))
      troubles.push(failures.find((trouble) => trouble.role === role)!)
    // What one slice says of a version that failed, the others do not: they are stored again without it, and newer rows
    // count.
    if (failures.length === 0 || slices.length === 1)
      return { build, rows, version: results[0]?.version ?? '', troubles }
    const { champion, experiment, ...rest } = bundles
    const isOut = (role: 'champion' | 'challenger') =>
      failures.some((trouble) => (trouble.role === 'champion') === (role === 'champion'))
    bundles = {
      ...rest,
      champion: isOut('champion') ? undefined : champion,
      ...(experiment && !isOut('challenger') && { experiment }),
    }
  }
}

async function scoreSlices(
  slices: readonly string[][],
  { backends, origin, turn, bundles, signal, onProgress }: ScoringOptions,
  attempt: number,
): Promise<SliceResult[]> {
  if (slices.length <= 1) {
    const slice: Slice = { origin, turn, attempt, stores: slices[0] ?? [] }
    return [await scoreSlice({ warehouse: backends.warehouse, bundles, slice, onProgress })]
  }
  return workInLanes<Slice, SliceResult>(
    slices.map((stores) => ({ origin, turn, attempt, stores })),
    {
      module: new URL('./scoring-lane.ts', import.meta.url),
      data: await laneData(backends, bundles),
      signal,
      onProgress,
    },
  )
}

/** Files of a bundle, for a thread that loads them itself. */
export interface BundleFiles {
  manifest: ModelManifest
  files: ReadonlyMap<string, Uint8Array>
}

export interface LaneData {
  server: Backends['server']
  champion: BundleFiles | undefined
  baseline: Baseline | undefined
  experiment: { mode: 'ab' | 'shadow'; share: number; challenger: BundleFiles } | undefined
}

async function laneData({ server }: Pick<Backends, 'server'>, bundles: ScoringBundles): Promise<LaneData> {
  const { champion, baseline, experiment } = bundles
  return {
    server,
    champion: champion && (await filesOf(champion)),
    baseline,
    experiment: experiment && {
      mode: experiment.mode,
      share: experiment.share,
      challenger: await filesOf(experiment.challenger),
    },
  }
}

async function filesOf({ manifest, source }: Bundle): Promise<BundleFiles> {
  const names = new Set([...manifest.heads.map(({ file }) => file), manifest.demand!.trees])
  const files = new Map<string, Uint8Array>()
  for (const name of names) files.set(name, await source(name))
  return { manifest, files }
}
