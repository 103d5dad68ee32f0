/**
 * What keeps the pages of other sites away from a server that listens on the user's own machine. Every HTTP server of
 * ours asks it before anything else, spark-jobs/shelfcast_spark/page_guard.py included, which holds the same rules.
 */
import type { IncomingMessage } from 'node:http'
import { isIPv6 } from 'node:net'

export interface Refusal {
  status: 403 | 415
  code: string
  message: string
}

/**
 * What a request that changes something has to show besides where it comes from:
 * - `json`: that its body is JSON, which neither a form nor a simple request of a page can send. For JSON a browser asks
 *   first, and gets no leave.
 * - `secret`: a token or password, which the server asks for itself.
 */
export type ProofOfChange = 'json' | 'secret'

/** @returns undefined when the request may go on */
export type PageGuard = (request: IncomingMessage) => Refusal | undefined

/** `localhost` and addresses of this machine; not 0.0.0.0, which browsers take for it, nor a number that means it. */
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']
const ANY_ADDRESS = ['', '0.0.0.0', '::']
const SAFE_METHODS = new Set(['GET', 'HEAD'])
/** No user, no path, no sign that a URL parser would read as something else. */
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/

/** Names by which a process may be asked besides those of the loopback: what it listens on, and what is set. */
export function ownHosts(environment: { BIND_HOST: string; ALLOWED_HOSTS: string }): string[] {
  return [environment.BIND_HOST, ...environment.ALLOWED_HOSTS.split(',')].filter(
    (name) => !ANY_ADDRESS.includes(name),
  )
}

/** @param hosts of ownHosts */
export function createPageGuard(hosts: readonly string[], proof: ProofOfChange): PageGuard {
  const own = new Set([...LOOPBACK, ...hosts.map((name) => inHeader(name.toLowerCase()))])
  return (request) =>
    refuseHost(request, own) ??
    refuseOrigin(request) ??
    (proof === 'json' ? refuseOtherType(request) : undefined)
}

/** As a Host header writes it. */
function inHeader(address: string): string {
  return isIPv6(address) ? `[${address}]` : address
}

/**
 * DNS rebinding needs a name of the attacker's. So `Host` is a name that is ours, or the very address that the
 * connection was made to: by that address supervisors ask, and people of the same network where BIND_HOST lets them.
 */
function refuseHost(request: IncomingMessage, own: ReadonlySet<string>): Refusal | undefined {
  const hosts = valuesOf(request, 'host')
  const [, name] = HOST.exec(hosts[0]?.toLowerCase() ?? '') ?? []
  const address = request.socket.localAddress?.replace(/^::ffff:/, '')
  const isOurs =
    name !== undefined && (own.has(name) || (address !== undefined && name === inHeader(address)))
  // A target with a host of its own would overrule the header.
  if (hosts.length === 1 && isOurs && request.url?.startsWith('/')) return undefined
  return {
    status: 403,
    code: 'host_refused',
    message:
      `The Host header is "${hosts.join(', ')}". Ask by 127.0.0.1 or localhost, or add the name to ALLOWED_HOSTS of ` +
      'this process.',
  }
}

/**
 * Browsers set both headers, and no page can. Programs send none.
 * - `Origin` comes with what changes something, with WebSocket handshakes and with what a script wants to read. It must
 *   be the host that is asked, port included: a page of another port on this machine is another site.
 * - `Sec-Fetch-Site` comes with everything. Of other sites' pages only a link is followed, which shows our page to the
 *   user and nothing of it to them.
 */
function refuseOrigin(request: IncomingMessage): Refusal | undefined {
  const { origin, host } = request.headers
  const target = host?.toLowerCase()
  const site = request.headers['sec-fetch-site']
  const isForeignOrigin =
    origin !== undefined && ![`http://${target}`, `https://${target}`].includes(origin.toLowerCase())
  const isForeignSite =
    site !== undefined && site !== 'same-origin' && site !== 'none' && !isFollowedLink(request)
  if (!isForeignOrigin && !isForeignSite) return undefined
  const reason = isForeignOrigin
    ? `A page of "${origin}"`
    : `A page of another site (Sec-Fetch-Site is "${site}")`
  return {
    status: 403,
    code: 'origin_refused',
    message: `${reason} may not ask here. Open http://${host} itself.`,
  }
}

function isFollowedLink({ method, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document'
  )
}

function refuseOtherType({ method, url, headers }: IncomingMessage): Refusal | undefined {
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (SAFE_METHODS.has(method ?? '') || type === 'application/json') return undefined
  return {
    status: 415,
    code: 'json_required',
    message: `${method} ${url} has the content type "${type ?? ''}". Send JSON with content-type: application/json.`,
  }
}

/** Each time that the header was sent: Node's own headers keep the first of several hosts. */
function valuesOf({ rawHeaders }: IncomingMessage, name: string): string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]!.toLowerCase() === name)
}
