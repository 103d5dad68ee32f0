/** Addresses of the services that are fetched from. */
import { type Static, Type } from 'typebox'

export const OFF = 'off'

export const ConnectorEnvironment = Type.Object({
  OPEN_METEO_URL: Type.String({ default: 'https://api.open-meteo.com', description: 'weather forecasts' }),
  OPEN_METEO_ARCHIVE_URL: Type.String({
    default: 'https://archive-api.open-meteo.com',
    description: 'weather of the past',
  }),
  NAGER_URL: Type.String({ default: 'https://date.nager.at', description: 'public holidays' }),
  WORLD_BANK_URL: Type.String({ default: 'https://api.worldbank.org', description: 'macro figures' }),
})
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
      environment[name] === OFF ? undefined : addressOf(name, environment[name]),
    ]),
  ) as Connectors
}

function addressOf(name: ConnectorVariable, value: string): URL {
  const url = URL.canParse(value) ? new URL(value) : undefined
  const isLoopback = url?.protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname)
  if (url && url.username === '' && url.search === '' && (url.protocol === 'https:' || isLoopback)) return url
  throw new Error(
    `${name} is "${value}". Use an https address without user name or query, an http address of this machine, ` +
      'or nothing to turn the connector off.',
  )
}

/** What the jobs need that start Spark. */
export const SparkEnvironment = Type.Object({
  SPARK_PYTHON: Type.Optional(Type.String({ minLength: 1, description: 'Python with PySpark' })),
})
