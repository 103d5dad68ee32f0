/** Who leads which partition, and connections to them. */
import { type Connection, ConnectionPool, metadataV12 } from '@platformatic/kafka'
import type { EventTopic } from '@shelfcast/contracts/topics'

// An answer of a fetch comes after its wait at the latest, unless the broker is gone.
const REQUEST_LIMIT_MS = 10_000
const CONNECT_LIMIT_MS = 3_000

export interface TopicLayout {
  /** Kafka's own id: another one after the topic was deleted and created again. */
  id: string
  /** Broker that leads each partition; undefined while none does. */
  leaders: Map<number, number | undefined>
}

export interface Cluster {
  /** What is known of the topics, asked again when `forget` was called. @throws when no broker answers or a topic is missing */
  layout(): Promise<Map<EventTopic, TopicLayout>>
  forget(): void
  /** @throws when the broker cannot be reached */
  connection(node: number): Promise<Connection>
  close(): Promise<void>
}

export function createCluster(options: {
  brokers: string
  clientId: string
  topics: readonly EventTopic[]
}): Cluster {
  const pool = new ConnectionPool(options.clientId, {
    connectTimeout: CONNECT_LIMIT_MS,
    requestTimeout: REQUEST_LIMIT_MS,
  })
  const bootstrap = options.brokers.split(',').map(address)
  const nodes = new Map<number, { host: string; port: number }>()
  let known: Promise<Map<EventTopic, TopicLayout>> | undefined

  async function ask(): Promise<Map<EventTopic, TopicLayout>> {
    const connection = await pool.getFirstAvailable(bootstrap)
    const answer = await metadataV12.api.async(connection, [...options.topics], false, false)
    nodes.clear()
    for (const { nodeId, host, port } of answer.brokers) nodes.set(nodeId, { host, port })
    return new Map(
      answer.topics.map((topic) => [
        topic.name as EventTopic,
        {
          id: topic.topicId,
          leaders: new Map(
            topic.partitions.map(({ partitionIndex, errorCode, leaderId }) => [
              partitionIndex,
              errorCode === 0 && leaderId >= 0 ? leaderId : undefined,
            ]),
          ),
        },
      ]),
    )
  }

  return {
    layout() {
      known ??= ask().catch((error) => {
        known = undefined
        throw error
      })
      return known
    },
    forget() {
      known = undefined
    },
    async connection(node) {
      const broker = nodes.get(node)
      if (!broker) throw new Error(`Kafka names broker ${node} as leader and does not say where it is.`)
      return pool.get(broker)
    },
    close: () => pool.close(),
  }
}

function address(text: string): { host: string; port: number } {
  const colon = text.lastIndexOf(':')
  const port = Number(text.slice(colon + 1))
  if (colon < 1 || !Number.isInteger(port)) {
    throw new Error(`KAFKA_BROKERS names "${text}", which is not host:port.`)
  }
  return { host: text.slice(0, colon), port }
}
