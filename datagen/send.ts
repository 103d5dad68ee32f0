/** From a source to the platform: reference data into the lake, then events into Kafka. */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type RowDataset, snapshotName } from '@shelfcast/contracts/datasets/layout'
import { PRODUCTS } from '@shelfcast/contracts/datasets/products'
import { STORES } from '@shelfcast/contracts/datasets/stores'
import { SUPPLIERS } from '@shelfcast/contracts/datasets/suppliers'
import { EVENT_TOPICS, type EventTopic, HEADERS, SCHEMA_VERSION } from '@shelfcast/contracts/topics'
import { type KafkaClient, PARTITIONER } from '@shelfcast/runtime/kafka'
import type { Lake } from '@shelfcast/runtime/lake'
import type { Message, PartitionMetadata } from 'kafkajs'
import { createPace, type Speed } from './pace.ts'
import type { Source, SourceEvent } from './source.ts'

// The broker takes 1,048,588 bytes in what goes to one partition at once.
const PARTITION_BYTES = 900_000
// What waits in memory: one batch in flight, one being filled.
const BATCH_BYTES = 4_000_000
/** Headers, key and framing of a message. */
const OVERHEAD_BYTES = 256
// Shorter waits are not worth a timer and a request of their own; events go out up to this much early.
const SHORTEST_WAIT_MS = 100
// What a slow source has filled goes out after this, however small it is.
const BATCH_AGE_MS = 250

/** Messages of one partition from `begin` to before `end` that are all ours. */
export interface OffsetRange {
  topic: EventTopic
  partition: number
  begin: number
  end: number
}

export interface Sender<E extends SourceEvent> {
  /** Resolves when there is room for more. */
  send(event: E): Promise<void>
  /** Resolves when all that was sent is acknowledged. */
  flush(): Promise<void>
  close(): Promise<void>
}

/**
 * Publishes stores, products and suppliers. It adds and corrects and never removes, because messages that name what
 * an older file held may still wait in Kafka. Content that is there already is not written again.
 */
export async function publishReference(
  lake: Lake,
  source: Pick<Source, 'name' | 'reference'>,
): Promise<void> {
  const { stores, products, suppliers = [] } = await source.reference()
  await publish(STORES, stores, (store) => store.store_id)
  await publish(PRODUCTS, products, (product) => product.sku)
  await publish(SUPPLIERS, suppliers, (supplier) => supplier.supplier_id)

  async function publish<T>(dataset: RowDataset, rows: T[], id: (row: T) => string): Promise<void> {
    if (rows.length === 0) return
    const name = snapshotName(dataset, source.name)
    const stored = (await lake.metadata('raw', name)) ? (await lake.read('raw', name)).toString('utf8') : ''
    const merged = new Map<string, T>()
    for (const line of stored.split('\n').filter(Boolean)) {
      const row = JSON.parse(line) as T
      merged.set(id(row), row)
    }
    for (const row of rows) merged.set(id(row), row)
    const sorted = [...merged].sort(([a], [b]) => (a < b ? -1 : 1))
    const text = sorted.map(([, row]) => `${JSON.stringify(row)}\n`).join('')
    if (text !== stored) await lake.put('raw', name, Buffer.from(text))
  }
}

/**
 * A producer that keeps the order within each partition and holds at most two batches in memory. It is idempotent:
 * a request that is repeated after a lost answer is not written twice.
 * @param options.onAcknowledged called with the events that the broker has on all replicas, in the order they were sent
 */
export async function createSender<E extends SourceEvent>(options: {
  kafka: KafkaClient
  onAcknowledged(events: E[], ranges: OffsetRange[]): void
}): Promise<Sender<E>> {
  const partitions = await topicPartitions(options.kafka)
  const producer = options.kafka.producer({ createPartitioner: PARTITIONER, idempotent: true })
  await producer.connect()
  const partitionOf = createPartitionOf(partitions)
  let filling = emptyBatch<E>()
  let inFlight: Promise<void> = Promise.resolve()

  async function dispatch(): Promise<void> {
    const batch = filling
    filling = emptyBatch()
    await inFlight
    if (batch.events.length === 0) return
    inFlight = deliver(batch)
    // The next dispatch or flush throws it; until then it must not count as unhandled.
    inFlight.catch(() => {})
  }

  async function deliver(batch: Batch<E>): Promise<void> {
    const queues = [...batch.queues.values()]
    const answers = await producer.sendBatch({
      acks: -1,
      topicMessages: queues.map(({ topic, messages }) => ({ topic, messages })),
    })
    const ranges = answers.map(({ topicName, partition, baseOffset }) => {
      const begin = Number(baseOffset)
      const sent = batch.queues.get(`${topicName} ${partition}`)!
      return { topic: sent.topic, partition, begin, end: begin + sent.messages.length }
    })
    options.onAcknowledged(batch.events, ranges)
  }

  return {
    async send(event) {
      const partition = partitionOf(event.topic, event.store_id)
      const size = event.value.length + OVERHEAD_BYTES
      const place = `${event.topic} ${partition}`
      const queued = filling.queues.get(place)?.bytes ?? 0
      const full = queued + size > PARTITION_BYTES || filling.bytes + size > BATCH_BYTES
      const old = filling.events.length > 0 && Date.now() - filling.openedAt > BATCH_AGE_MS
      if (full || old) await dispatch()

      let queue = filling.queues.get(place)
      if (!queue) {
        queue = { topic: event.topic, messages: [], bytes: 0 }
        filling.queues.set(place, queue)
      }
      queue.messages.push({ key: event.store_id, value: event.value, partition, headers: headersOf(event) })
      queue.bytes += size
      filling.bytes += size
      filling.events.push(event)
    },
    async flush() {
      await dispatch()
      await inFlight
    },
    close: () => producer.disconnect(),
  }
}

/**
 * Sends the events of a source at a pace, until it ends or the signal says stop. All that was sent is acknowledged
 * when it returns.
 */
export async function sendEvents<E extends SourceEvent>(options: {
  source: Source<E>
  sender: Sender<E>
  speed: Speed
  signal?: AbortSignal
}): Promise<void> {
  const { source, sender, signal } = options
  const waitFor = createPace(options.speed)
  for await (const event of source.events()) {
    const wait = waitFor(event.event_time)
    if (wait >= SHORTEST_WAIT_MS) {
      await sender.flush()
      await sleep(wait, undefined, { signal }).catch(() => {})
    }
    if (signal?.aborted) break
    await sender.send(event)
  }
  await sender.flush()
}

interface Batch<E> {
  events: E[]
  /** Messages by topic and partition. */
  queues: Map<string, { topic: EventTopic; messages: Message[]; bytes: number }>
  bytes: number
  openedAt: number
}

function emptyBatch<E>(): Batch<E> {
  return { events: [], queues: new Map(), bytes: 0, openedAt: Date.now() }
}

function headersOf(event: SourceEvent): Record<string, string> {
  const trace = randomBytes(24).toString('hex')
  return {
    [HEADERS.schema]: SCHEMA_VERSION[event.topic],
    [HEADERS.producedAt]: String(Date.now()),
    [HEADERS.traceparent]: `00-${trace.slice(0, 32)}-${trace.slice(32)}-01`,
  }
}

async function topicPartitions(kafka: KafkaClient): Promise<Map<EventTopic, PartitionMetadata[]>> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    const present = await admin.listTopics()
    const missing = EVENT_TOPICS.filter((topic) => !present.includes(topic))
    if (missing.length > 0) {
      throw new Error(
        `Kafka has no topic ${missing.join(', ')}. Run platform/setup/provision.ts, or npm start, which does it.`,
      )
    }
    const { topics } = await admin.fetchTopicMetadata({ topics: [...EVENT_TOPICS] })
    return new Map(topics.map(({ name, partitions }) => [name as EventTopic, partitions]))
  } finally {
    await admin.disconnect()
  }
}

function createPartitionOf(partitions: Map<EventTopic, PartitionMetadata[]>) {
  const partitioner = PARTITIONER()
  const partitionOfPlace = new Map<string, number>()
  return (topic: EventTopic, key: string): number => {
    const place = `${topic} ${key}`
    let partition = partitionOfPlace.get(place)
    if (partition === undefined) {
      partition = partitioner({
        topic,
        partitionMetadata: partitions.get(topic)!,
        message: { key, value: null },
      })
      partitionOfPlace.set(place, partition)
    }
    return partition
  }
}
