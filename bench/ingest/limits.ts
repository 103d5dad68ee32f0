/** How far one step goes alone, in a process of its own: only consuming, only the gate, or only the encoding. */
import { IdMemory } from '@shelfcast/ingest/stream/chain/ids'
import { createGate } from '@shelfcast/ingest/stream/gate/create'
import type { Gate } from '@shelfcast/ingest/stream/gate/gate-of-topic'
import type { World } from '@shelfcast/ingest/stream/gate/world'
import { createCluster } from '@shelfcast/ingest/stream/kafka/cluster'
import { type FetchedPartition, fetchPartitions } from '@shelfcast/ingest/stream/kafka/fetch'
import type { MessageView } from '@shelfcast/ingest/stream/message'
import { encodeColumns } from '@shelfcast/ingest/stream/parquet/encode'
import { answer, readTask } from '../task.ts'
import { LINES, reference, TOPIC } from './baskets.ts'

export interface LimitTask {
  brokers: string
  step: 'consume' | 'gate' | 'encode'
  /** Of the topic, from its beginning: what is gathered before the gate or the encoding is measured. */
  messages: number
  warm_s: number
  seconds: number
}

/** As ingest asks for them. */
const FETCH = { waitMs: 200, maxBytes: 12 * 1024 * 1024 }
const PARTITION_BYTES = 2 * 1024 * 1024
const ID_BYTES = 96 * 1024 * 1024
/** Rows of a block under load, as services/ingest/stream/chain/lander.ts has them. */
const BLOCK_ROWS = 120_000

const world: World = {
  store: (id) => storesById.get(id),
  product: (sku) => productsBySku.get(sku),
}
const storesById = new Map(
  reference.stores.map(({ store_id, time_zone, currency }) => [store_id, { timeZone: time_zone, currency }]),
)
const productsBySku = new Map(
  reference.products.map(({ sku, kind, unit, price }) => [sku, { kind, unit, ...(price && { price }) }]),
)
const view: MessageView = {
  offset: 0,
  bytes: new Uint8Array(0),
  start: -1,
  end: -1,
  producedAt: 0,
  schema: undefined,
  replayOf: undefined,
}

/** Reads the topic's first messages, by fetches that ask for all partitions. */
async function* fetched(brokers: string, messages: number): AsyncGenerator<FetchedPartition> {
  const cluster = createCluster({ brokers, clientId: 'bench-limits', topics: [TOPIC] })
  try {
    const { id, leaders } = (await cluster.layout()).get(TOPIC)!
    const next = new Map([...leaders.keys()].map((partition) => [partition, 0]))
    const connection = await cluster.connection([...leaders.values()][0]!)
    for (let count = 0; count < messages; ) {
      const requests = [...next].map(([partition, offset]) => ({
        topicId: id,
        partition,
        offset,
        maxBytes: PARTITION_BYTES,
      }))
      for (const part of await fetchPartitions(connection, requests, FETCH)) {
        count += part.records.end - next.get(part.partition)!
        next.set(part.partition, part.records.end)
        yield part
      }
    }
  } finally {
    await cluster.close()
  }
}

async function consume({ brokers, messages }: LimitTask): Promise<number> {
  let count = 0
  for await (const { records } of fetched(brokers, messages)) {
    while (records.next(view)) count++
    records.release()
  }
  return count * LINES
}

/** Remembers nothing of what it was told before `forget`: each pass is the first. */
class PassMemory {
  #ids = new IdMemory({ bytes: ID_BYTES, used: 0 })

  has(low: number, high: number): boolean {
    return this.#ids.has(low, high)
  }

  add(low: number, high: number): void {
    this.#ids.add(low, high)
  }

  forget(): void {
    this.#ids = new IdMemory({ bytes: ID_BYTES, used: 0 })
  }
}

/** A gate for each partition, as ingest has them. */
const gates = new Map<number, { gate: Gate; memory: PassMemory }>()
function gateOf(partition: number): Gate {
  const entry = gates.get(partition)
  if (entry) return entry.gate
  const memory = new PassMemory()
  const gate = createGate({ topic: TOPIC, epoch: 0, partition, world, memory, clocks: new Map() })
  gates.set(partition, { gate, memory })
  return gate
}

/** @returns lines of all messages */
function judge(parts: readonly FetchedPartition[]): number {
  for (const { gate, memory } of gates.values()) {
    gate.clear()
    memory.forget()
  }
  let count = 0
  for (const { partition, records } of parts) {
    const gate = gateOf(partition)
    const again = records.again()
    while (again.next(view)) {
      gate.judge(view, true)
      count++
      if (gate.columns.rows >= BLOCK_ROWS) gate.clear()
    }
  }
  return count * LINES
}

async function gathered({ brokers, messages }: LimitTask): Promise<FetchedPartition[]> {
  const parts: FetchedPartition[] = []
  for await (const part of fetched(brokers, messages)) parts.push(part)
  return parts
}

/** One block as large as they come under load, or as the topic has it. */
async function block(task: LimitTask): Promise<Gate> {
  for await (const { partition, records } of fetched(task.brokers, task.messages)) {
    const gate = gateOf(partition)
    while (records.next(view)) {
      gate.judge(view, true)
      if (gate.columns.rows >= BLOCK_ROWS) return gate
    }
    records.release()
  }
  return gateOf(0)
}

/** Does it again and again: first to get warm, then for the figure. */
async function repeated(task: LimitTask, once: () => Promise<number> | number) {
  const during = async (forSeconds: number) => {
    const usage = process.cpuUsage()
    const began = performance.now()
    const passed = () => (performance.now() - began) / 1000
    let lines = 0
    do lines += await once()
    while (passed() < forSeconds)
    const { user, system } = process.cpuUsage(usage)
    // Microseconds.
    return { lines, wall_s: passed(), cpu_s: (user + system) / 1e6 }
  }
  if (task.warm_s > 0) await during(task.warm_s)
  return during(task.seconds)
}

async function measure(task: LimitTask) {
  switch (task.step) {
    case 'consume':
      return repeated(task, () => consume(task))
    case 'gate': {
      const parts = await gathered(task)
      return repeated(task, () => judge(parts))
    }
    case 'encode': {
      const { columns } = await block(task)
      return repeated(task, () => {
        encodeColumns(columns, {})
        return columns.rows
      })
    }
  }
}

answer(await measure(readTask<LimitTask>()))
