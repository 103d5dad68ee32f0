/** What keeps other web sites away from an API that listens on the user's own machine. */
import { refusalOf } from '@shelfcast/runtime/own-machine'
import type { FastifyRequest } from 'fastify'
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

/** Methods that change nothing. */
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Refuses requests that another site's page makes a browser send: see refusalOf and refuseForeignChange. */
export function guard(app: App, bindHost: string) {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(HEADERS)
    if (OPEN_PATHS.has(request.url)) return
    const refusal = refusalOf(request.headers, (hostname) => hostname === bindHost)
    if (refusal) throw fault(403, refusal.code, refusal.message)
    if (!SAFE_METHODS.has(request.method)) refuseForeignChange(request)
  })
}

/**
 * Besides the Host and Origin of every request, one that changes something:
 * - says in Sec-Fetch-Site, which browsers set and pages cannot, that it comes from our own page. A page of another port
 *   on this machine is `same-site`. Programs send none.
 * - is JSON, which a form or a simple request of a page cannot be: for JSON a browser asks first, and gets no leave.
 */
function refuseForeignChange({ headers, method, url }: FastifyRequest) {
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin') {
    throw fault(
      403,
      'origin_refused',
      `A page of another site (Sec-Fetch-Site is "${site}") may not change anything here. Use the dashboard itself.`,
    )
  }
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/json') {
    throw fault(
      415,
      'json_required',
      `${method} ${url} has the content type "${type ?? ''}". Send JSON with content-type: application/json.`,
    )
  }
}
