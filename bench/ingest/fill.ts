/** Fills the topic in a process of its own: what it takes does not count, and it is gone before anything is measured. */
import { HEADERS, SCHEMA_VERSION, TOPIC_SETTINGS } from '@shelfcast/contracts/topics'
import { createKafka, PARTITIONER } from '@shelfcast/runtime/kafka'
import { createLog } from '@shelfcast/runtime/log'
import { answer, readTask } from '../task.ts'
import { count, messages, nothing, TOPIC } from './baskets.ts'

export interface FillTask {
  brokers: string
  baskets: number
}

/** Messages of one request: about 4 MB, of which each partition takes a sixth. */
const BATCH = 4_000

const { brokers, baskets } = readTask<FillTask>()
const kafka = createKafka({ brokers, clientId: 'bench-fill', log: createLog('bench-fill', 'error') })
const admin = kafka.admin()
await admin.connect()
const { partitions, config } = TOPIC_SETTINGS[TOPIC]
const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }))
await admin.createTopics({
  waitForLeaders: true,
  topics: [{ topic: TOPIC, numPartitions: partitions, replicationFactor: 1, configEntries }],
})
await admin.disconnect()

const producer = kafka.producer({ createPartitioner: PARTITIONER })
await producer.connect()

const outcome = nothing()
let batch: { key: string; value: Buffer; headers: Record<string, string> }[] = []
let sending: Promise<unknown> = Promise.resolve()
async function send(): Promise<void> {
  const full = batch
  batch = []
  // One request on its way while the next batch is made: the order within a partition stays.
  await sending
  sending = producer.send({ topic: TOPIC, messages: full })
}

for (const message of messages(baskets)) {
  count(outcome, message)
  const headers = {
    [HEADERS.schema]: SCHEMA_VERSION[TOPIC],
    [HEADERS.producedAt]: String(Date.now()),
    [HEADERS.traceparent]: `00-${String(outcome.messages).padStart(32, '0')}-${'1'.padStart(16, '0')}-01`,
  }
  batch.push({ key: message.store.store_id, value: message.value, headers })
  if (batch.length === BATCH) await send()
}
await send()
await sending
await producer.disconnect()
answer({ ...outcome })
