/** Kafka clients with the settings that a restart of the broker needs. */
import type { Admin, ICustomPartitioner, IHeaders, SeekEntry } from 'kafkajs'
import kafkajs from 'kafkajs'
import pRetry from 'p-retry'
import type { Logger } from './log.ts'

const { Kafka, KafkaJSProtocolError, logLevel, Partitioners } = kafkajs
export type KafkaClient = InstanceType<typeof Kafka>

// A broker that comes back is found again within about a second; kafkajs's own defaults take 30.
const RETRY = { initialRetryTime: 100, maxRetryTime: 1_000, multiplier: 1.5, retries: 1_000 }

/** Namespace and text of what the client logs while it has no broker. */
const UNREACHED = /^(Connection|BrokerPool) .*(Connection (error|timeout)|[Ff]ailed to connect)/

/**
 * @param options.retries how often a request is tried again; few where a person waits for it
 * @param options.onAway told when a broker is not reached; the client goes on trying
 */
export function createKafka(options: {
  brokers: string
  clientId: string
  log: Logger
  retries?: number
  onAway?: (() => void) | undefined
}): KafkaClient {
  const { log, retries = RETRY.retries, onAway } = options
  return new Kafka({
    clientId: options.clientId,
    brokers: options.brokers.split(','),
    retry: { ...RETRY, retries },
    connectionTimeout: 3_000,
    requestTimeout: 30_000,
    logLevel: logLevel.WARN,
    logCreator: () => (entry) => {
      const { message, ...details } = entry.log
      if (entry.level === logLevel.ERROR && UNREACHED.test(`${entry.namespace} ${message}`)) onAway?.()
      // "Response ..." is an answer that is asked for again by itself, such as a coordinator that is not there yet.
      if (entry.level === logLevel.ERROR && !message.startsWith('Response '))
        log.warn({ kafka: details }, message)
      else log.debug({ kafka: details }, message)
    },
  })
}

/** The Java client's partitioner (murmur2), so that every producer sends a store to the same partition. */
export const PARTITIONER: ICustomPartitioner = Partitioners.DefaultPartitioner

/** A header as text, or undefined where it is absent. */
export function headerText(headers: IHeaders | undefined, name: string): string | undefined {
  const value = headers?.[name]
  const first = Array.isArray(value) ? value[0] : value
  return first === undefined ? undefined : first.toString()
}

// A broker that comes back answers before it leads its partitions; that takes seconds at most.
const PASSING_LIMIT_MS = 30_000

/** Asks an admin client again while the broker's answer is one that passes, which kafkajs does only in places. */
export async function untilAnswered<T>(ask: () => Promise<T>, limitMs = PASSING_LIMIT_MS): Promise<T> {
  return pRetry(ask, {
    retries: Number.POSITIVE_INFINITY,
    minTimeout: 100,
    factor: 1,
    maxRetryTime: limitMs,
    shouldRetry: ({ error }) => error instanceof KafkaJSProtocolError && error.retriable,
  })
}

/** What Kafka holds of each partition of a topic: from `low` to before `high`. */
export function topicOffsets(
  admin: Admin,
  topic: string,
): Promise<(SeekEntry & { high: string; low: string })[]> {
  return untilAnswered(() => admin.fetchTopicOffsets(topic))
}
