/** Every stage of the pipeline with its counts, whatever part is down. */

import type { PipelineState } from '@shelfcast/contracts/api'
import type { SparkJob } from '@shelfcast/contracts/spark-jobs'
import { DEAD_LETTER_TOPIC, EVENT_TOPICS, type EventTopic, type Topic } from '@shelfcast/contracts/topics'
import type { Logger } from '@shelfcast/runtime/log'
import { type LoadedChain, readLoadedChains } from '@shelfcast/warehouse/queries/ledger'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import type { Parts } from '../health/parts.ts'
import { reasonOf } from '../http/errors.ts'
import { bounded } from '../read/bounded.ts'
import { recent } from '../read/recent.ts'
import type { Broker, PartitionRange } from './broker.ts'
import type { ReadLatency } from './latency.ts'
import {
  readAccepted,
  readLatestBlocks,
  readLatestDeadLetters,
  readRefusals,
  readRows,
  type TopicLines,
} from './ledger.ts'
import { stateOf } from './spark-jobs.ts'

export type Pipeline = () => Promise<PipelineState>

const LIMIT_MS = 1_000
const MAX_AGE_MS = 500

export function createPipeline(options: {
  read: Reader
  broker: Broker
  parts: Parts
  latency: ReadLatency
  sparkJobs: () => Promise<SparkJob[]>
  log: Logger
}): Pipeline {
  const { read, log } = options
  const ranges = lastKnown('broker', new Map<Topic, PartitionRange[]>(), options.broker.ranges, log)
  const chains = lastKnown(
    'ledger',
    undefined as LoadedChain[] | undefined,
    () => readLoadedChains(read),
    log,
  )
  const rows = lastKnown('rows', new Map<EventTopic, number>(), readRows(read), log)
  const accepted = lastKnown('accepted lines', new Map<EventTopic, TopicLines>(), readAccepted(read), log)
  const refusals = lastKnown('refused lines', [], readRefusals(read), log)
  const blocks = lastKnown('blocks', [], readLatestBlocks(read), log)
  const deadLetters = lastKnown('dead letters', [], readLatestDeadLetters(read), log)
  const latency = lastKnown('latency', { p50_ms: null, p99_ms: null }, options.latency, log)

  const sparkJobs = lastKnown('Spark jobs', [], options.sparkJobs, log)

  return recent(MAX_AGE_MS, async () => {
    const counts = Promise.all([ranges(), chains(), rows(), accepted(), refusals()])
    const [parts, latest_blocks, latest_dead_letters, latencyNow, jobs, countsNow] = await Promise.all([
      options.parts(),
      blocks(),
      deadLetters(),
      latency(),
      sparkJobs(),
      counts,
    ])
    const [rangesNow, chainsNow, rowsNow, acceptedNow, refusalsNow] = countsNow

    return {
      at: new Date().toISOString(),
      parts,
      topics: EVENT_TOPICS.map((topic) => {
        const partitions = rangesNow.get(topic) ?? []
        const loaded = (chainsNow ?? []).filter((chain) => chain.topic === topic)
        const newest = Math.max(...loaded.map((chain) => chain.newest))
        return {
          topic,
          messages: messagesOf(partitions),
          lag_messages: chainsNow ? lagOf(partitions, loaded) : 0,
          blocks: sum(loaded, (chain) => chain.blocks),
          lines_accepted: acceptedNow.get(topic)?.lines_accepted ?? 0,
          lines_reversed: acceptedNow.get(topic)?.lines_reversed ?? 0,
          lines_late: acceptedNow.get(topic)?.lines_late ?? 0,
          offsets_missing: sum(loaded, (chain) => chain.offsets_missing),
          lines_refused: sum(refusalsNow, (refusal) => (refusal.topic === topic ? refusal.lines : 0)),
          lake_rows: sum(loaded, (chain) => chain.rows),
          warehouse_rows: rowsNow.get(topic) ?? 0,
          bytes: sum(loaded, (chain) => chain.bytes),
          newest_block_at: loaded.length > 0 ? new Date(newest).toISOString() : null,
        }
      }),
      dead_letter_messages: messagesOf(rangesNow.get(DEAD_LETTER_TOPIC) ?? []),
      refusals: refusalsNow,
      latest_blocks,
      latest_dead_letters,
      latency: latencyNow,
      spark_jobs: jobs.map((job) => ({ ...job, state: stateOf(job, Date.now()) })),
    }
  })
}

function messagesOf(partitions: PartitionRange[]): number {
  return sum(partitions, ({ low, high }) => high - low)
}

/** Messages in Kafka that are not in the warehouse yet. What Kafka no longer holds cannot be waited for. */
export function lagOf(
  partitions: PartitionRange[],
  chains: Pick<LoadedChain, 'partition' | 'end_offset'>[],
): number {
  const ends = new Map(chains.map((chain) => [chain.partition, chain.end_offset]))
  return sum(partitions, ({ partition, low, high }) =>
    Math.max(0, high - Math.max(low, ends.get(partition) ?? low)),
  )
}

function sum<T>(items: T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}

/**
 * The value of `load`, or where that fails or is late, the last one that it gave.
 * @param first what stands before it ever gave one
 */
function lastKnown<T>(name: string, first: T, load: () => Promise<T>, log: Logger): () => Promise<T> {
  let value = first
  let failing = false
  // What comes late is known from then on, so a slow part is behind and not silent.
  const ask = bounded(LIMIT_MS, async () => {
    value = await load()
  })
  return async () => {
    try {
      await ask()
      failing = false
    } catch (error) {
      if (!failing) log.warn({ reason: reasonOf(error) }, `pipeline state without its ${name}`)
      failing = true
    }
    return value
  }
}
