/** Programs that run beside a stack when they are asked for, and the second process of jobs that compose has. */
import { RetentionEnvironment } from '@shelfcast/contracts/retention'
import { KafkaEnvironment, LakeEnvironment, ServiceEnvironment } from '@shelfcast/runtime/environment'
import { Type } from 'typebox'
import { IngestAccess } from './ingest.ts'
import { jobs } from './jobs.ts'
import { CatalogueEnvironment } from './lake.ts'
import type { Program } from './part.ts'
import { SparkEnvironment, SparkStores } from './spark.ts'

const { LOG_LEVEL } = ServiceEnvironment.properties
const { RETENTION_CURATED_SNAPSHOTS_DAYS } = RetentionEnvironment.properties

/** The curated zone brought up to date; natively a job starts it. */
export const compact = {
  entry: 'spark-jobs/compact_lake.py',
  environment: Type.Object({
    ...SparkStores.properties,
    ...CatalogueEnvironment.properties,
    ...SparkEnvironment.properties,
    RETENTION_CURATED_SNAPSHOTS_DAYS: RETENTION_CURATED_SNAPSHOTS_DAYS!,
    COMPACT_KILL_AFTER: Type.String({
      default: '',
      wiring: true,
      description: 'The same for the compaction, as in published:3.',
    }),
  }),
  compose: {
    service: 'compact',
    profile: 'spark',
    environment: {
      ICEBERG_CATALOG: 'jdbc',
      ICEBERG_URI: 'jdbc:postgresql://postgres:5432/iceberg',
      ICEBERG_JDBC_USER: 'iceberg',
      // What is sorted may be more than the memory that /tmp is made of.
      SPARK_LOCAL_DIR: '/scratch',
    },
  },
} as const satisfies Program

/** The jobs of the models, in an image with the Python that trains. */
export const models = {
  entry: jobs.entry,
  environment: jobs.environment,
  compose: {
    service: 'models',
    profile: 'models',
    environment: {
      JOBS_NAMES: 'build-features,train,score,roll-back,detect-drift,detect-anomalies,find-slow-movers',
    },
  },
} as const satisfies Program

export const replay = {
  entry: 'datagen/replay.ts',
  environment: Type.Object({
    LOG_LEVEL,
    ...KafkaEnvironment.properties,
    ...LakeEnvironment.properties,
    // Asked what became of what was sent.
    ...IngestAccess.properties,
  }),
  compose: { service: 'replay', profile: 'replay', environment: {} },
} as const satisfies Program
