/** What keeps other web sites away from an API that listens on the user's own machine. */
import { refusalOf } from '@shelfcast/runtime/own-machine'
import { fault } from './errors.ts'
import type { App } from './schemas.ts'

/** Paths that only say that the process lives: asked by supervisors under whatever name they reach it. */
const OPEN_PATHS = new Set(['/healthz', '/readyz', '/metrics'])

const HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
}

/** Refuses requests that another site's page makes a browser send: see refusalOf. */
export function guard(app: App, bindHost: string) {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(HEADERS)
    if (OPEN_PATHS.has(request.url)) return
    const refusal = refusalOf(request.headers, (hostname) => hostname === bindHost)
    if (refusal) throw fault(403, refusal.code, refusal.message)
  })
}
