/** The stack that runs on a data folder: where it is, and how to talk to it. */
import type { PartName } from '../components.ts'
import type { Ports } from '../machine/ports.ts'
import { type Identity, isAlive } from '../processes/identity.ts'
import { readJson } from './files.ts'
import { commandFor, layout } from './layout.ts'
import { readSecrets, type Secrets } from './secrets.ts'

/** stack.json: there from the moment when all parts are ready until the stop. */
export interface StackState extends Identity {
  started_at: string
  /** Parts that run, in the order of their start. */
  parts: PartName[]
  ports: Ports
  addresses: Partial<Record<PartName | 'console', string>>
}

/** @throws when no stack runs on the folder, with the command that starts one */
export function readStack(dataDir: string): StackState {
  const state = readJson(layout(dataDir).stack) as StackState | undefined
  if (state && isAlive(state)) return state
  throw new Error(
    `No stack runs on ${dataDir}. Start it with: ${commandFor('npm start', dataDir)} (wait until it says that it is up).`,
  )
}

/** Variables for a process that talks to the running stack with full rights. */
export function stackEnvironment(dataDir: string): Record<string, string> {
  const state = readStack(dataDir)
  const secrets = readSecrets(layout(dataDir).secrets)
  if (!secrets) {
    throw new Error(
      `${layout(dataDir).secrets} is missing. Stop the stack and start it again: it makes new ones.`,
    )
  }
  return clientEnvironment(state.parts, state.ports, secrets)
}

export function clientEnvironment(
  parts: readonly PartName[],
  ports: Ports,
  secrets: Secrets,
): Record<string, string> {
  const access = accessTo(ports, secrets)
  return Object.assign({}, ...parts.map((part) => access[part]))
}

/** By part, the variables that let a process talk to it. */
export function accessTo(ports: Ports, secrets: Secrets): Record<PartName, Record<string, string>> {
  return {
    kafka: { KAFKA_BROKERS: `127.0.0.1:${ports.kafka.broker}` },
    lake: {
      S3_ENDPOINT: `http://127.0.0.1:${ports.lake.s3}`,
      S3_REGION: 'us-east-1',
      S3_ACCESS_KEY: secrets.s3_access_key,
      S3_SECRET_KEY: secrets.s3_secret_key,
      S3_BUCKET_RAW: 'raw',
      S3_BUCKET_CURATED: 'curated',
      S3_BUCKET_FEATURES: 'features',
      S3_BUCKET_TRUTH: 'truth',
      ICEBERG_URI: `http://127.0.0.1:${ports.lake.iceberg}`,
    },
    warehouse: {
      CLICKHOUSE_URL: `http://127.0.0.1:${ports.warehouse.http}`,
      CLICKHOUSE_USER: 'shelfcast',
      CLICKHOUSE_PASSWORD: secrets.warehouse_password,
    },
    operational: {
      OPERATIONAL_URL: `postgres://shelfcast@127.0.0.1:${ports.operational.sql}/shelfcast`,
      OPERATIONAL_PASSWORD: secrets.operational_password,
    },
    ingest: { INGEST_URL: `http://127.0.0.1:${ports.ingest.health}` },
    inference: { INFERENCE_URL: `http://127.0.0.1:${ports.inference.http}` },
    spark: { SPARK_URL: `http://127.0.0.1:${ports.spark.health}` },
    jobs: { JOBS_URL: `http://127.0.0.1:${ports.jobs.health}` },
    api: { API_URL: `http://127.0.0.1:${ports.api.http}` },
    twin: { TWIN_URL: `http://127.0.0.1:${ports.twin.health}`, TWIN_TOKEN: secrets.twin_token },
  }
}
