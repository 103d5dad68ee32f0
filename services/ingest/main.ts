/** Ingest: Kafka -> gate -> block -> lake -> warehouse, and datasets of the lake -> warehouse. */
import { ingest } from '@shelfcast/platform/parts/ingest'
import { readEnvironment } from '@shelfcast/runtime/environment'
import { createKafka, PARTITIONER } from '@shelfcast/runtime/kafka'
import { createLake } from '@shelfcast/runtime/lake'
import { createLog } from '@shelfcast/runtime/log'
import { ownHosts } from '@shelfcast/runtime/page-guard'
import { startService } from '@shelfcast/runtime/service'
import { createWarehouse } from '@shelfcast/warehouse/client'
import { readerOf } from '@shelfcast/warehouse/queries/rows'
import { createDatasets } from './datasets/loader.ts'
import { createReference } from './datasets/reference.ts'
import { LOADS_AT_ONCE, Loader } from './load/loader.ts'
import { createLoadingTurns } from './load/loading-turns.ts'
import { createMetrics, STEPS } from './metrics.ts'
import { createQuestions } from './questions.ts'
import { Follower } from './stream/chain/follower.ts'
import { Lander } from './stream/chain/lander.ts'
import { createIntake } from './stream/kafka/intake.ts'

// What is not a sale may wait longer, so that a quiet day does not make a hundred thousand small objects of it.
const PATIENCE = 5
// What waits is gathered for this part of the time that a block waits for its messages.
const GATHER_SHARE = 1 / 4
const MIB = 1024 * 1024
const REFERENCE_EVERY_MS = 10_000

const environment = readEnvironment(ingest.environment)
const log = createLog('ingest', environment.LOG_LEVEL)
const loading = createLoadingTurns(LOADS_AT_ONCE)
const lake = createLake(environment)
const warehouse = createWarehouse({
  url: environment.CLICKHOUSE_URL,
  user: environment.CLICKHOUSE_USER,
  password: environment.CLICKHOUSE_PASSWORD,
  application: 'ingest',
})
const datasets = createDatasets({
  lake,
  warehouse,
  log,
  loading,
  onLoaded(kind, { rows, rowsRefused, reason }) {
    metrics.datasetRows.inc({ kind, outcome: 'accepted' }, rows)
    metrics.datasetRows.inc({ kind, outcome: 'refused' }, rowsRefused)
    metrics.datasetObjects.inc({ kind, outcome: reason === '' ? 'loaded' : 'refused' })
  },
})
const service = await startService({
  log,
  host: environment.BIND_HOST,
  ownHosts: ownHosts(environment),
  port: environment.INGEST_PORT,
  answer: createQuestions({ loading, datasets, read: readerOf(warehouse) }),
})

const kafka = createKafka({ brokers: environment.KAFKA_BROKERS, clientId: 'ingest', log })
const producer = kafka.producer({ createPartitioner: PARTITIONER, allowAutoTopicCreation: false })
const reference = createReference({ lake, log })
const metrics = createMetrics(service.registry)

const [fatalStep, fatalTime] = environment.INGEST_KILL_AFTER?.split(':') ?? []
if (fatalStep !== undefined && !STEPS.some((step) => step === fatalStep))
  throw new Error(`INGEST_KILL_AFTER is "${fatalStep}". Name one of ${STEPS.join(', ')}, as in load:3.`)
let timesLeft = Number(fatalTime ?? 1)

function onStep(step: string) {
  if (step === fatalStep && --timesLeft === 0) process.kill(process.pid, 'SIGKILL')
}
const loader = new Loader({
  lake,
  warehouse,
  producer,
  metrics,
  log,
  loading,
  gatherMs: environment.INGEST_LINGER_MS * GATHER_SHARE,
  commit: (progress) => intake.commit(progress),
  onStep,
  onFault: (error) => void service.stop(error),
})
const landing = {
  lake,
  warehouse,
  producer,
  reference,
  metrics,
  log,
  loader,
  ids: { bytes: environment.INGEST_ID_MEMORY_MB * MIB, used: 0 },
  onStep,
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
const refreshReference = () =>
  reference.refresh().catch((error) => log.warn({ err: error }, 'stores and products not read'))
await refreshReference()
const refreshing = setInterval(() => void refreshReference(), REFERENCE_EVERY_MS)
service.onStop('reference data', () => clearInterval(refreshing))
datasets.start()
service.onStop('datasets', () => datasets.stop())
service.onStop('loader', () => loader.stop())
await intake.start()
service.onStop('intake', () => intake.stop())
service.ready()
