/** What the broker holds: the range of offsets of each partition. */
import { TOPICS, type Topic } from '@shelfcast/contracts/topics'
import { type KafkaClient, topicOffsets } from '@shelfcast/runtime/kafka'
import { recent } from '../read/recent.ts'

export interface PartitionRange {
  partition: number
  /** First offset that the broker still holds. */
  low: number
  /** Offset that the next message will have. */
  high: number
}

export interface Broker {
  /** Ranges of every topic; throws when a topic is missing or the broker does not answer. May take long to throw. */
  ranges(): Promise<Map<Topic, PartitionRange[]>>
  close(): Promise<void>
}

// Shared by the health of the broker and the state of the pipeline, which both want it about once a second.
const MAX_AGE_MS = 500

export function createBroker(kafka: KafkaClient): Broker {
  const admin = kafka.admin()
  let connecting: Promise<void> | undefined
  let closed = false

  async function load(): Promise<Map<Topic, PartitionRange[]>> {
    if (closed) throw new Error('the client is closed')
    connecting ??= admin.connect().catch((error) => {
      connecting = undefined
      throw error
    })
    await connecting
    const present = new Set(await admin.listTopics())
    const missing = TOPICS.filter((topic) => !present.has(topic))
    // Asked for a topic that is not there, the client would try again for minutes.
    if (missing.length > 0) {
      throw new Error(`no topic ${missing.join(', ')}; run platform/setup/provision.ts`)
    }
    const ranges = new Map<Topic, PartitionRange[]>()
    for (const topic of TOPICS) {
      const partitions = await topicOffsets(admin, topic)
      ranges.set(
        topic,
        partitions.map(({ partition, low, high }) => ({ partition, low: Number(low), high: Number(high) })),
      )
    }
    return ranges
  }

  return {
    ranges: recent(MAX_AGE_MS, load),
    async close() {
      closed = true
      await admin.disconnect()
    },
  }
}
