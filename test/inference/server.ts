/** Inference over a registry in memory, at an address. */
import type { AddressInfo } from 'node:net'
import { createFollower } from '@shelfcast/inference/model/follower'
import { buildServer } from '@shelfcast/inference/serve/server'
import { Registry } from 'prom-client'
import { fakeRegistry, quiet } from './fixture.ts'

/** @param names of the two stores and the four SKUs */
export async function startTestInference(champion?: string, names?: { stores: string[]; skus: string[] }) {
  const registry = fakeRegistry(champion, names)
  const follower = createFollower({ ...registry, log: quiet })
  const app = buildServer({
    log: quiet,
    follower,
    registry: new Registry(),
    isReady: () => true,
    ownHosts: [],
  })
  await follower.refresh(true)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  return {
    ...registry,
    follower,
    url: `http://127.0.0.1:${port}`,
    async stop() {
      await app.close()
      await follower.stop()
    },
  }
}
