/** The API process. */
import { resolve } from 'node:path'
import { createOperational } from '@shelfcast/operational/client'
import { api } from '@shelfcast/platform/parts/api'
import { readEnvironment } from '@shelfcast/runtime/environment'
import { createKafka } from '@shelfcast/runtime/kafka'
import { createLake } from '@shelfcast/runtime/lake'
import { createLog } from '@shelfcast/runtime/log'
import { ownHosts } from '@shelfcast/runtime/page-guard'
import { createService } from '@shelfcast/runtime/service'
import { createWarehouse } from '@shelfcast/warehouse/client'
import { createSender, SEND_RETRIES } from './dead-letters/sender.ts'
import { createProbes } from './health/probes.ts'
import { createBroker } from './pipeline/broker.ts'
import { createSparkJobs } from './pipeline/spark-jobs.ts'
import { createObjects } from './receipts/objects.ts'
import { buildServer } from './server.ts'

const environment = readEnvironment(api.environment)

const log = createLog('api', environment.LOG_LEVEL)
const service = createService(log)

const warehouse = createWarehouse({
  url: environment.CLICKHOUSE_URL,
  user: environment.CLICKHOUSE_USER,
  password: environment.CLICKHOUSE_PASSWORD,
  application: 'api',
})
service.onStop('warehouse client', () => warehouse.close())

const operational = createOperational({
  url: environment.OPERATIONAL_URL,
  password: environment.OPERATIONAL_PASSWORD,
  application: 'api',
})
service.onStop('operational client', () => operational.close())

// A broker that is away is told once, as the health of a part; the client would tell each attempt.
const kafkaLog = log.child({}, { level: 'fatal' })
const broker = createBroker(
  createKafka({ brokers: environment.KAFKA_BROKERS, clientId: 'api', log: kafkaLog }),
)
service.onStop('kafka client', () => broker.close())
const sender = createSender(
  createKafka({
    brokers: environment.KAFKA_BROKERS,
    clientId: 'api-replays',
    log: kafkaLog,
    retries: SEND_RETRIES,
  }),
  environment.KAFKA_BROKERS,
)
service.onStop('kafka producer', () => sender.close())

const lake = createLake(environment)
const app = await buildServer({
  log,
  registry: service.registry,
  isReady: service.isReady,
  warehouse,
  operational,
  broker,
  readObject: createObjects(lake),
  sender,
  probes: createProbes({
    broker,
    lake,
    warehouse,
    operational,
    ingestUrl: environment.INGEST_URL,
    twinUrl: environment.TWIN_URL,
    inferenceUrl: environment.INFERENCE_URL,
    jobsUrl: environment.JOBS_URL,
    sparkUrl: environment.STREAM_ENGINE === 'spark' ? environment.SPARK_URL : '',
  }),
  sparkJobs: createSparkJobs(lake, log),
  twinUrl: environment.TWIN_URL,
  inferenceUrl: environment.INFERENCE_URL,
  erpSecret: environment.ERP_SECRET,
  ownHosts: ownHosts(environment),
  dashboardDir: resolve(resolve(import.meta.dirname, '../..', environment.DASHBOARD_DIR)),
})
await app.listen({ host: environment.BIND_HOST, port: environment.API_PORT })
service.onStop('server', () => app.close())
service.ready()
