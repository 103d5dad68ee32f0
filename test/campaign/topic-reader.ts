/** Reads a topic beside the services, all the time, so that what it holds is known without reading it again. */
import { randomUUID } from 'node:crypto'
import { kafkaOf, type StackVariables, topicEnds, until } from '../figures.ts'

export interface ReadMessage {
  partition: number
  offset: number
  key: string
  value: Buffer
  headers: Record<string, string>
}

export interface TopicReader {
  /** Reads up to where each partition ends now. @returns first offset after the last, by partition */
  catchUp(): Promise<Map<number, number>>
  stop(): Promise<void>
}

/** @param onMessage called for each message once, in the order of its partition */
export async function readTopic(
  variables: StackVariables,
  topic: string,
  onMessage: (message: ReadMessage) => void,
): Promise<TopicReader> {
  const consumer = kafkaOf(variables).consumer({ groupId: `test-${randomUUID()}`, maxWaitTimeInMs: 100 })
  const next = new Map<number, number>()
  let fault: unknown
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) fault = payload.error
  })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      const { partition } = batch
      for (const { offset, key, value, headers } of batch.messages) {
        // After a broker's death the group begins from the start of what it never committed.
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
    },
  })
  return {
    async catchUp() {
      const ends = new Map<number, number>()
      for (const [partition, end] of await topicEnds(variables, topic)) ends.set(partition, Number(end))
      await until(async () => {
        if (fault) throw fault
        return [...ends].every(([partition, end]) => (next.get(partition) ?? 0) >= end)
      }, `${topic} read`)
      return ends
    },
    stop: () => consumer.disconnect(),
  }
}
