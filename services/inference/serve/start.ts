/** The service as a whole: follows the registry and serves, until it is stopped. */
import type { Logger } from '@shelfcast/runtime/log'
import type { createService } from '@shelfcast/runtime/service'
import { createFollower, type FeatureSource } from '../model/follower.ts'
import type { ModelSource } from '../model/source.ts'
import { buildServer } from './server.ts'

/** Is ready when it takes requests: without a champion it answers what is missing. */
export async function startInference(options: {
  log: Logger
  service: ReturnType<typeof createService>
  models: ModelSource
  features: FeatureSource
  host: string
  ownHosts: readonly string[]
  port: number
}): Promise<void> {
  const { log, service, host, port } = options
  const follower = createFollower(options)
  service.onStop('follower', () => follower.stop())
  const app = buildServer({
    log,
    follower,
    registry: service.registry,
    isReady: service.isReady,
    ownHosts: options.ownHosts,
  })
  await app.listen({ host, port })
  service.onStop('server', () => app.close())
  follower.start()
  service.ready()
}
