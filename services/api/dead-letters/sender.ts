/** Sends messages to Kafka, once each, and says where each went. */
import type { EventTopic } from '@shelfcast/contracts/topics'
import { type KafkaClient, PARTITIONER } from '@shelfcast/runtime/kafka'
import { fault, reasonOf } from '../http/errors.ts'
import type { ReplayMessage } from './message.ts'

export interface Sent {
  partition: number
  offset: number
}

export interface Sender {
  /**
   * Sends messages of one topic, in their order within each partition.
   * @returns where each went, in their order
   * @throws when the broker does not take them; then none counts as sent
   */
  send(topic: EventTopic, messages: readonly ReplayMessage[]): Promise<Sent[]>
  close(): Promise<void>
}

/** Tries again, for about a second: a person waits for the answer. */
export const SEND_RETRIES = 5

/**
 * @param kafka client that tries again SEND_RETRIES times
 * @param brokers addresses, for the reader of an error
 */
export function createSender(kafka: KafkaClient, brokers: string): Sender {
  let connection: { producer: Producer; ready: Promise<void> } | undefined
  // The answer tells the first offset of each partition; which message went to which, only the partitioner knows.
  const partitions = new WeakMap<object, number>()

  function connect() {
    const producer = kafka.producer({
      idempotent: true,
      retry: { retries: SEND_RETRIES },
      allowAutoTopicCreation: false,
      createPartitioner: () => {
        const choose = PARTITIONER()
        return (choice) => {
          const partition = choose(choice)
          partitions.set(choice.message, partition)
          return partition
        }
      },
    })
    return { producer, ready: producer.connect() }
  }

  return {
    async send(topic, messages) {
      connection ??= connect()
      const { producer, ready } = connection
      const records = messages.map(({ key, value, headers }) => ({ key, value, headers }))
      try {
        await ready
        const answers = await producer.send({ topic, messages: records })
        const next = new Map(answers.map((answer) => [answer.partition, Number(answer.baseOffset)]))
        return records.map((record) => {
          const partition = partitions.get(record)!
          const offset = next.get(partition)!
          next.set(partition, offset + 1)
          return { partition, offset }
        })
      } catch (error) {
        // Its numbering may be ahead of what the broker took, so the next messages go through another one.
        connection = undefined
        await producer.disconnect().catch(() => undefined)
        throw fault(
          503,
          'broker_unavailable',
          `Kafka at ${brokers} did not take the messages for ${topic}: ${reasonOf(error)}. Start it, then send them again.`,
        )
      }
    },
    async close() {
      await connection?.producer.disconnect()
    },
  }
}

type Producer = ReturnType<KafkaClient['producer']>
