/** Tills at a steady pace, in a process of their own: what is due is sent, whether or not earlier answers are there. */
import { writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { HEADERS, SCHEMA_VERSION } from '@shelfcast/contracts/topics'
import { createKafka, PARTITIONER } from '@shelfcast/runtime/kafka'
import { createLog } from '@shelfcast/runtime/log'
import { createBasket, createRandom, LINES, partitionOf, storeOf, TOPIC } from '../ingest/baskets.ts'
import { answer, readTask } from '../task.ts'

export interface ProduceTask {
  brokers: string
  lines_per_s: number
  seconds: number
  /** Number of the first basket: ids are used once. */
  first: number
  /** File that gets the messages as a JSON array of `Sent`. */
  sent: string
}

/** Where a message came to stand, and the producer's clock when it was sent, in milliseconds since 1970. */
export interface Sent {
  partition: number
  offset: number
  at: number
}

const TICK_MS = 10

const task = readTask<ProduceTask>()
const kafka = createKafka({
  brokers: task.brokers,
  clientId: 'bench-tills',
  log: createLog('bench-tills', 'error'),
})
const producer = kafka.producer({ createPartitioner: PARTITIONER })
await producer.connect()

const total = Math.round((task.lines_per_s * task.seconds) / LINES)
const perSecond = task.lines_per_s / LINES
const random = createRandom(task.first)
const sent: Sent[] = []

/** Sends baskets that are of this moment. */
async function send(numbers: number[]): Promise<void> {
  const at = Date.now()
  const headers = {
    [HEADERS.schema]: SCHEMA_VERSION[TOPIC],
    [HEADERS.producedAt]: String(at),
  }
  const messages = numbers.map((number) => {
    const store = storeOf(number)
    const value = Buffer.from(JSON.stringify(createBasket(store, number, at, random)))
    return { key: store.store_id, value, headers }
  })
  // kafkajs tells where the first message of each partition stands; the others follow it.
  const placed = await producer.send({ topic: TOPIC, messages })
  const next = new Map(placed.map(({ partition, baseOffset }) => [partition, Number(baseOffset)]))
  for (const number of numbers) {
    const partition = partitionOf(number)
    const offset = next.get(partition)!
    next.set(partition, offset + 1)
    sent.push({ partition, offset, at })
  }
}

const began = performance.now()
const sending: Promise<void>[] = []
for (let number = 0; number < total; ) {
  const due = Math.min(total, Math.ceil(((performance.now() - began) / 1000) * perSecond))
  if (due > number) {
    sending.push(send(Array.from({ length: due - number }, (_, index) => task.first + number + index)))
    number = due
  }
  await delay(TICK_MS)
}
await Promise.all(sending)
const seconds = (performance.now() - began) / 1000
await producer.disconnect()
writeFileSync(task.sent, JSON.stringify(sent))
answer({ messages: sent.length, seconds })
