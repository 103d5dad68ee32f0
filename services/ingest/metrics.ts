/** What ingest counts, for /metrics and for the question where the time goes. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Attempt } from './load/attempts.ts'

/**
 * Steps of a block, in their order; each is a moment at which a crash must lose nothing. `putting` and `loading` are
 * moments at which the lake's and the warehouse's answer is not there yet.
 */
export const STEPS = [
  'judge',
  'encode',
  'putting',
  'put',
  'dead-letters',
  'loading',
  'load',
  'ledger',
  'commit',
] as const
export type Step = (typeof STEPS)[number]

export interface IngestMetrics {
  rows: Counter<'topic' | 'outcome'>
  blocks: Counter<'topic' | 'writer'>
  bytes: Counter<'topic'>
  step: Histogram<'step'>
  late: Counter<'topic'>
  missing: Counter<'topic' | 'partition'>
  pending: Gauge<'topic' | 'partition'>
  unloaded: Gauge<'topic' | 'partition'>
  troubled: Gauge<'topic' | 'partition'>
  loadingTroubled: Gauge
  datasetRows: Counter<'kind' | 'outcome'>
  datasetObjects: Counter<'kind' | 'outcome'>
}

export function createMetrics(registry: Registry): IngestMetrics {
  const registers = [registry]
  return {
    rows: new Counter({
      name: 'ingest_rows_total',
      help: 'Rows landed, by outcome: accepted, or the reason of the refusal',
      labelNames: ['topic', 'outcome'],
      registers,
    }),
    blocks: new Counter({
      name: 'ingest_blocks_total',
      help: 'Blocks finished; writer is self, or other where another process had written the object',
      labelNames: ['topic', 'writer'],
      registers,
    }),
    bytes: new Counter({
      name: 'ingest_block_bytes_total',
      help: 'Parquet bytes written to the lake',
      labelNames: ['topic'],
      registers,
    }),
    step: new Histogram({
      name: 'ingest_step_seconds',
      help: 'Wall time of each step of a block',
      labelNames: ['step'],
      buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
      registers,
    }),
    late: new Counter({
      name: 'ingest_late_rows_total',
      help: 'Accepted lines whose event time lay further behind their store than is allowed',
      labelNames: ['topic'],
      registers,
    }),
    missing: new Counter({
      name: 'ingest_offsets_missing_total',
      help: 'Offsets that Kafka no longer held when they were to be read',
      labelNames: ['topic', 'partition'],
      registers,
    }),
    unloaded: new Gauge({
      name: 'ingest_unloaded_blocks',
      help: 'Blocks in the lake that wait for the warehouse, as far as they are known by name',
      labelNames: ['topic', 'partition'],
      registers,
    }),
    pending: new Gauge({
      name: 'ingest_pending_bytes',
      help: 'Bytes fetched from Kafka that are not judged yet',
      labelNames: ['topic', 'partition'],
      registers,
    }),
    datasetRows: new Counter({
      name: 'ingest_dataset_rows_total',
      help: 'Rows of datasets, by outcome: accepted or refused',
      labelNames: ['kind', 'outcome'],
      registers,
    }),
    datasetObjects: new Counter({
      name: 'ingest_dataset_objects_total',
      help: 'Objects of datasets, by outcome: loaded, or refused as a whole',
      labelNames: ['kind', 'outcome'],
      registers,
    }),
    loadingTroubled: new Gauge({
      name: 'ingest_loading_troubled',
      help: '1 while a step of a load is being tried again',
      registers,
    }),
    troubled: new Gauge({
      name: 'ingest_partition_troubled',
      help: '1 while a step of landing the partition is being tried again',
      labelNames: ['topic', 'partition'],
      registers,
    }),
  }
}

/** Runs a step: measured, tried again until it succeeds, and told when it has. */
export function createStep(options: {
  metrics: Pick<IngestMetrics, 'step'>
  attempt: Attempt
  onStep(step: Step): void
}): <T>(step: Step, work: () => Promise<T>) => Promise<T> {
  const { metrics, attempt, onStep } = options
  return async (step, work) => {
    const end = metrics.step.startTimer({ step })
    const result = await attempt(step, work)
    end()
    onStep(step)
    return result
  }
}
