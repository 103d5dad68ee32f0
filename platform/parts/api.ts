import {
  HOST_NAMES,
  KafkaEnvironment,
  LakeEnvironment,
  OperationalEnvironment,
  port,
  ServiceEnvironment,
  WarehouseEnvironment,
} from '@shelfcast/runtime/environment'
import { Type } from 'typebox'
import { InferenceAccess } from './inference.ts'
import { IngestAccess, StreamEnvironment } from './ingest.ts'
import { JobsAccess } from './jobs.ts'
import { OrderEnvironment } from './orders.ts'
import type { Part } from './part.ts'
import { SparkAccess } from './spark.ts'
import { TwinAccess } from './twin.ts'

const { ALLOWED_HOSTS: _, ...service } = ServiceEnvironment.properties
const { TWIN_URL } = TwinAccess.properties

export const api = {
  title: 'API and dashboard',
  role: 'API, WebSocket, dashboard',
  entry: 'services/api/main.ts',
  environment: Type.Object({
    ...service,
    /** It is the one that stands behind a proxy: here a person sets it. */
    ALLOWED_HOSTS: Type.String({ default: '', pattern: HOST_NAMES }),
    ...KafkaEnvironment.properties,
    ...LakeEnvironment.properties,
    ...WarehouseEnvironment.properties,
    ...OperationalEnvironment.properties,
    ...IngestAccess.properties,
    TWIN_URL,
    ...InferenceAccess.properties,
    ...JobsAccess.properties,
    ...OrderEnvironment.properties,
    ...StreamEnvironment.properties,
    ...SparkAccess.properties,
    API_PORT: port(8080, { published: true }),
    DASHBOARD_DIR: Type.String({
      default: 'dashboards/planner/build',
      wiring: true,
      description: 'Folder of the built dashboard, for the API; relative to the repository.',
    }),
  }),
  ports: { http: 'API_PORT' },
  access: Type.Object({}),
  addresses: ({ http }) => ({ API_URL: `http://${http}` }),
  needs: ['provision', 'migrate', 'migrate-operational'],
  stops: 2,
  memory_mb: 200,
  compose: { service: 'api', environment: {} },
  aws: 'ECS Fargate service behind API Gateway',
} as const satisfies Part
