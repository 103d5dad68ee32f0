/** Every stage of the pipeline with its counts, whatever part is down. */

import type { PipelineState } from '@shelfcast/contracts/api'
import type { SparkJob } from '@shelfcast/contracts/spark-jobs'
import { DEAD_LETTER_TOPIC, EVENT_TOPICS, type EventTopic, type Topic } from '@shelfcast/contracts/topics'
import type { Logger } from '@shelfcast/runtime/log'
import type { LoadedChain } from '@shelfcast/warehouse/queries/ledger'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import { countLetters } from '../dead-letters/letters.ts'
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
  type TopicLines,
} from './ledger.ts'
import { createLoadedRows, type Loaded } from './loaded-rows.ts'
import { stateOf } from './spark-jobs.ts'

export type Pipeline = () => Promise<PipelineState>

const LIMIT_MS = 1_000
const MAX_AGE_MS = 500
/** Open dead letters are counted one by one, which takes longer than to add up totals. */
const OPEN_MAX_AGE_MS = 10_000

interface Counts {
  loaded: Loaded
  lines: Map<EventTopic, TopicLines>
  refusals: PipelineState['refusals']
}

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
  const readLoaded = createLoadedRows(read)
  // One answer of the warehouse, old or new: people hold its figures against each other.
  const counts = lastKnown(
    'counts',
    undefined as Counts | undefined,
    async () => {
      const [loaded, lines, refusals] = await Promise.all([
        readLoaded(),
        readAccepted(read),
        readRefusals(read),
      ])
      return { loaded, lines, refusals }
    },
    log,
  )
  const blocks = lastKnown('blocks', [], readLatestBlocks(read), log)
  const open = lastKnown(
    'open dead letters',
    null as number | null,
    recent(OPEN_MAX_AGE_MS, () => countLetters(read, { filter: {}, states: ['open'] })),
    log,
  )
  const deadLetters = lastKnown('dead letters', [], readLatestDeadLetters(read), log)
  const latency = lastKnown('latency', { p50_ms: null, p99_ms: null }, options.latency, log)

  const sparkJobs = lastKnown('Spark jobs', [], options.sparkJobs, log)

  return recent(MAX_AGE_MS, async () => {
    const [
      parts,
      rangesNow,
      countsNow,
      latest_blocks,
      dead_letters_open,
      latest_dead_letters,
      latencyNow,
      jobs,
    ] = await Promise.all([
      options.parts(),
      ranges(),
      counts(),
      blocks(),
      open(),
      deadLetters(),
      latency(),
      sparkJobs(),
    ])
    const { loaded, lines, refusals = [] } = countsNow ?? {}

    return {
      at: new Date().toISOString(),
      parts,
      topics: EVENT_TOPICS.map((topic) => {
        const partitions = rangesNow.get(topic) ?? []
        const chains = loaded?.chains.filter((chain) => chain.topic === topic) ?? []
        const newest = Math.max(...chains.map((chain) => chain.newest))
        const rows = loaded?.rows.get(topic)
        return {
          topic,
          messages: messagesOf(partitions),
          lag_messages: loaded ? lagOf(partitions, chains) : 0,
          blocks: sum(chains, (chain) => chain.blocks),
          lines_accepted: lines?.get(topic)?.lines_accepted ?? 0,
          lines_reversed: lines?.get(topic)?.lines_reversed ?? 0,
          lines_late: lines?.get(topic)?.lines_late ?? 0,
          offsets_missing: sum(chains, (chain) => chain.offsets_missing),
          lines_refused: sum(refusals, (refusal) => (refusal.topic === topic ? refusal.lines : 0)),
          lake_rows: sum(chains, (chain) => chain.rows),
          warehouse_rows: rows?.rows ?? 0,
          rows_expired: rows?.expired ?? 0,
          rows_missing: rows?.missing ?? null,
          bytes: sum(chains, (chain) => chain.bytes),
          newest_block_at: chains.length > 0 ? new Date(newest).toISOString() : null,
        }
      }),
      dead_letter_messages: messagesOf(rangesNow.get(DEAD_LETTER_TOPIC) ?? []),
      dead_letters_open,
      refusals,
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
