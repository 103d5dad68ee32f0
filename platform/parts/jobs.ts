import {
  LakeEnvironment,
  OperationalEnvironment,
  port,
  ServiceEnvironment,
  WarehouseEnvironment,
} from '@shelfcast/runtime/environment'
import { Type } from 'typebox'
import { OrderEnvironment } from './orders.ts'
import type { Part } from './part.ts'
import { TwinAccess } from './twin.ts'

export const JobsAccess = Type.Object({
  /** Empty: there are none. */
  JOBS_URL: Type.String({ default: '', wiring: true }),
  /** Signs what is told to an ERP, and what it tells. */
  ERP_SECRET: Type.String({ minLength: 8, secret: true }),
})

const { ERP_SECRET } = JobsAccess.properties
const { TWIN_URL, TWIN_TOKEN } = TwinAccess.properties

/** Where the connectors fetch from; an empty address is not an unset one, but turns its connector off. */
export const ConnectorEnvironment = Type.Object({
  OPEN_METEO_URL: Type.String({
    default: 'https://api.open-meteo.com',
    emptyIsOff: true,
    description:
      'Where real weather, its archive, public holidays and macro figures are fetched from (docs/connectors.md): https, or a mirror on this machine. Empty, as in OPEN_METEO_URL=, turns one off.',
  }),
  OPEN_METEO_ARCHIVE_URL: Type.String({ default: 'https://archive-api.open-meteo.com', emptyIsOff: true }),
  NAGER_URL: Type.String({ default: 'https://date.nager.at', emptyIsOff: true }),
  WORLD_BANK_URL: Type.String({ default: 'https://api.worldbank.org', emptyIsOff: true }),
})

/** Of the jobs that train. */
export const ModelsEnvironment = Type.Object({
  MODELS_PYTHON: Type.Optional(
    Type.String({
      minLength: 1,
      wiring: true,
      description:
        'Python with models/requirements.txt, for the jobs that train; those are not scheduled where it is empty.',
    }),
  ),
})

/** Of the jobs that start Spark. */
export const SparkPythonEnvironment = Type.Object({
  SPARK_PYTHON: Type.Optional(
    Type.String({
      minLength: 1,
      wiring: true,
      description:
        'Python with PySpark, for the jobs that start Spark; those are not scheduled where it is empty.',
    }),
  ),
})

/** What the jobs work on. */
export const BackendEnvironment = Type.Object({
  ...LakeEnvironment.properties,
  ...WarehouseEnvironment.properties,
  ...OperationalEnvironment.properties,
})

export const jobs = {
  title: 'Jobs',
  role: 'scheduled jobs, connectors',
  entry: 'services/jobs/main.ts',
  environment: Type.Object({
    ...ServiceEnvironment.properties,
    ...BackendEnvironment.properties,
    ...ConnectorEnvironment.properties,
    ...ModelsEnvironment.properties,
    ...SparkPythonEnvironment.properties,
    ...OrderEnvironment.properties,
    TWIN_URL,
    TWIN_TOKEN: Type.Optional(TWIN_TOKEN),
    ERP_SECRET,
    JOBS_NAMES: Type.String({
      default: '',
      wiring: true,
      description: 'Which jobs a process of jobs runs, with commas; all when empty.',
    }),
    JOBS_PORT: port(8083),
  }),
  ports: { health: 'JOBS_PORT' },
  access: JobsAccess,
  addresses: ({ health }) => ({ JOBS_URL: `http://${health}` }),
  // Last, so that its first runs take nothing from the start of the others.
  needs: [
    'provision',
    'migrate',
    'migrate-operational',
    'twin',
    'seed',
    'ingest',
    'spark',
    'inference',
    'api',
  ],
  stops: 1,
  memory_mb: 140,
  // Those of the models are of another service, where they are asked for.
  compose: {
    service: 'jobs',
    environment: {
      JOBS_NAMES:
        'fetch-weather,fetch-holidays,fetch-macro,plan-orders,calibrate-risks,measure-overrides,prune-runs',
    },
  },
  aws: 'ECS Fargate task, started by EventBridge Scheduler',
} as const satisfies Part
