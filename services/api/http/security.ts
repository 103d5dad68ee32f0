/** What keeps other web sites away from an API that listens on the user's own machine. */
import { createPageGuard } from '@shelfcast/runtime/page-guard'
import { fault } from './errors.ts'
import type { App } from './schemas.ts'

const HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
}

/** Refuses what another site's page makes a browser send, WebSocket handshakes and the health of the process included. */
export function guard(app: App, ownHosts: readonly string[]) {
  const isForeign = createPageGuard(ownHosts, 'json')
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(HEADERS)
    const refusal = isForeign(request.raw)
    if (refusal) throw fault(refusal.status, refusal.code, refusal.message)
  })
}
