/** How each part is run: its command, the least that it must be told, and how to see that it is ready. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { RetentionEnvironment } from '@shelfcast/contracts/retention'
import { ConnectorEnvironment } from '@shelfcast/jobs/environment'
import { storeResponds } from '@shelfcast/operational/probe'
import type { TObject } from 'typebox'
import type { PartName } from '../components.ts'
import type { Ports } from '../machine/ports.ts'
import { openCluster, STOP_SIGNAL } from '../postgres/cluster.ts'
import { type Settings, settingsFor } from '../state/configuration.ts'
import { lakeCertificateVariables, writeLakeCertificate } from '../state/lake-certificate.ts'
import { layout, REPOSITORY } from '../state/layout.ts'
import type { Secrets } from '../state/secrets.ts'
import { accessTo } from '../state/stack.ts'
import { DASHBOARD_BUILD } from '../tools/dashboard.ts'
import type { Spark, Tools } from '../tools/tools.ts'
import type { LogFormat } from './part-log.ts'
import {
  brokerAnswers,
  lakeAnswers,
  operationalAnswers,
  serviceIsReady,
  serviceResponds,
  warehouseAnswers,
} from './probes.ts'

export interface Plan {
  command: string
  args: readonly string[]
  environment: Record<string, string>
  format: LogFormat
  /** True when the part does its work; false or an error while it does not. */
  isReady(): Promise<boolean>
  /** How it is seen that a part that was ready has stopped answering; without it, only its end is seen. */
  liveness?: Liveness
  /** Whom it runs as, where not as we do. */
  account?: { uid: number; gid: number }
  /** Asks it to stop; SIGTERM where nothing is said. */
  stopSignal?: NodeJS.Signals
  /** What is due before each start. @param note for what a person should know */
  prepare?(note: (text: string) => void): Promise<void>
  /** Ends what its process left when it was killed. */
  sweep?(): void
}

export interface Liveness {
  /** True when it answers what it is for; false or an error where not. It gives up by itself. */
  answers(): Promise<boolean>
  /** A part that has not answered for so long is killed, and so started again. */
  silenceMs: number
}

/**
 * A part is killed for its silence only when it cannot be anything but stuck: on two cores that train a model and load a
 * replay, answers that take milliseconds took up to seconds. A minute is long for who waits, and every part survives a
 * kill.
 */
const SILENCE_MS = 60_000
/** With all its query slots taken the warehouse refuses ours as well, and such rushes end. */
const WAREHOUSE_SILENCE_MS = 120_000
/** Of one question, of which several fit into the silence. */
const QUESTION_MS = 8_000

export interface PlanInput {
  dataDir: string
  ports: Ports
  secrets: Secrets
  settings: Settings
  tools: Tools
  /** Whether there is a twin, an inference and jobs that the API can ask. */
  twin: boolean
  inference: boolean
  jobs: boolean
  /** Whether Spark lands the blocks, instead of ingest. */
  spark: boolean
}

export function plan(part: PartName, input: PlanInput): Plan {
  const { ports } = input
  const access = accessTo(ports, input.secrets)
  const node = (
    entry: string,
    port: number,
    environment: Record<string, string>,
    flags: readonly string[] = [],
  ): Plan => ({
    ...nodeCommand(entry, flags),
    environment: { ...settingsFor(part, input.settings), ...environment },
    format: 'pino',
    isReady: () => serviceIsReady(port),
    liveness: { answers: () => serviceResponds(port, QUESTION_MS), silenceMs: SILENCE_MS },
  })
  switch (part) {
    case 'kafka':
      return kafkaPlan(input)
    case 'lake':
      return lakePlan(input)
    case 'warehouse':
      return {
        ...node('platform/clickhouse/server.ts', ports.warehouse.http!, {
          ...access.lake,
          CLICKHOUSE_USER: access.warehouse.CLICKHOUSE_USER!,
          CLICKHOUSE_PASSWORD: input.secrets.warehouse_password,
          WAREHOUSE_PORT: String(ports.warehouse.http),
          WAREHOUSE_DATA_DIR: layout(input.dataDir).warehouse,
          WAREHOUSE_ANALYST_PASSWORD: input.secrets.analyst_password,
        }),
        liveness: {
          answers: () => warehouseAnswers(access.warehouse, QUESTION_MS),
          silenceMs: WAREHOUSE_SILENCE_MS,
        },
      }
    case 'operational':
      return operationalPlan(input)
    case 'ingest':
      return node(
        'services/ingest/main.ts',
        ports.ingest.health!,
        {
          ...access.kafka,
          ...access.lake,
          ...access.warehouse,
          INGEST_PORT: String(ports.ingest.health),
          STREAM_ENGINE: input.spark ? 'spark' : 'node',
        },
        // What it works on lies in typed arrays, outside of the heap: a small nursery takes 90 MB less. But their bytes have
        // the heap collected as if it grew, every third of a second; with more room, that takes a tenth less time in all.
        ['--max-semi-space-size=4', '--heap-growing-percent=200'],
      )
    case 'spark':
      return sparkPlan(input)
    case 'inference':
      return node('services/inference/main.ts', ports.inference.http!, {
        ...access.lake,
        ...access.warehouse,
        ...access.operational,
        INFERENCE_PORT: String(ports.inference.http),
      })
    case 'api':
      return node('services/api/main.ts', ports.api.http!, {
        ...access.kafka,
        ...access.lake,
        ...access.warehouse,
        ...access.operational,
        ...access.ingest,
        TWIN_URL: input.twin ? access.twin.TWIN_URL! : '',
        INFERENCE_URL: input.inference ? access.inference.INFERENCE_URL! : '',
        JOBS_URL: input.jobs ? access.jobs.JOBS_URL! : '',
        STREAM_ENGINE: input.spark ? 'spark' : 'node',
        SPARK_URL: access.spark.SPARK_URL!,
        ...(input.settings.ALLOWED_HOSTS && { ALLOWED_HOSTS: input.settings.ALLOWED_HOSTS }),
        API_PORT: String(ports.api.http),
        DASHBOARD_DIR: DASHBOARD_BUILD,
      })
    case 'twin':
      return node(
        'datagen/twin.ts',
        ports.twin.health!,
        {
          ...access.kafka,
          ...access.lake,
          TWIN_PORT: String(ports.twin.health),
          TWIN_TOKEN: input.secrets.twin_token,
        },
        // Its messages live for a moment. Collected often, they take 60 MB less, and it is as fast.
        ['--max-semi-space-size=4'],
      )
    case 'jobs':
      return node('services/jobs/main.ts', ports.jobs.health!, {
        ...access.lake,
        ...access.warehouse,
        ...access.operational,
        ...(input.tools.models && { MODELS_PYTHON: input.tools.models }),
        ...connectorSettings(input.settings),
        ...(input.tools.spark && {
          ...retentionSettings(input.settings),
          ...sparkSettings(input.settings, input.tools.spark),
          SPARK_LOCAL_DIR: layout(input.dataDir).spark,
        }),
        JOBS_PORT: String(ports.jobs.health),
      })
  }
}

/** Where the connectors fetch from, where a person has said so; an empty address turns one off. */
export function connectorSettings(settings: Settings): Record<string, string> {
  return givenOf(ConnectorEnvironment, settings)
}

/** How long things are kept, where a person has said so. */
export function retentionSettings(settings: Settings): Record<string, string> {
  return givenOf(RetentionEnvironment, settings)
}

function givenOf(group: TObject, settings: Settings): Record<string, string> {
  return Object.fromEntries(
    Object.keys(group.properties).flatMap((name) => {
      const value = settings[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

/** What jobs that start Spark are told, and what a person has set for them. */
export function sparkSettings(settings: Settings, spark: Spark): Record<string, string> {
  const given = Object.entries(settings).flatMap(([name, value]) =>
    value !== undefined && /^(SPARK|COMPACT|RETENTION)_/.test(name) ? [[name, value]] : [],
  )
  return { ...Object.fromEntries(given), SPARK_PYTHON: spark.python, SPARK_JARS: spark.jars }
}

export const ONE_SHOTS = {
  /** Topics and buckets, and how long they keep things. */
  provision: { entry: 'services/runtime/provision.ts', needs: ['kafka', 'lake'] },
  /** Tables, and how long they keep rows. */
  migrate: { entry: 'services/warehouse/migrate.ts', needs: ['warehouse'] },
  'migrate-operational': { entry: 'services/operational/migrate.ts', needs: ['operational'] },
  /** The twin's past, in the lake; ingest loads it. */
  seed: { entry: 'datagen/seed.ts', needs: ['lake', 'ingest', 'twin'] },
} as const satisfies Record<string, { entry: string; needs: readonly PartName[] }>
export type OneShot = keyof typeof ONE_SHOTS

export type OneShotPlan = Pick<Plan, 'command' | 'args' | 'environment' | 'format'>

/** What runs once at each start, between the stores and the services. */
export function oneShot(name: OneShot, input: PlanInput): OneShotPlan {
  const access = accessTo(input.ports, input.secrets)
  const { entry, needs } = ONE_SHOTS[name]
  // The twin is not asked: its past is made before it lives, by the settings that it has.
  const stores = needs.filter((part) => part !== 'twin')
  return {
    ...nodeCommand(entry),
    environment: {
      ...settingsFor(name === 'seed' ? 'twin' : name, input.settings),
      ...(name === 'seed' ? {} : retentionSettings(input.settings)),
      ...Object.assign({}, ...stores.map((part) => access[part])),
    },
    format: 'pino',
  }
}

/** Formats Kafka's storage, once for a data folder. */
export function kafkaFormat(input: PlanInput): { command: string; args: readonly string[] } {
  const paths = writeKafkaFiles(input)
  const tool = [
    '-cp',
    join(input.tools.kafkaJars, '*'),
    'kafka.tools.StorageTool',
    'format',
    '--ignore-formatted',
  ]
  return {
    command: input.tools.java,
    args: [...tool, '-t', input.secrets.kafka_cluster_id, '-c', paths.properties],
  }
}

function kafkaPlan(input: PlanInput): Plan {
  const paths = writeKafkaFiles(input)
  return {
    command: input.tools.java,
    args: [
      // 128 MB also held half a million messages; 256 MB leaves room for several consumers.
      '-Xms256m',
      '-Xmx256m',
      '-XX:+UseG1GC',
      '-XX:+ExitOnOutOfMemoryError',
      '-Djava.awt.headless=true',
      `-Dlog4j2.configurationFile=${join(REPOSITORY, 'infra', 'kafka', 'log4j2.xml')}`,
      '-cp',
      join(input.tools.kafkaJars, '*'),
      'kafka.Kafka',
      paths.properties,
    ],
    environment: settingsFor('kafka', input.settings),
    format: 'log4j',
    isReady: () => brokerAnswers(input.ports.kafka.broker!),
    liveness: {
      answers: () => brokerAnswers(input.ports.kafka.broker!, QUESTION_MS),
      silenceMs: SILENCE_MS,
    },
  }
}

function writeKafkaFiles({ dataDir, ports }: PlanInput) {
  const folder = layout(dataDir).kafka
  mkdirSync(folder, { recursive: true })
  const properties = join(folder, 'server.properties')
  const values = {
    BROKER_PORT: String(ports.kafka.broker),
    CONTROLLER_PORT: String(ports.kafka.controller),
    DATA: join(folder, 'data'),
  }
  writeFileSync(properties, filled('kafka/server.properties', values))
  return { properties }
}

function lakePlan({ dataDir, ports, secrets, settings, tools }: PlanInput): Plan {
  const folder = layout(dataDir).lake
  mkdirSync(folder, { recursive: true })
  const values = {
    MASTER_PORT: String(ports.lake.master),
    VOLUME_PORT: String(ports.lake.volume),
    FILER_PORT: String(ports.lake.filer),
    S3_PORT: String(ports.lake.s3),
    CONSOLE_PORT: String(ports.lake.console),
    ICEBERG_PORT: String(ports.lake.iceberg),
    CURATED_BUCKET: accessTo(ports, secrets).lake.S3_BUCKET_CURATED!,
    CONSOLE_PASSWORD: secrets.console_password,
    CONSOLE_PATH: secrets.console_path,
  }
  // In a file that only the owner reads: a command line is seen by everybody on the machine.
  const options = layout(dataDir).lakeOptions
  writeFileSync(options, filled('seaweedfs/mini.options', values), { mode: 0o600 })
  const certificate = layout(dataDir).lakeCertificate
  writeLakeCertificate(certificate, Date.now())
  return {
    command: tools.weed,
    args: ['-logtostderr=true', 'mini', `-dir=${folder}`, `-options=${options}`],
    environment: {
      ...settingsFor('lake', settings),
      // It holds some 250 MB of buffers, of its index and its metadata log, and would let the heap double before it is
      // swept.
      GOGC: '40',
      AWS_ACCESS_KEY_ID: secrets.s3_access_key,
      AWS_SECRET_ACCESS_KEY: secrets.s3_secret_key,
      ...lakeCertificateVariables(certificate),
      // Without these keys the volume and filer ports let anyone read and write who has the certificate.
      WEED_JWT_SIGNING_KEY: secrets.jwt_volume_write,
      WEED_JWT_SIGNING_READ_KEY: secrets.jwt_volume_read,
      WEED_JWT_FILER_SIGNING_KEY: secrets.jwt_filer_write,
      WEED_JWT_FILER_SIGNING_READ_KEY: secrets.jwt_filer_read,
    },
    format: 'glog',
    isReady: () => lakeAnswers(accessTo(ports, secrets).lake),
    liveness: {
      answers: () => lakeAnswers(accessTo(ports, secrets).lake, QUESTION_MS),
      silenceMs: SILENCE_MS,
    },
  }
}

function operationalPlan({ dataDir, ports, secrets, tools }: PlanInput): Plan {
  const { OPERATIONAL_URL: url, OPERATIONAL_PASSWORD: password } = accessTo(ports, secrets).operational
  const access = { url: url!, password: password! }
  const cluster = openCluster({
    folder: layout(dataDir).operational,
    binaries: tools.postgres,
    port: ports.operational.sql!,
    password: access.password,
  })
  return {
    command: cluster.command,
    args: cluster.args,
    environment: cluster.environment,
    ...(cluster.account && { account: cluster.account }),
    format: 'postgres',
    stopSignal: STOP_SIGNAL,
    async prepare(note) {
      for (const text of cluster.notes.splice(0)) note(text)
      await cluster.prepare()
    },
    sweep: cluster.sweep,
    isReady: () => operationalAnswers(access),
    liveness: { answers: () => storeResponds(access, QUESTION_MS), silenceMs: SILENCE_MS },
  }
}

/** Of the twin, whose clock runs faster than ours: so far apart may its partitions come, in seconds of ours. */
const WATERMARK_S = 10
/** However slow it is, tills are sometimes late by this much. */
const LEAST_WATERMARK_MINUTES = 120

function sparkPlan({ dataDir, ports, secrets, settings, tools }: PlanInput): Plan {
  const { spark } = tools
  if (!spark) throw new Error('Spark is not installed. Start it with: npm start -- --with spark')
  const access = accessTo(ports, secrets)
  const folder = layout(dataDir).spark
  mkdirSync(folder, { recursive: true })
  // Like ingest, whose work it does; what is set for Spark alone comes after.
  const ours = { ...settingsFor('ingest', settings), ...settingsFor('spark', settings) }
  const watermark = Math.ceil((WATERMARK_S * Number(settings.TWIN_SPEED || 3_600)) / 60)
  return {
    command: spark.python,
    args: [join(REPOSITORY, 'spark-jobs', 'land_stream.py')],
    environment: {
      SPARK_WATERMARK_MINUTES: String(Math.max(LEAST_WATERMARK_MINUTES, watermark)),
      ...ours,
      ...access.kafka,
      ...access.lake,
      ...access.warehouse,
      SPARK_PORT: String(ports.spark.health),
      SPARK_JARS: spark.jars,
      SPARK_LOCAL_DIR: folder,
      SPARK_LOCAL_IP: '127.0.0.1',
      PYSPARK_PYTHON: spark.python,
      // Otherwise each worker's numpy takes all processors for itself.
      OMP_NUM_THREADS: '1',
    },
    format: 'spark',
    isReady: () => serviceIsReady(ports.spark.health!),
    liveness: { answers: () => serviceResponds(ports.spark.health!, QUESTION_MS), silenceMs: SILENCE_MS },
  }
}

function nodeCommand(entry: string, flags: readonly string[] = []) {
  // kafkajs asks for a timer in the past now and then; Node 24 says so each time, and nothing follows from it.
  return {
    command: process.execPath,
    args: ['--disable-warning=TimeoutNegativeWarning', ...flags, join(REPOSITORY, entry)],
  }
}

/** A configuration file of infra/ with its ${NAMES} filled in. */
function filled(file: string, values: Record<string, string>): string {
  return readFileSync(join(REPOSITORY, 'infra', file), 'utf8').replace(
    /\$\{([A-Z0-9_]+)\}/g,
    (_, name: string) => {
      const value = values[name]
      if (value === undefined)
        throw new Error(
          `infra/${file} asks for \${${name}}, which platform/supervisor/plans.ts does not give.`,
        )
      return value
    },
  )
}
