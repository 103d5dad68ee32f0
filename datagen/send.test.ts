import type { KafkaClient } from '@shelfcast/runtime/kafka'
import type { Lake } from '@shelfcast/runtime/lake'
import type { Message, ProducerBatch, RecordMetadata } from 'kafkajs'
import { describe, expect, test } from 'vitest'
import { createSender, type OffsetRange, publishReference, sendEvents } from './send.ts'
import type { Source, SourceEvent } from './source.ts'

const event = (store_id: string, number: number, size = 20): SourceEvent => ({
  topic: 'sales-transactions',
  store_id,
  event_time: number,
  value: Buffer.from(`${store_id} ${number}`.padEnd(size)),
  lines: 1,
})

/** A broker that keeps what it is sent, begins at offset 100, and answers when `gate` resolves. */
function broker(gate: () => Promise<void> = async () => {}) {
  const logs = new Map<number, Message[]>()
  const requests: ProducerBatch[] = []
  const kafka = {
    admin: () => ({
      connect: async () => {},
      disconnect: async () => {},
      listTopics: async () => ['sales-transactions', 'inventory-updates', 'pos-events'],
      fetchTopicMetadata: async ({ topics }: { topics: string[] }) => ({
        topics: topics.map((name) => ({
          name,
          partitions: [0, 1, 2].map((partitionId) => ({ partitionId, leader: 1 })),
        })),
      }),
    }),
    producer: () => ({
      connect: async () => {},
      disconnect: async () => {},
      async sendBatch(batch: ProducerBatch): Promise<RecordMetadata[]> {
        requests.push(batch)
        await gate()
        return batch.topicMessages!.map(({ topic, messages }) => {
          const partition = messages[0]!.partition!
          const log = logs.get(partition) ?? []
          logs.set(partition, log)
          const baseOffset = String(100 + log.length)
          log.push(...messages)
          return { topicName: topic, partition, errorCode: 0, baseOffset }
        })
      },
    }),
  }
  return { kafka: kafka as unknown as KafkaClient, logs, requests }
}

const sourceOf = (events: SourceEvent[]): Source => ({
  name: 'test',
  reference: async () => ({ stores: [], products: [] }),
  events: () => events,
})

const texts = (messages: Message[] = []) => messages.map(({ value }) => value!.toString().trim())

describe('the sender', () => {
  test('keeps the order of each store, and says which offsets are its own', async () => {
    const { kafka, logs } = broker()
    const events = Array.from({ length: 5_000 }, (_, number) => event(`S${number % 7}`, number))
    const ranges: OffsetRange[] = []
    const acknowledged: SourceEvent[] = []
    const sender = await createSender({
      kafka,
      onAcknowledged(sent, own) {
        acknowledged.push(...sent)
        ranges.push(...own)
      },
    })
    await sendEvents({ source: sourceOf(events), sender, speed: 'max' })

    expect(acknowledged).toEqual(events)
    for (let store = 0; store < 7; store++) {
      const own = [...logs.values()].flatMap((log) => log.filter(({ key }) => key === `S${store}`))
      expect(texts(own)).toEqual(
        events.filter(({ store_id }) => store_id === `S${store}`).map(({ value }) => value.toString().trim()),
      )
    }
    for (const [partition, log] of logs) {
      const own = ranges.filter((range) => range.partition === partition)
      expect(own.reduce((sum, { begin, end }) => sum + end - begin, 0)).toBe(log.length)
      expect(own[0]?.begin).toBe(100)
      expect(own.at(-1)?.end).toBe(100 + log.length)
    }
  })

  test('carries schema, wall clock and trace on every message', async () => {
    const { kafka, logs } = broker()
    const sender = await createSender({ kafka, onAcknowledged() {} })
    await sendEvents({ source: sourceOf([event('S1', 1)]), sender, speed: 'max' })
    const [message] = [...logs.values()].flat()
    expect(message?.headers?.schema).toBe('sales-transactions/1')
    expect(Number(message?.headers?.produced_at)).toBeCloseTo(Date.now(), -5)
    expect(message?.headers?.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  })

  test('holds what the broker takes in one piece, and waits while a batch is in flight', async () => {
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>()
    const { kafka, requests } = broker(() => answered)
    const sender = await createSender({ kafka, onAcknowledged() {} })
    const size = 400_000
    let count = 0
    const sending = (async () => {
      for (let number = 0; number < 10; number++) {
        await sender.send(event('S1', number, size))
        count++
      }
      await sender.flush()
    })()
    // Two fit into a batch: one batch is in flight, one is full, and the fifth event has to wait.
    await expect.poll(() => count).toBe(4)
    await new Promise(setImmediate)
    expect({ count, requests: requests.length }).toEqual({ count: 4, requests: 1 })
    answer()
    await sending
    for (const { topicMessages } of requests) {
      for (const { messages } of topicMessages!) {
        expect(messages.reduce((sum, { value }) => sum + value!.length, 0)).toBeLessThan(1_000_000)
      }
    }
  })

  test('a refusal of the broker comes out of the sending', async () => {
    const { kafka } = broker(() => Promise.reject(new Error('disk full')))
    const sender = await createSender({ kafka, onAcknowledged() {} })
    await expect(sendEvents({ source: sourceOf([event('S1', 1)]), sender, speed: 'max' })).rejects.toThrow(
      'disk full',
    )
  })

  test('a stop in a long wait ends at once with all that was due acknowledged', async () => {
    const { kafka, logs } = broker()
    const stop = new AbortController()
    let acknowledged = 0
    const sender = await createSender({
      kafka,
      onAcknowledged(events) {
        acknowledged += events.length
        stop.abort()
      },
    })
    const dayLater = { ...event('S1', 2), event_time: 86_400_000 }
    await sendEvents({
      source: sourceOf([event('S1', 1), dayLater]),
      sender,
      speed: 1,
      signal: stop.signal,
    })
    expect(acknowledged).toBe(1)
    expect(texts([...logs.values()].flat())).toEqual(['S1 1'])
  })
})

describe('publishing reference data', () => {
  const store = (store_id: string, name = store_id) => ({
    store_id,
    name,
    profile: 'store',
    region: '',
    time_zone: 'UTC',
    currency: 'EUR',
  })

  function memoryLake() {
    const objects = new Map<string, Buffer>()
    let puts = 0
    const lake = {
      metadata: async (_zone: string, name: string) => (objects.has(name) ? {} : undefined),
      read: async (_zone: string, name: string) => objects.get(name)!,
      async put(_zone: string, name: string, body: Buffer) {
        puts++
        objects.set(name, body)
      },
    }
    return {
      lake: lake as unknown as Lake,
      puts: () => puts,
      names: () => [...objects.keys()],
      stores: () =>
        objects
          .get('datasets/stores/test/snapshot.ndjson')!
          .toString()
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as unknown),
    }
  }

  const publishing = (...stores: ReturnType<typeof store>[]): Source => ({
    name: 'test',
    reference: async () => ({ stores, products: [] }),
    events: () => [],
  })

  test('adds and corrects, never removes, and does not write the same again', async () => {
    const memory = memoryLake()
    await publishReference(memory.lake, publishing(store('B'), store('A')))
    expect(memory.stores()).toEqual([store('A'), store('B')])
    await publishReference(memory.lake, publishing(store('A'), store('B')))
    expect(memory.puts()).toBe(1)
    await publishReference(memory.lake, publishing(store('C'), store('B', 'renamed')))
    expect(memory.stores()).toEqual([store('A'), store('B', 'renamed'), store('C')])
    expect(memory.names()).toEqual(['datasets/stores/test/snapshot.ndjson'])
  })
})
