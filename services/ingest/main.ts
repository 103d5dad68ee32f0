/** Ingest: Kafka -> gate -> block -> lake -> warehouse. */
import { ingest } from '@shelfcast/platform/parts/ingest'
import { readEnvironment } from '@shelfcast/runtime/environment'
import { createKafka, PARTITIONER } from '@shelfcast/runtime/kafka'
import { createLake } from '@shelfcast/runtime/lake'
import { createLog } from '@shelfcast/runtime/log'
import { ownHosts } from '@shelfcast/runtime/page-guard'
import { startService } from '@shelfcast/runtime/service'
import { createWarehouse } from '@shelfcast/warehouse/client'
import { answerLoading } from './load/loading-routes.ts'
import { createLoadingTurns } from './load/loading-turns.ts'
import { createMetrics, STEPS } from './metrics.ts'
import { createOrders } from './orders.ts'
import { createReference } from './reference.ts'
import { Follower } from './stream/chain/follower.ts'
import { Lander } from './stream/chain/lander.ts'
import { createIntake } from './stream/kafka/intake.ts'

// What is not a sale may wait longer, so that a quiet day does not make a hundred thousand small objects of it.
const PATIENCE = 5
// One insert keeps one processor busy; two of them, and the landers beside, are what a small machine has room for.
const LOADS_AT_ONCE = 2
const MIB = 1024 * 1024

const environment = readEnvironment(ingest.environment)
const log = createLog('ingest', environment.LOG_LEVEL)
const loading = createLoadingTurns(LOADS_AT_ONCE)
const service = await startService({
  log,
  host: environment.BIND_HOST,
  ownHosts: ownHosts(environment),
  port: environment.INGEST_PORT,
  answer: (request, response) => answerLoading(loading, request, response),
})

const kafka = createKafka({ brokers: environment.KAFKA_BROKERS, clientId: 'ingest', log })
const producer = kafka.producer({ createPartitioner: PARTITIONER, allowAutoTopicCreation: false })
const lake = createLake(environment)
const warehouse = createWarehouse({
  url: environment.CLICKHOUSE_URL,
  user: environment.CLICKHOUSE_USER,
  password: environment.CLICKHOUSE_PASSWORD,
  application: 'ingest',
})
const reference = createReference({ lake, warehouse, log })
const orders = createOrders({ lake, warehouse, log })
const metrics = createMetrics(service.registry)

const [fatalStep, fatalTime] = environment.INGEST_KILL_AFTER?.split(':') ?? []
if (fatalStep !== undefined && !STEPS.some((step) => step === fatalStep))
  throw new Error(`INGEST_KILL_AFTER is "${fatalStep}". Name one of ${STEPS.join(', ')}, as in load:3.`)
let timesLeft = Number(fatalTime ?? 1)

const landing = {
  lake,
  warehouse,
  producer,
  reference,
  metrics,
  log,
  loading,
  ids: { bytes: environment.INGEST_ID_MEMORY_MB * MIB, used: 0 },
  onStep(step: string) {
    if (step === fatalStep && --timesLeft === 0) process.kill(process.pid, 'SIGKILL')
  },
}
const intake = createIntake({
  kafka,
  brokers: environment.KAFKA_BROKERS,
  lake,
  log,
  groupId: environment.INGEST_GROUP,
  newEpochs: environment.INGEST_NEW_EPOCH.split(','),
  onFault: (error) => void service.stop(error),
  createLander(links) {
    const patience = links.chain.topic === 'sales-transactions' ? 1 : PATIENCE
    const options = { ...landing, ...links, lingerMs: environment.INGEST_LINGER_MS * patience }
    return environment.STREAM_ENGINE === 'spark' ? new Follower(options) : new Lander(options)
  },
})

service.onStop('warehouse client', () => warehouse.close())
await producer.connect()
service.onStop('producer', () => producer.disconnect())
// An unknown store or SKU brings a reading at once; this one is for changes of what is known.
const refreshReference = async (): Promise<void> => {
  try {
    await reference.refresh()
    await reference.publish()
  } catch (error) {
    log.warn({ err: error }, 'reference data not read, or not passed on')
  }
}
await refreshReference()
const refreshing = setInterval(() => {
  void refreshReference()
  orders.refresh().catch((error) => log.warn({ err: error }, 'purchase orders not read, or not passed on'))
}, 10_000)
service.onStop('reference data', () => clearInterval(refreshing))
await intake.start()
service.onStop('intake', () => intake.stop())
service.ready()
