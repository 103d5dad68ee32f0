/** The server of inference in this process, on a registry and a feature store that tests change. */
import { createFollower, type Follower } from '@shelfcast/inference/model/follower'
import { type App, buildServer } from '@shelfcast/inference/serve/server'
import { Registry } from 'prom-client'
import { onTestFinished } from 'vitest'
import { fakeRegistry, quiet } from './fixture.ts'

export const SERIES = '/v1/forecast?store_id=S1&sku=A'

/** Closed when the test is over. */
export function openApp(
  backends: Pick<ReturnType<typeof fakeRegistry>, 'models' | 'features'>,
  now: () => number = Date.now,
): { app: App; follower: Follower } {
  const follower = createFollower({ ...backends, log: quiet, now })
  const app = buildServer({
    log: quiet,
    follower,
    ownHosts: [],
    registry: new Registry(),
    isReady: () => true,
  })
  onTestFinished(async () => {
    await app.close()
    await follower.stop()
  })
  return { app, follower }
}

export async function start(champion?: string) {
  const registry = fakeRegistry(champion)
  const clock = { now: 0 }
  const { app, follower } = openApp(registry, () => clock.now)
  await follower.refresh(false)
  const ask = async <T>(url: string, body?: unknown): Promise<{ status: number; answer: T }> => {
    const request = body === undefined ? { url } : { url, method: 'POST' as const, payload: body as object }
    const response = await app.inject({ ...request, headers: { host: 'localhost' } })
    const isJson = String(response.headers['content-type']).includes('json')
    return { status: response.statusCode, answer: isJson ? response.json<T>() : (response.body as T) }
  }
  return { ...registry, clock, follower, app, ask }
}
