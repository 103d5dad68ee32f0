import {
  KafkaEnvironment,
  LakeEnvironment,
  port,
  ServiceEnvironment,
  WarehouseEnvironment,
} from '@shelfcast/runtime/environment'
import { Type } from 'typebox'
import { LandingEnvironment } from './ingest.ts'
import type { Part } from './part.ts'

const PORT = 8084
const { BIND_HOST, ALLOWED_HOSTS } = ServiceEnvironment.properties

/** What every Spark job goes by. */
export const SparkEnvironment = Type.Object({
  SPARK_MASTER: Type.String({
    default: 'local[2,4]',
    description: "Spark's master, and the memory of its driver.",
  }),
  SPARK_DRIVER_MEMORY: Type.String({ default: '1g' }),
  SPARK_SHUFFLE_PARTITIONS: Type.Integer({
    minimum: 1,
    maximum: 10_000,
    default: 2,
    description: 'Tasks of a shuffle: the processors of the cluster.',
  }),
  SPARK_JARS: Type.String({
    default: '',
    wiring: true,
    description:
      'Folder of the jars of spark-jobs/pom.xml, and where Spark writes aside. With spark-submit neither is needed.',
  }),
  SPARK_LOCAL_DIR: Type.String({ default: '/tmp', wiring: true }),
})

export const WindowEnvironment = Type.Object({
  SPARK_WATERMARK_MINUTES: Type.Integer({
    minimum: 1,
    maximum: 100_000,
    default: 600,
    description:
      'Minutes of store time that a window of five minutes waits for late sales, by Spark alone. What the twin lives through in ten seconds at its usual speed; `npm start` takes its speed.',
  }),
})

const { S3_ACCESS_KEY: _key, S3_SECRET_KEY: _secret, ...lake } = LakeEnvironment.properties

/** The stores, to a Spark job: without an endpoint it is AWS and without keys the machine's role; the warehouse may be absent. */
export const SparkStores = Type.Object({
  ...lake,
  S3_ENDPOINT: Type.String({ default: '', wiring: true }),
  S3_ACCESS_KEY: Type.String({ default: '', secret: true }),
  S3_SECRET_KEY: Type.String({ default: '', secret: true }),
  ...WarehouseEnvironment.properties,
  CLICKHOUSE_PASSWORD: Type.String({ default: '', secret: true }),
})

export const SparkAccess = Type.Object({
  SPARK_URL: Type.String({ default: `http://127.0.0.1:${PORT}`, wiring: true }),
})

export const spark = {
  title: 'Spark',
  role: 'stream engine at scale',
  entry: 'spark-jobs/land_stream.py',
  environment: Type.Object({
    BIND_HOST,
    ALLOWED_HOSTS,
    ...KafkaEnvironment.properties,
    ...SparkStores.properties,
    ...LandingEnvironment.properties,
    ...SparkEnvironment.properties,
    SPARK_PORT: port(PORT),
    ...WindowEnvironment.properties,
  }),
  ports: { health: 'SPARK_PORT' },
  access: SparkAccess,
  addresses: ({ health }) => ({ SPARK_URL: `http://${health}` }),
  needs: ['provision', 'migrate'],
  stops: 2,
  memory_mb: 1800,
  optional: true,
  compose: { service: 'spark', profile: 'spark', environment: {} },
  aws: 'EMR Serverless',
} as const satisfies Part
