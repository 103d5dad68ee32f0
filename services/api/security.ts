/** What keeps other web sites away from an API that listens on the user's own machine. */
import { isIP } from 'node:net'
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

/**
 * Refuses requests that another site's page makes a browser send:
 * - DNS rebinding needs a name of the attacker's: `Host` must be an address, localhost, or the name that is listened on.
 * - Pages of another origin: browsers send `Origin` with WebSocket handshakes and cross-site fetches, and it must be
 *   the host that is asked. Programs send none.
 */
export function guard(app: App, bindHost: string) {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(HEADERS)
    if (OPEN_PATHS.has(request.url)) return
    const host = hostOf(`http://${request.headers.host}`)
    if (!host || !isOwnName(host.hostname, bindHost)) {
      throw fault(
        403,
        'host_refused',
        `The Host header is "${request.headers.host}". Ask by address, 127.0.0.1 or localhost.`,
      )
    }
    const { origin } = request.headers
    if (origin !== undefined && hostOf(origin)?.host !== host.host) {
      throw fault(
        403,
        'origin_refused',
        `A page of "${origin}" may not read this API. Open the dashboard at http://${host.host}.`,
      )
    }
  })
}

function hostOf(url: string): URL | undefined {
  return URL.parse(url) ?? undefined
}

function isOwnName(hostname: string, bindHost: string): boolean {
  const plain = hostname.replace(/^\[|\]$/g, '')
  return isIP(plain) !== 0 || plain === 'localhost' || plain === bindHost
}
