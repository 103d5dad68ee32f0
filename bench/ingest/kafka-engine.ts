/** The peer in the warehouse: ClickHouse's own Kafka engine, on the same topic, into the same table and views. */
import { randomUUID } from 'node:crypto'
import { inProcess } from '../measure.ts'
import type { KafkaEngineTask } from './kafka-engine-peer.ts'
import type { PathRun } from './shelfcast.ts'
import type { FilledTopic } from './stage.ts'
import { since, usagesOf } from './usage.ts'

/** @param flush_ms tuned, with blocks of this age at most; as one first writes it where undefined */
export async function runKafkaEngine(topic: FilledTopic, flush_ms?: number): Promise<PathRun> {
  const parts = { broker: topic.broker }
  const start = usagesOf(parts)
  const task: KafkaEngineTask = {
    brokers: topic.brokers,
    folder: topic.folder,
    group: `bench-${randomUUID()}`,
    rows: topic.outcome.legible,
    ...(flush_ms !== undefined && { flush_ms }),
  }
  const { wall_s, cpu_s, memory_mb } = await inProcess<{ wall_s: number; cpu_s: number; memory_mb: number }>(
    process.execPath,
    'ingest/kafka-engine-peer.ts',
    task,
  )
  return { wall_s, used: { warehouse: { cpu_s, peak_mb: memory_mb }, ...since(start, usagesOf(parts)) } }
}
