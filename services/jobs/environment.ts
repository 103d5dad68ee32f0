/** Addresses of the services that are fetched from. */
import { ConnectorEnvironment } from '@shelfcast/platform/parts/jobs'
import type { Static } from 'typebox'

export const OFF = 'off'

export type ConnectorVariable = keyof Static<typeof ConnectorEnvironment>
const VARIABLES = Object.keys(ConnectorEnvironment.properties) as ConnectorVariable[]

export type Connectors = Record<ConnectorVariable, URL | undefined>

/** Elsewhere an empty variable is one that is not set; here it turns a connector off, as does `off`. */
export function emptyIsOff(source: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return {
    ...source,
    ...Object.fromEntries(VARIABLES.filter((name) => source[name] === '').map((name) => [name, OFF])),
  }
}

/** @throws for an address that is not https; plain http only to this machine, for tests and mirrors */
export function connectorsOf(environment: Static<typeof ConnectorEnvironment>): Connectors {
  return Object.fromEntries(
    VARIABLES.map((name) => [
      name,
      environment[name] === OFF
        ? undefined
        : addressOf(name, environment[name], ', or nothing to turn the connector off'),
    ]),
  ) as Connectors
}

/** @throws for an address that is not https; plain http only to this machine */
export const ownAddress = (name: 'ERP_URL', value: string): URL => addressOf(name, value, '')

function addressOf(name: string, value: string, otherwise: string): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined
  const isLoopback = url?.protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname)
  if (url && url.username === '' && url.search === '' && (url.protocol === 'https:' || isLoopback)) return url
  throw new Error(
    `${name} is "${value}". Use an https address without user name or query, or an http address of this machine${otherwise}.`,
  )
}
