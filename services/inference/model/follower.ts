/** Follows registry and features: what serves is replaced as a whole when a champion, an experiment or an origin is new. */
import { MODELS } from '@shelfcast/contracts/manifest'
import type { Logger } from '@shelfcast/runtime/log'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { type FeatureBuild, newestBuild } from '@shelfcast/warehouse/queries/builds'
import { readerOf } from '@shelfcast/warehouse/queries/rows'
import PQueue from 'p-queue'
import { type FeatureRows, readFeatures } from '../features/rows.ts'
import type { Bundle } from './bundle.ts'
import { createBundles } from './loaded.ts'
import { makeServing, messageOf, type Named, type Serving } from './serving.ts'
import type { ModelSource } from './source.ts'
import { createSwap, type Swap } from './swap.ts'

const MODEL = MODELS[0]
const POLL_MS = 2_000
const NOTHING_NAMED: Named = { champion: undefined, experiment: undefined, challenger: undefined }

export interface FeatureSource {
  newest(): Promise<FeatureBuild | undefined>
  read(build: FeatureBuild): Promise<FeatureRows>
}

export interface Follower {
  use: Swap<Serving>['use']
  current(): Serving | undefined
  /** What was wrong at the last look; undefined where nothing was. */
  trouble(): string | undefined
  /** How often another champion has taken over. */
  swaps(): number
  /**
   * Looks for what is new, and returns when it serves.
   * @param isAsked tries also what failed a short while ago
   * @throws when registry or features do not answer; what served before goes on, the baseline where nothing did
   */
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
  const swap = createSwap<Serving>((error) => log.error({ err: error }, 'a model could not be let go'))
  const bundles = createBundles(models, options.now ?? Date.now)
  // Who asks during a look wants what came after its beginning.
  const looks = new PQueue({ concurrency: 1 })
  /** What what serves was made from; empty: not from all that there is. */
  let mark = ''
  let swaps = 0
  let timer: NodeJS.Timeout | undefined

  const readNames = async (): Promise<Named> => {
    const [champion, experiment] = await Promise.all([models.champion(MODEL), models.experiment(MODEL)])
    const challenger = experiment && (await models.version(MODEL, experiment.challenger))
    return { champion, experiment, challenger }
  }
  const markOf = ({ champion, experiment }: Named, build: FeatureBuild | undefined) =>
    JSON.stringify([champion?.version, experiment, build, bundles.failures()])

  const look = async (isAsked: boolean) => {
    const previous = swap.current()
    if (isAsked) bundles.forgive()
    const [build, names] = await Promise.allSettled([options.features.newest(), readNames()])
    if (build.status === 'rejected') throw build.reason
    // A champion that serves is not given up because the registry is away.
    if (names.status === 'rejected' && previous?.features && mark !== '') throw names.reason
    const models = names.status === 'fulfilled' ? names.value : NOTHING_NAMED
    if (previous && names.status === 'fulfilled' && markOf(models, build.value) === mark) return

    const isSame =
      previous?.features && JSON.stringify(previous.features.build) === JSON.stringify(build.value)
    const features = isSame ? previous.features : build.value && (await options.features.read(build.value))
    const claims: Bundle[] = []
    const serving = await makeServing(features, models, {
      previous,
      hold: async (version) => {
        const bundle = await bundles.hold(version)
        claims.push(bundle)
        return bundle
      },
      trouble:
        names.status === 'rejected' ? `The registry does not answer: ${messageOf(names.reason)}.` : undefined,
    })
    swap.replace(serving, async () => {
      for (const bundle of claims) await bundles.letGo(bundle)
    })
    if (names.status === 'rejected') throw names.reason
    mark = markOf(models, build.value)
    tell(serving, previous)
  }

  const tell = (
    { champion, experiment, features, because, challengerTrouble }: Serving,
    previous?: Serving,
  ) => {
    const version = champion?.bundle.manifest.version
    if (previous?.champion && version !== previous.champion.bundle.manifest.version) swaps++
    if (because !== undefined) log.warn({ because }, 'a baseline serves')
    if (challengerTrouble !== undefined) log.warn({ challengerTrouble }, 'a challenger is not tried')
    const trial = experiment && { mode: experiment.mode, share: experiment.share }
    log.info({ version, origin: features?.build.origin, trial }, 'what serves has changed')
  }

  let trouble: string | undefined
  const tick = async () => {
    await follower.refresh(false).catch(() => undefined)
    if (timer) timer = setTimeout(tick, POLL_MS)
  }

  const follower: Follower = {
    use: swap.use,
    current: swap.current,
    swaps: () => swaps,
    trouble: () => trouble,
    refresh: (isAsked) =>
      looks.add(async () => {
        try {
          await look(isAsked)
          trouble = undefined
        } catch (error) {
          const fault = messageOf(error)
          // The same is told once.
          if (fault !== trouble)
            log.warn({ err: error }, 'registry or features do not answer; what serves stays')
          trouble = fault
          throw error
        }
      }),
    start() {
      timer = setTimeout(tick, 0)
    },
    async stop() {
      clearTimeout(timer)
      timer = undefined
      await looks.onIdle()
      swap.replace(undefined, async () => {})
    },
  }
  return follower
}
