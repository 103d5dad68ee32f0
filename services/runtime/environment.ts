/** What a process is told about where it runs. `.env.example` lists the same variables with the same defaults. */
import { type Static, type TObject, Type } from 'typebox'
import { Value } from 'typebox/value'

/**
 * What the platform goes by besides a schema: where a setting is written down, and who may set it.
 * - `secret`: made by the platform; never written into a file that is kept in the repository
 * - `wiring`: set by `npm start` and by docker-compose.yml; a person sets it only to run a process by itself
 * - `published`: a port that `docker compose up` opens on the host as well
 */
export interface Setting {
  secret?: true
  wiring?: true
  published?: true
}

export const port = (fallback: number, setting: Setting = {}) =>
  Type.Integer({ minimum: 1, maximum: 65_535, default: fallback, ...setting })
const secret = () => Type.String({ minLength: 1, secret: true })

/** Variables by the part that they describe; a service declares the groups it needs. */
export const KafkaEnvironment = Type.Object({
  KAFKA_BROKERS: Type.String({
    default: '127.0.0.1:9092',
    wiring: true,
    description: 'Comma-separated host:port.',
  }),
})
export const LakeEnvironment = Type.Object({
  S3_ENDPOINT: Type.String({ default: 'http://127.0.0.1:9000', wiring: true }),
  S3_ACCESS_KEY: secret(),
  S3_SECRET_KEY: secret(),
  S3_BUCKET_RAW: Type.String({
    default: 'raw',
    description:
      'Buckets of the zones, and the region that requests are signed for. With Docker; `npm start` keeps to these.',
  }),
  S3_BUCKET_CURATED: Type.String({ default: 'curated' }),
  S3_BUCKET_FEATURES: Type.String({ default: 'features' }),
  S3_BUCKET_TRUTH: Type.String({ default: 'truth' }),
  S3_REGION: Type.String({ default: 'us-east-1' }),
})
export const WarehouseEnvironment = Type.Object({
  CLICKHOUSE_URL: Type.String({ default: 'http://127.0.0.1:8123', wiring: true }),
  CLICKHOUSE_USER: Type.String({
    default: 'shelfcast',
    wiring: true,
    description: 'The user with full rights. Analysts sign in as "analyst".',
  }),
  CLICKHOUSE_PASSWORD: secret(),
})
export const OperationalEnvironment = Type.Object({
  OPERATIONAL_URL: Type.String({
    default: 'postgres://shelfcast@127.0.0.1:5432/shelfcast',
    wiring: true,
    description: 'Without its password.',
  }),
  OPERATIONAL_PASSWORD: secret(),
})
/** Names with commas, with or without a port. */
export const HOST_NAMES = '^([A-Za-z0-9._:-]+(,[A-Za-z0-9._:-]+)*)?$'

export const ServiceEnvironment = Type.Object({
  LOG_LEVEL: Type.Union(
    [
      Type.Literal('trace'),
      Type.Literal('debug'),
      Type.Literal('info'),
      Type.Literal('warn'),
      Type.Literal('error'),
    ],
    { default: 'info', description: 'How much our processes say: trace, debug, info, warn or error.' },
  ),
  BIND_HOST: Type.String({
    default: '127.0.0.1',
    wiring: true,
    description: 'Address that a process listens on; 0.0.0.0 inside a container.',
  }),
  ALLOWED_HOSTS: Type.String({
    default: '',
    pattern: HOST_NAMES,
    wiring: true,
    description:
      'Names with commas by which a process may be asked besides 127.0.0.1, localhost and the address that it listens on, such as that of a proxy in front of the API. All others are refused: they are how pages of other sites reach this machine.',
  }),
})

/**
 * Reads the declared variables from the process environment.
 * @throws one error that names every variable that is missing or malformed, with what it should hold
 */
export function readEnvironment<T extends TObject>(
  schema: T,
  source: NodeJS.ProcessEnv = process.env,
): Static<T> {
  const values = Object.fromEntries(
    Object.keys(schema.properties).flatMap((name) => (source[name] ? [[name, source[name]]] : [])),
  )
  const value = Value.Convert(schema, Value.Default(schema, values))
  const faults = Value.Errors(schema, value).map((fault) => {
    const missing =
      'requiredProperties' in fault.params
        ? (fault.params.requiredProperties as string[]).join(', ')
        : undefined
    return missing ? `${missing} is not set` : `${fault.instancePath.slice(1)} ${fault.message}`
  })
  if (faults.length > 0) {
    throw new Error(`Environment: ${faults.join('; ')}. See .env.example for each variable and its default.`)
  }
  return value as Static<T>
}
