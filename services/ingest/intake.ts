/** Reads the event topics as a member of the consumer group, and gives each partition's messages to its lander. */
import { EVENT_TOPICS, type EventTopic, HEADERS } from '@shelfcast/contracts/topics'
import { headerText, type KafkaClient, topicOffsets } from '@shelfcast/runtime/kafka'
import type { Logger } from '@shelfcast/runtime/log'
import type { Consumer, EachBatchPayload, KafkaMessage } from 'kafkajs'
import type { Message } from './gate/message.ts'
import type { Lander, LanderOptions } from './lander.ts'

/** What the intake fills in of a lander's options. */
export type LanderLinks = Pick<LanderOptions, 'topic' | 'partition' | 'watermarks' | 'commit' | 'onSpace'>

export interface Intake {
  start(): Promise<void>
  /** Lands what was read, commits, and leaves the group. */
  stop(): Promise<void>
}

// A fetch waits this long for messages when there are none: a part of the delay from scan to dashboard.
const FETCH_WAIT_MS = 200
const FETCH_BYTES_PER_PARTITION = 2 * 1024 * 1024
const FETCH_BYTES = 16 * 1024 * 1024

export function createIntake(options: {
  kafka: KafkaClient
  log: Logger
  groupId: string
  createLander(links: LanderLinks): Lander
  onFault(error: unknown): void
}): Intake {
  const { kafka, log } = options
  const admin = kafka.admin()
  const consumer: Consumer = kafka.consumer({
    groupId: options.groupId,
    // The shortest that brokers take by default: a process that was killed is replaced after it.
    sessionTimeout: 6_000,
    heartbeatInterval: 1_500,
    maxWaitTimeInMs: FETCH_WAIT_MS,
    maxBytesPerPartition: FETCH_BYTES_PER_PARTITION,
    maxBytes: FETCH_BYTES,
  })
  const landers = new Map<string, { lander: Lander; started: Promise<void> }>()
  // Reading began after the wanted offset: it is sought once, and if Kafka still begins later, there is a hole.
  const soughtTo = new Map<string, bigint>()
  let stopping = false

  const spelled = (topic: string, partition: number) => `${topic}/${partition}`

  async function watermarks(topic: string, partition: number): Promise<{ low: bigint; high: bigint }> {
    const found = (await topicOffsets(admin, topic)).find((entry) => entry.partition === partition)
    if (!found) throw new Error(`Topic ${topic} has no partition ${partition}.`)
    return { low: BigInt(found.low), high: BigInt(found.high) }
  }

  function open(topic: EventTopic, partition: number): { lander: Lander; started: Promise<void> } {
    const present = landers.get(spelled(topic, partition))
    if (present) return present
    const lander = options.createLander({
      topic,
      partition,
      watermarks: () => watermarks(topic, partition),
      async commit(offset) {
        try {
          await consumer.commitOffsets([{ topic, partition, offset: String(offset) }])
        } catch (error) {
          log.debug({ err: error, topic, partition }, 'offset not committed; the chain in the lake knows it')
        }
      },
      onSpace: () => consumer.resume([{ topic, partitions: [partition] }]),
    })
    const opened = { lander, started: lander.start() }
    soughtTo.delete(spelled(topic, partition))
    landers.set(spelled(topic, partition), opened)
    // It may have been paused when it was ours before; a new lander is empty.
    consumer.resume([{ topic, partitions: [partition] }])
    opened.started.catch((error) => {
      if (landers.get(spelled(topic, partition)) === opened) options.onFault(error)
    })
    return opened
  }

  /** Lets go of partitions that another member has now, and opens those that came. */
  async function follow(assignment: Record<string, number[]>): Promise<void> {
    const assigned = Object.entries(assignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic: topic as EventTopic, partition })),
    )
    const kept = new Set(assigned.map(({ topic, partition }) => spelled(topic, partition)))
    const gone = [...landers].filter(([name]) => !kept.has(name))
    for (const [name] of gone) landers.delete(name)
    await Promise.all(gone.map(([, { lander }]) => lander.abandon()))
    if (!stopping) for (const { topic, partition } of assigned) open(topic, partition)
  }

  async function take({ batch, resolveOffset, heartbeat, isStale }: EachBatchPayload): Promise<void> {
    const { topic, partition, messages } = batch
    const first = messages[0]
    const last = messages.at(-1)
    if (!first || !last || stopping || isStale()) return
    const { lander, started } = open(topic as EventTopic, partition)
    // Recovery of a long chain takes longer than a session lasts.
    const beat = setInterval(() => void heartbeat().catch(() => undefined), 1_500)
    const isOurs = await started.then(
      () => true,
      () => false,
    )
    clearInterval(beat)
    // What a lander takes that has been let go of would be lost to the one that came after it.
    if (!isOurs || landers.get(spelled(topic, partition))?.lander !== lander) return
    if (BigInt(last.offset) < lander.next) {
      consumer.seek({ topic, partition, offset: String(lander.next) })
      return
    }
    if (BigInt(first.offset) > lander.next) {
      const { low } = await watermarks(topic, partition)
      if (low <= lander.next && soughtTo.get(spelled(topic, partition)) !== lander.next) {
        soughtTo.set(spelled(topic, partition), lander.next)
        consumer.seek({ topic, partition, offset: String(lander.next) })
        return
      }
    }
    await lander.accept(messages.map(toMessage))
    soughtTo.delete(spelled(topic, partition))
    resolveOffset(last.offset)
    if (lander.isFull) consumer.pause([{ topic, partitions: [partition] }])
    await heartbeat()
  }

  return {
    async start() {
      await admin.connect()
      await consumer.connect()
      consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
        log.info({ assignment: payload.memberAssignment }, 'joined the group')
        follow(payload.memberAssignment).catch(options.onFault)
      })
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        if (!payload.restart) options.onFault(payload.error)
      })
      await consumer.subscribe({ topics: [...EVENT_TOPICS], fromBeginning: true })
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: 24,
        eachBatch: (payload) => take(payload),
      })
    },
    async stop() {
      stopping = true
      await Promise.allSettled(
        [...landers.values()].map(({ lander, started }) => started.then(() => lander.drain())),
      )
      await consumer.disconnect()
      await admin.disconnect()
    },
  }
}

function toMessage(message: KafkaMessage): Message {
  const produced = Number(headerText(message.headers, HEADERS.producedAt))
  return {
    offset: BigInt(message.offset),
    value: message.value,
    schema: headerText(message.headers, HEADERS.schema),
    producedAt: Number.isSafeInteger(produced) && produced > 0 ? produced : Number(message.timestamp),
  }
}
