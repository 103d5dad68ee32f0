/**
 * Reads the event topics as a member of the consumer group, and gives each partition's record batches to its lander.
 * kafkajs holds the membership, with every partition paused: it would make an object of each message. What is read is
 * fetched by requests of our own, from where the lander says, so the group's offsets are a courtesy to lag tools alone.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Connection } from '@platformatic/kafka'
import type { Chain } from '@shelfcast/contracts/lake'
import { EVENT_TOPICS, type EventTopic } from '@shelfcast/contracts/topics'
import type { KafkaClient } from '@shelfcast/runtime/kafka'
import type { Lake } from '@shelfcast/runtime/lake'
import type { Logger } from '@shelfcast/runtime/log'
import type { Consumer } from 'kafkajs'
import pRetry from 'p-retry'
import { isFinal, repeatable } from '../../load/attempts.ts'
import { EpochError, epochOf } from '../chain/epochs.ts'
import type { PartitionLinks, PartitionWork } from '../partition.ts'
import { type Cluster, createCluster } from './cluster.ts'
import {
  type FetchedPartition,
  type FetchPosition,
  fetchPartitions,
  heldOffsets,
  KAFKA_ERROR,
} from './fetch.ts'

export interface Intake {
  start(): Promise<void>
  /** Tells Kafka how far partitions are done: a courtesy to lag tools. */
  commit(progress: readonly { chain: Chain; offset: bigint }[]): Promise<void>
  /** Lands what was read, commits, and leaves the group. */
  stop(): Promise<void>
}

// A fetch waits this long for messages when there are none: a part of the delay from scan to dashboard.
const FETCH_WAIT_MS = 200
const FETCH_BYTES_PER_PARTITION = 2 * 1024 * 1024
const FETCH_BYTES = 12 * 1024 * 1024
const RETRY_MS = 250
// kafkajs looks whether it is time for a heartbeat this often.
const MEMBERSHIP_TURN_MS = 500

interface Open {
  topic: EventTopic
  partition: number
  lander: PartitionWork
  /** Resolves when the lander knows where to begin. */
  started: Promise<void>
  isStarted: boolean
}

export function createIntake(options: {
  kafka: KafkaClient
  brokers: string
  lake: Lake
  log: Logger
  groupId: string
  /** Topics that begin an epoch of their own where they were created again. */
  newEpochs: readonly string[]
  createLander(links: PartitionLinks): PartitionWork
  onFault(error: unknown): void
}): Intake {
  const { kafka, log, lake } = options
  const consumer: Consumer = kafka.consumer({
    groupId: options.groupId,
    // The shortest that brokers take by default: a process that was killed is replaced after it.
    sessionTimeout: 6_000,
    heartbeatInterval: 1_500,
    maxWaitTimeInMs: MEMBERSHIP_TURN_MS,
  })
  const cluster: Cluster = createCluster({
    brokers: options.brokers,
    clientId: 'ingest',
    topics: EVENT_TOPICS,
  })
  const landers = new Map<string, Open>()
  const epochs = new Map<EventTopic, { id: string; epoch: number }>()
  let stopping = false
  let wake: () => void = () => undefined
  let following: Promise<void> = Promise.resolve()
  let reading: Promise<void> = Promise.resolve()

  const spelled = (topic: string, partition: number) => `${topic}/${partition}`

  /** Epochs of the topics that Kafka has now. @throws EpochError when one was created again */
  async function readEpochs(): Promise<void> {
    await pRetry(
      repeatable(async () => {
        for (const [topic, { id }] of await cluster.layout()) {
          if (epochs.get(topic)?.id === id) continue
          epochs.set(topic, { id, epoch: await epochOf(lake, topic, id, options.newEpochs.includes(topic)) })
        }
      }),
      {
        retries: Number.POSITIVE_INFINITY,
        minTimeout: RETRY_MS,
        factor: 1,
        shouldRetry: ({ error }) => !stopping && !isFinal(error),
        onFailedAttempt({ error }) {
          if (stopping || isFinal(error)) return
          log.warn({ err: error }, 'topics not read, trying again')
          cluster.forget()
        },
      },
    )
  }

  function open(topic: EventTopic, partition: number): void {
    const { id, epoch } = epochs.get(topic)!
    const name = spelled(topic, partition)
    const lander = options.createLander({
      chain: { topic, epoch, partition },
      topicId: id,
      onSpace: () => wake(),
      onLost() {
        if (landers.get(name)?.lander !== lander || stopping) return
        landers.delete(name)
        void lander.abandon().then(() => {
          if (!landers.has(name) && assigned.has(name) && !stopping) open(topic, partition)
        })
      },
      onFault: options.onFault,
    })
    const opened: Open = { topic, partition, lander, started: lander.start(), isStarted: false }
    landers.set(name, opened)
    opened.started.then(
      () => {
        opened.isStarted = true
        wake()
      },
      (error) => {
        if (landers.get(name) === opened) options.onFault(error)
      },
    )
  }

  let assigned = new Set<string>()

  /** Lets go of partitions that another member has now, and opens those that came. */
  async function follow(assignment: Record<string, number[]>): Promise<void> {
    await readEpochs()
    const shares = Object.entries(assignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic: topic as EventTopic, partition })),
    )
    assigned = new Set(shares.map(({ topic, partition }) => spelled(topic, partition)))
    const losses = [...landers].filter(([name]) => !assigned.has(name))
    for (const [name] of losses) landers.delete(name)
    await Promise.all(losses.map(([, { lander }]) => lander.abandon()))
    if (stopping) return
    for (const { topic, partition } of shares)
      if (!landers.has(spelled(topic, partition))) open(topic, partition)
  }

  /** One broker after the other is asked for what its partitions' landers want; the next answer comes while one is judged. */
  async function read(): Promise<void> {
    while (!stopping) {
      try {
        const orders = await ordersByLeader()
        if (orders.size === 0) {
          await woken(FETCH_WAIT_MS)
          continue
        }
        await Promise.all([...orders].map(([leader, partitions]) => fetchFrom(leader, partitions)))
      } catch (error) {
        if (stopping) return
        if (isFinal(error)) throw error
        log.warn({ err: error }, 'fetch failed, trying again')
        cluster.forget()
        await delay(RETRY_MS)
      }
    }
  }

  async function ordersByLeader(): Promise<Map<number, (FetchPosition & { opened: Open })[]>> {
    const layout = await cluster.layout()
    const orders = new Map<number, (FetchPosition & { opened: Open })[]>()
    for (const opened of landers.values()) {
      const offset = opened.isStarted ? opened.lander.nextOffset : undefined
      const topic = layout.get(opened.topic)
      if (offset === undefined || !topic) continue
      if (topic.id !== epochs.get(opened.topic)?.id) {
        // The start has the words for it, or begins a new epoch.
        throw new EpochError(`Topic ${opened.topic} was deleted and created again while it was read.`)
      }
      const leader = topic.leaders.get(opened.partition)
      if (leader === undefined) {
        cluster.forget()
        continue
      }
      const list = orders.get(leader) ?? []
      list.push({
        opened,
        topicId: topic.id,
        partition: opened.partition,
        offset,
        maxBytes: FETCH_BYTES_PER_PARTITION,
      })
      orders.set(leader, list)
    }
    return orders
  }

  async function fetchFrom(leader: number, orders: (FetchPosition & { opened: Open })[]): Promise<void> {
    const connection = await cluster.connection(leader)
    // Whoever comes first is served first when the answer is full, so the order changes from one to the next.
    const order = orders.map((_, index) => orders[(index + turn) % orders.length]!)
    turn++
    const answers = await fetchPartitions(connection, order, { waitMs: FETCH_WAIT_MS, maxBytes: FETCH_BYTES })
    for (const answer of answers) {
      const target = orders.find(
        ({ topicId, partition }) => topicId === answer.topicId && partition === answer.partition,
      )
      if (target) await take(target.opened, answer, connection)
    }
  }
  let turn = 0

  async function take(
    { topic, partition, lander }: Open,
    answer: FetchedPartition,
    connection: Connection,
  ): Promise<void> {
    const { error, records } = answer
    if (error === KAFKA_ERROR.offsetOutOfRange) {
      const { low, high } = await heldOffsets(connection, topic, partition)
      if (isOurs()) lander.skipTo(low, high)
    } else if (error !== 0) {
      throw new Error(`The broker answers for ${topic} partition ${partition} with error ${error}.`)
    } else if (isOurs()) lander.offer(answer)
    else records.release()

    // What a lander takes that has been let go of would be lost to the one that came after it.
    function isOurs(): boolean {
      return landers.get(spelled(topic, partition))?.lander === lander
    }
  }

  function woken(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, limitMs)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  return {
    async start() {
      await readEpochs()
      await consumer.connect()
      consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
        consumer.pause(EVENT_TOPICS.map((topic) => ({ topic })))
        log.info({ assignment: payload.memberAssignment }, 'joined the group')
        following = following.then(() => follow(payload.memberAssignment)).catch(options.onFault)
      })
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        if (!payload.restart) options.onFault(payload.error)
      })
      await consumer.subscribe({ topics: [...EVENT_TOPICS], fromBeginning: true })
      await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: async () => undefined })
      reading = read().catch(options.onFault)
    },
    async commit(progress) {
      const offsets = progress.map(({ chain: { topic, partition }, offset }) => ({
        topic,
        partition,
        offset: String(offset),
      }))
      try {
        await consumer.commitOffsets(offsets)
      } catch (error) {
        log.debug({ err: error }, 'offsets not committed; the chains in the lake know them')
      }
    },
    async stop() {
      stopping = true
      wake()
      await reading
      await following
      await Promise.allSettled(
        [...landers.values()].map(({ lander, started }) => started.then(() => lander.drain())),
      )
      await consumer.disconnect()
      cluster.close()
    },
  }
}
