/** The peer in the warehouse: ClickHouse's own Kafka engine, on the same topic, into the same table and views. */
import { inProcess } from '../bench.ts'
import type { KafkaEngineTask } from './kafka-engine-peer.ts'
import type { PathRun } from './shelfcast.ts'
import type { FilledTopic } from './stage.ts'
import { since, usagesOf } from './usage.ts'

/** @param number of the run: a consumer group of its own reads from the beginning */
export async function runKafkaEngine(topic: FilledTopic, tuned: boolean, number: number): Promise<PathRun> {
  const parts = { broker: topic.broker }
  const before = usagesOf(parts)
  const task: KafkaEngineTask = {
    brokers: topic.brokers,
    group: `bench-kafka-engine-${tuned ? 'tuned' : 'plain'}-${number}`,
    rows: topic.outcome.legible,
    tuned,
  }
  const { wall_s, cpu_s, memory_mb } = await inProcess<{ wall_s: number; cpu_s: number; memory_mb: number }>(
    process.execPath,
    'ingest/kafka-engine-peer.ts',
    task,
  )
  return { wall_s, used: { warehouse: { cpu_s, peak_mb: memory_mb }, ...since(before, usagesOf(parts)) } }
}
