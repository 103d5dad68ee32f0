/** Who leads which partition, and connections to them. */
import { type Connection, metadataV12 } from '@platformatic/kafka'
import type { EventTopic } from '@shelfcast/contracts/topics'
import { createLeasePool } from './leases.ts'
import { openWire, type Wire } from './wire.ts'

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
  close(): void
}

export function createCluster(options: {
  brokers: string
  clientId: string
  topics: readonly EventTopic[]
}): Cluster {
  const pool = createLeasePool()
  const wires = new Map<string, Promise<Wire>>()
  const bootstrap = options.brokers.split(',').map(address)
  const nodes = new Map<number, { host: string; port: number }>()
  let layouts: Promise<Map<EventTopic, TopicLayout>> | undefined

  async function connected({ host, port }: { host: string; port: number }): Promise<Connection> {
    const name = `${host}:${port}`
    const entry = await wires.get(name)?.catch(() => undefined)
    if (entry?.isOpen) return entry.connection
    const opening = openWire({
      host,
      port,
      pool,
      clientId: options.clientId,
      connectLimitMs: CONNECT_LIMIT_MS,
      requestLimitMs: REQUEST_LIMIT_MS,
    })
    wires.set(name, opening)
    return (await opening).connection
  }

  async function firstConnected(): Promise<Connection> {
    let last: unknown
    for (const broker of bootstrap) {
      try {
        return await connected(broker)
      } catch (error) {
        last = error
      }
    }
    throw last
  }

  async function ask(): Promise<Map<EventTopic, TopicLayout>> {
    const connection = await firstConnected()
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
      layouts ??= ask().catch((error) => {
        layouts = undefined
        throw error
      })
      return layouts
    },
    forget() {
      layouts = undefined
    },
    async connection(node) {
      const broker = nodes.get(node)
      if (!broker) throw new Error(`Kafka names broker ${node} as leader and does not say where it is.`)
      return connected(broker)
    },
    close() {
      for (const wire of wires.values()) void wire.then(({ close }) => close()).catch(() => undefined)
    },
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
