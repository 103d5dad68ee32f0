/** What keeps other web sites away from a server that listens on the user's own machine. */
import { isIP } from 'node:net'

export interface Refusal {
  code: string
  message: string
}

/**
 * Refuses requests that another site's page makes a browser send:
 * - DNS rebinding needs a name of the attacker's: `Host` must be an address, localhost, or a name that is ours.
 * - Pages of another origin: browsers send `Origin` with WebSocket handshakes and cross-site fetches, and it must be
 *   the host that is asked. Programs send none.
 * @param isOwnName of names that are ours besides addresses and localhost
 */
export function refusalOf(
  { host, origin }: { host?: string; origin?: string },
  isOwnName: (hostname: string) => boolean,
): Refusal | undefined {
  const asked = URL.parse(`http://${host}`)
  if (!asked || !(isLoopbackOrAddress(asked.hostname) || isOwnName(asked.hostname))) {
    return {
      code: 'host_refused',
      message: `The Host header is "${host}". Ask by address, 127.0.0.1 or localhost.`,
    }
  }
  if (origin !== undefined && URL.parse(origin)?.host !== asked.host) {
    return {
      code: 'origin_refused',
      message: `A page of "${origin}" may not read this API. Open the dashboard at http://${asked.host}.`,
    }
  }
  return undefined
}

function isLoopbackOrAddress(hostname: string): boolean {
  return hostname === 'localhost' || isIP(hostname.replace(/^\[|\]$/g, '')) !== 0
}
