/** Follows registry and features: what serves is replaced as a whole when a champion, an experiment or an origin is new. */

import { MODELS, type ModelManifest } from '@shelfcast/contracts/manifest'
import { type Baseline, LAST_RESORT } from '@shelfcast/contracts/training'
import type { Logger } from '@shelfcast/runtime/log'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { type FeatureBuild, newestBuild } from '@shelfcast/warehouse/queries/builds'
import { readerOf } from '@shelfcast/warehouse/queries/rows'
import { type FeatureRows, inputMatrix, readFeatures } from '../features/rows.ts'
import { type Bundle, loadDemandBundle, nameOf } from './bundle.ts'
import { reconciliationFactors, scoringRows } from './forecast.ts'
import { checkParity } from './parity.ts'
import type { Experiment, ModelSource, ModelVersion } from './source.ts'
import { createSwap, type Swap } from './swap.ts'

const MODEL = MODELS[0]
const POLL_MS = 2_000
/** A bundle that could not be loaded is tried again so seldom by itself; a refresh that is asked for tries at once. */
const RETRY_MS = 60_000

/** A model with what it needs to forecast any row of the features at once. */
export interface ReadyModel {
  bundle: Bundle
  /** Its inputs of all rows. */
  matrix: Float32Array
  /** By row: what reconciliation multiplies by. */
  factors: Float32Array
}

/** What answers are made from; never changed, only replaced. */
export interface Serving {
  features: FeatureRows | undefined
  /** The registry names a champion, whether or not it can serve. */
  hasChampion: boolean
  champion: ReadyModel | undefined
  experiment: (Omit<Experiment, 'challenger'> & { challenger: ReadyModel }) | undefined
  /** Serves where the champion cannot. */
  baseline: Baseline
  /** Why a model does not serve. */
  trouble: string | undefined
}

export interface FeatureSource {
  newest(): Promise<FeatureBuild | undefined>
  read(build: FeatureBuild): Promise<FeatureRows>
}

export interface Follower {
  use: Swap<Serving>['use']
  current(): Serving | undefined
  /** How often another champion has taken over. */
  swaps(): number
  /** Looks for what is new, and returns when it serves. @param isAsked tries also what failed a short while ago */
  refresh(isAsked: boolean): Promise<void>
  start(): void
  stop(): Promise<void>
}

export function warehouseFeatures(warehouse: Warehouse): FeatureSource {
  return { newest: () => newestBuild(readerOf(warehouse)), read: (build) => readFeatures(warehouse, build) }
}

export function createFollower(options: {
  models: ModelSource
  features: FeatureSource
  log: Logger
  now?: () => number
}): Follower {
  const { models, log } = options
  const now = options.now ?? Date.now
  const swap = createSwap<Serving>((error) => log.error({ err: error }, 'a model could not be let go'))
  const bundles = createBundles(models, now)
  let shown = ''
  let swaps = 0
  let running: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined

  const look = async (isAsked: boolean) => {
    const before = swap.current()
    const [champion, experiment, build] = await Promise.all([
      models.champion(MODEL),
      models.experiment(MODEL),
      options.features.newest(),
    ])
    if (isAsked) bundles.forgive()
    const challenger = experiment && (await models.version(MODEL, experiment.challenger))
    const wanted = JSON.stringify([champion?.version, experiment, build, bundles.failures()])
    if (before && wanted === shown) return

    const isSame = before?.features && JSON.stringify(before.features.build) === JSON.stringify(build)
    const features = isSame ? before.features : build && (await options.features.read(build))
    const held: Bundle[] = []
    const troubles: string[] = []
    const ready = async (version: ModelVersion | undefined, kept: ReadyModel | undefined) => {
      if (!version || !features) return undefined
      try {
        const bundle = await bundles.hold(version)
        held.push(bundle)
        if (kept?.bundle === bundle && before?.features === features) return kept
        const matrix = inputMatrix(features, bundle.manifest.inputs, nameOf(bundle.manifest))
        const factors = await reconciliationFactors(bundle, scoringRows(features, matrix))
        return { bundle, matrix, factors }
      } catch (error) {
        troubles.push(error instanceof Error ? error.message : String(error))
        return undefined
      }
    }
    const first = await ready(champion, before?.champion)
    const second = await ready(challenger, before?.experiment?.challenger)
    const serving: Serving = {
      features,
      hasChampion: champion !== undefined,
      champion: first,
      experiment: experiment && second && { ...experiment, challenger: second },
      baseline: champion ? baselineOf(champion.manifest) : LAST_RESORT,
      trouble: troubles[0],
    }
    swap.replace(serving, async () => {
      for (const bundle of held) await bundles.letGo(bundle)
    })
    shown = JSON.stringify([champion?.version, experiment, build, bundles.failures()])
    const version = first?.bundle.manifest.version
    if (before?.champion && version !== before.champion.bundle.manifest.version) swaps++
    for (const trouble of troubles) log.error({ trouble }, 'a model cannot serve')
    log.info({ version, origin: features?.build.origin, experiment }, 'what serves has changed')
  }

  let lastFault = ''
  const tick = async () => {
    try {
      await follower.refresh(false)
      lastFault = ''
    } catch (error) {
      // What serves goes on; the same fault is told once.
      const fault = error instanceof Error ? error.message : String(error)
      if (fault !== lastFault)
        log.warn({ err: error }, 'registry or features do not answer; what serves stays')
      lastFault = fault
    }
    if (timer) timer = setTimeout(tick, POLL_MS)
  }

  const follower: Follower = {
    use: swap.use,
    current: swap.current,
    swaps: () => swaps,
    async refresh(isAsked) {
      // One look at a time; who asks during one wants what came after its beginning.
      while (running) await running.catch(() => {})
      running = look(isAsked).finally(() => {
        running = undefined
      })
      return running
    },
    start() {
      timer = setTimeout(tick, 0)
    },
    async stop() {
      clearTimeout(timer)
      timer = undefined
      await running?.catch(() => {})
      swap.replace(undefined, async () => {})
    },
  }
  return follower
}

function baselineOf(manifest: ModelManifest): Baseline {
  return manifest.demand?.baseline ?? LAST_RESORT
}

/** Loaded bundles, each once, for as long as somebody holds them. */
function createBundles(models: ModelSource, now: () => number) {
  const loaded = new Map<string, { bundle: Bundle; holders: number }>()
  const failed = new Map<string, { until: number; error: unknown }>()
  const forget = () => {
    for (const [version, { until }] of failed) if (until <= now()) failed.delete(version)
  }

  const load = async (version: ModelVersion): Promise<Bundle> => {
    const bundle = await loadDemandBundle((name) => models.readFile(version, name), version.manifest)
    try {
      await checkParity(bundle)
    } catch (error) {
      await bundle.release()
      throw error
    }
    return bundle
  }

  return {
    /** @throws when the bundle is broken; and again, without reading it, for a while */
    async hold(version: ModelVersion): Promise<Bundle> {
      forget()
      const failure = failed.get(version.version)
      if (failure) throw failure.error
      const known = loaded.get(version.version)
      if (known) {
        known.holders++
        return known.bundle
      }
      try {
        const bundle = await load(version)
        loaded.set(version.version, { bundle, holders: 1 })
        return bundle
      } catch (error) {
        failed.set(version.version, { until: now() + RETRY_MS, error })
        throw error
      }
    },
    async letGo(bundle: Bundle) {
      const { version } = bundle.manifest
      const known = loaded.get(version)!
      known.holders--
      if (known.holders > 0) return
      loaded.delete(version)
      await bundle.release()
    },
    /** Versions that are not tried at the moment. */
    failures(): string[] {
      forget()
      return [...failed.keys()]
    },
    forgive: () => failed.clear(),
  }
}
