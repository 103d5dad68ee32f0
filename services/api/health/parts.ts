/** Whether each part of the platform answers. */
import type { Health } from '@shelfcast/contracts/api'
import type { Logger } from '@shelfcast/runtime/log'
import components from '../../../components.json' with { type: 'json' }
import { reasonOf } from '../http/errors.ts'
import { bounded } from '../read/bounded.ts'
import { recent } from '../read/recent.ts'

export type PartState = Health['parts'][number]
export type Parts = () => Promise<PartState[]>

/** Resolves when the part answers, and throws what is wrong with it. */
export type Probe = () => Promise<void>

const LIMIT_MS = 1_000
const MAX_AGE_MS = 2_000

/** @param probes by name of the part, as in components.json; a part without a probe is not listed */
export function createParts(probes: Record<string, Probe>, log: Logger): Parts {
  const listed = components.components.flatMap(({ name, title, role }) => {
    const probe = probes[name]
    return probe ? [{ name, title, role, check: bounded(LIMIT_MS, probe) }] : []
  })
  const unhealthy = new Set<string>()

  return recent(MAX_AGE_MS, () =>
    Promise.all(
      listed.map(async ({ check, ...part }) => {
        const detail = await check().then(() => '', reasonOf)
        const healthy = detail === ''
        if (!healthy && !unhealthy.has(part.name)) log.warn({ detail }, `${part.title} does not answer`)
        if (healthy && unhealthy.has(part.name)) log.info(`${part.title} answers again`)
        if (healthy) unhealthy.delete(part.name)
        else unhealthy.add(part.name)
        return { ...part, healthy, detail }
      }),
    ),
  )
}

/** A service of ours, by its readiness endpoint. */
export function probeService(url: string): Probe {
  return async () => {
    const answer = await fetch(new URL('/readyz', url), { signal: AbortSignal.timeout(LIMIT_MS) })
    await answer.body?.cancel()
    if (!answer.ok) throw new Error(`${url}/readyz answered ${answer.status}: it is starting or stopping`)
  }
}
