/** What a process is told about where it runs. `.env.example` lists the same variables with the same defaults. */
import { type Static, type TObject, Type } from 'typebox'
import { Value } from 'typebox/value'

const port = (fallback: number) => Type.Integer({ minimum: 1, maximum: 65_535, default: fallback })

/** Variables by the part that they describe; a service declares the groups it needs. */
export const KafkaEnvironment = Type.Object({
  KAFKA_BROKERS: Type.String({ default: '127.0.0.1:9092', description: 'comma-separated host:port' }),
})
export const LakeEnvironment = Type.Object({
  S3_ENDPOINT: Type.String({ default: 'http://127.0.0.1:9000' }),
  S3_REGION: Type.String({ default: 'us-east-1' }),
  S3_ACCESS_KEY: Type.String({ minLength: 1 }),
  S3_SECRET_KEY: Type.String({ minLength: 1 }),
  S3_BUCKET_RAW: Type.String({ default: 'raw' }),
  S3_BUCKET_CURATED: Type.String({ default: 'curated' }),
  S3_BUCKET_FEATURES: Type.String({ default: 'features' }),
  S3_BUCKET_TRUTH: Type.String({ default: 'truth' }),
})
export const WarehouseEnvironment = Type.Object({
  CLICKHOUSE_URL: Type.String({ default: 'http://127.0.0.1:8123' }),
  CLICKHOUSE_USER: Type.String({ default: 'shelfcast' }),
  CLICKHOUSE_PASSWORD: Type.String({ minLength: 1 }),
})
export const OperationalEnvironment = Type.Object({
  OPERATIONAL_URL: Type.String({ default: 'postgres://shelfcast@127.0.0.1:5432/shelfcast' }),
  OPERATIONAL_PASSWORD: Type.String({ minLength: 1 }),
})
export const ServiceEnvironment = Type.Object({
  LOG_LEVEL: Type.Union(
    [
      Type.Literal('trace'),
      Type.Literal('debug'),
      Type.Literal('info'),
      Type.Literal('warn'),
      Type.Literal('error'),
    ],
    { default: 'info' },
  ),
  BIND_HOST: Type.String({ default: '127.0.0.1', description: 'address that the process listens on' }),
  ALLOWED_HOSTS: Type.String({
    default: '',
    pattern: '^([A-Za-z0-9._:-]+(,[A-Za-z0-9._:-]+)*)?$',
    description: 'names with commas by which it may be asked, besides 127.0.0.1, localhost and BIND_HOST',
  }),
})
export { port }

/**
 * Reads the declared variables from the process environment.
 * @throws one error that names every variable that is missing or malformed, with what it should hold
 */
export function readEnvironment<T extends TObject>(
  schema: T,
  source: NodeJS.ProcessEnv = process.env,
): Static<T> {
  const given = Object.fromEntries(
    Object.keys(schema.properties).flatMap((name) => (source[name] ? [[name, source[name]]] : [])),
  )
  const value = Value.Convert(schema, Value.Default(schema, given))
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
