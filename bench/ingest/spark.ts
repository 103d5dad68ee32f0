/** The peer in the lake: Spark Structured Streaming, on the same topic, into the same kind of store. And our own engine on it. */
import { join } from 'node:path'
import { run } from '@shelfcast/platform/processes/run'
import { REPOSITORY } from '@shelfcast/platform/state/layout'
import type { Progress } from '@shelfcast/platform/tools/progress'
import { prepareSpark } from '@shelfcast/platform/tools/tools'
import type { PathRun } from './shelfcast.ts'
import type { FilledTopic } from './stage.ts'
import { since, usagesOf } from './usage.ts'

export interface SparkRun {
  /** The middle one of those after the first, which warms the session up. */
  warm: PathRun
  cold: PathRun
}

interface Figures {
  wall_s: number
  cpu_s: number
  cold_wall_s: number
  cold_cpu_s: number
  memory_mb: number
}

/** What one would write without a gate. */
export function runSpark(topic: FilledTopic, warmRuns: number, progress: Progress): Promise<SparkRun> {
  return runScript('spark_lake.py', {}, topic, warmRuns, progress)
}

/** spark-jobs/land_stream.py. @param cores that Spark may use */
export function runSparkEngine(
  topic: FilledTopic,
  cores: number,
  warmRuns: number,
  progress: Progress,
): Promise<SparkRun> {
  const jobs = join(REPOSITORY, 'spark-jobs')
  return runScript('spark_gate.py', { jobs, master: `local[${cores},4]` }, topic, warmRuns, progress)
}

async function runScript(
  script: string,
  more: Record<string, string>,
  topic: FilledTopic,
  warmRuns: number,
  progress: Progress,
): Promise<SparkRun> {
  const { python, jars } = await prepareSpark(progress)
  const stores = await topic.openStores(['lake'])
  try {
    const { environment } = stores.stack
    const task = {
      brokers: topic.brokers,
      folder: topic.folder,
      messages: topic.outcome.messages,
      jars,
      warm_runs: warmRuns,
      ...more,
      s3_endpoint: environment.S3_ENDPOINT!,
      s3_access_key: environment.S3_ACCESS_KEY!,
      s3_secret_key: environment.S3_SECRET_KEY!,
      // The bucket of the curated zone takes tables alone.
      s3_bucket: environment.S3_BUCKET_FEATURES!,
    }
    const parts = { 'object store': stores.stack.part('lake'), broker: topic.broker }
    const start = usagesOf(parts)
    const env = { ...process.env, SPARK_LOCAL_IP: '127.0.0.1', PYSPARK_PYTHON: python }
    const path = new URL(script, import.meta.url).pathname
    const output = await run(python, [path, JSON.stringify(task)], { env })
    const figures = JSON.parse(output.trim().split('\n').at(-1)!) as Figures
    const stored = since(start, usagesOf(parts))
    // The stores served all runs alike, and once more for the count.
    for (const usage of Object.values(stored)) usage.cpu_s /= 1 + warmRuns
    const of = (wall_s: number, cpu_s: number): PathRun => ({
      wall_s,
      used: { spark: { cpu_s, peak_mb: figures.memory_mb }, ...stored },
    })
    return {
      warm: of(figures.wall_s, figures.cpu_s),
      cold: of(figures.cold_wall_s, figures.cold_cpu_s),
    }
  } finally {
    await stores.close()
  }
}
