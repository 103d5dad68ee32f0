/** Reads a topic beside the services, all the time, so that what it holds is known without reading it again. */
import { randomUUID } from 'node:crypto'
import type { Consumer, EachBatchPayload } from 'kafkajs'
import { kafkaOf, type StackVariables, topicEnds, until } from '../stack/figures.ts'

export interface ReadMessage {
  partition: number
  offset: number
  key: string
  value: Buffer
  headers: Record<string, string>
}

export interface TopicReader {
  /** Reads up to where each partition ends now. */
  catchUp(): Promise<void>
  stop(): Promise<void>
}

/** A consumer of kafkajs now and then stands still after its broker came back; another one begins anew. */
const STANDSTILL_MS = 15_000
const MOST_CONSUMERS = 4

/** @param onMessage called for each message once, in the order of its partition */
export async function readTopic(
  variables: StackVariables,
  topic: string,
  onMessage: (message: ReadMessage) => void,
): Promise<TopicReader> {
  const next = new Map<number, number>()
  let isStopped = false

  async function take({ batch: { partition, messages } }: EachBatchPayload): Promise<void> {
    // A consumer that was restarting when it was told to end goes on, and reads the next topic of this name.
    if (isStopped) return
    for (const { offset, key, value, headers } of messages) {
      // What was never committed is read again by another consumer, and after a broker's death.
      if (Number(offset) < (next.get(partition) ?? 0)) continue
      next.set(partition, Number(offset) + 1)
      onMessage({
        partition,
        offset: Number(offset),
        key: key?.toString() ?? '',
        value: value ?? Buffer.alloc(0),
        headers: Object.fromEntries(
          Object.entries(headers ?? {}).map(([name, text]) => [name, String(text)]),
        ),
      })
    }
  }

  async function begin(): Promise<Consumer> {
    const consumer = kafkaOf(variables).consumer({ groupId: `test-${randomUUID()}`, maxWaitTimeInMs: 100 })
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    await consumer.run({ autoCommit: false, eachBatch: take })
    return consumer
  }

  let consumer = await begin()
  return {
    async catchUp() {
      const ends = await topicEnds(variables, topic)
      const hasAll = async () =>
        [...ends].every(([partition, end]) => (next.get(partition) ?? 0) >= Number(end))
      for (let left = MOST_CONSUMERS; ; left--) {
        try {
          return await until(hasAll, `${topic} read`, STANDSTILL_MS)
        } catch (error) {
          if (left === 1) throw error
          await consumer.disconnect()
          consumer = await begin()
        }
      }
    },
    async stop() {
      isStopped = true
      await consumer.disconnect()
    },
  }
}
