/**
 * From a topic that is full to rows that can be read: Shelfcast, and what one would run instead, on the same topic and
 * machine, one after the other.
 */
import { join } from 'node:path'
import { type BenchOptions, type BenchResult, inProcess } from '../measure.ts'
import { runKafkaEngine } from './kafka-engine.ts'
import type { LimitTask } from './limits.ts'
import { readProfiles } from './profile.ts'
import { type Limit, type Measured, type Path, report } from './report.ts'
import { runApart, runShelfcast } from './shelfcast.ts'
import { runSpark, runSparkEngine } from './spark.ts'
import { type FilledTopic, fillTopic } from './stage.ts'
import { medianBy } from './usage.ts'

interface Size {
  baskets: number
  /** Runs of each path, of which the middle one counts. */
  runs: number
  /** What a limit is measured on, and for how long. */
  limit: Pick<LimitTask, 'messages' | 'warm_s' | 'seconds'>
}
const SIZE: Size = { baskets: 1_000_000, runs: 3, limit: { messages: 200_000, warm_s: 3, seconds: 6 } }
const QUICK: Size = { baskets: 2_000, runs: 1, limit: { messages: 2_000, warm_s: 0, seconds: 0.2 } }

/** Ages of blocks with which the tuned Kafka engine is tried. */
const FLUSHES_MS = [1_000, 3_000] as const
/** How the rows of our engine on Spark grow with what it may use. */
const SPARK_CORES = [1, 2] as const
const STEPS = { consume: 'Consuming alone', gate: 'Gate alone', encode: 'Encoding alone' } as const

export async function benchIngest(options: BenchOptions): Promise<BenchResult> {
  const size = options.quick ? QUICK : SIZE
  const topic = await fillTopic(options.baskets ?? size.baskets, options.progress)
  try {
    const measured: Measured = {
      outcome: topic.outcome,
      paths: await measurePaths(topic, size, options),
      limits: await measureLimits(topic, size, options),
    }
    const { table, figures } = report(measured)
    if (!options.profile) return { table, figures }
    const profile = await profileOf(topic, options)
    return {
      table: `${table}\n\nWhere the time of the ingest process goes:\n\n${profile.table}`,
      figures: { ...figures, ...profile.figures },
    }
  } finally {
    await topic.close()
  }
}

async function measurePaths(
  topic: FilledTopic,
  { runs }: Size,
  { progress, python, quick }: BenchOptions,
): Promise<Path[]> {
  const repeat = async <R>(title: string, measure: () => Promise<R>): Promise<R[]> => {
    const results: R[] = []
    for (let number = 1; number <= runs; number++) {
      const named = runs === 1 ? title : `${title}, run ${number} of ${runs}`
      results.push(await progress.step(named, measure))
    }
    return results
  }
  const middle = <R extends { wall_s: number }>(results: R[]) => medianBy(results, ({ wall_s }) => wall_s)

  const paths: Path[] = [
    {
      name: 'shelfcast',
      title: 'Shelfcast: gate, lake, warehouse',
      own: ['ingest', 'warehouse'],
      ...middle(await repeat('Shelfcast', () => runShelfcast(topic))),
    },
  ]
  if (!quick) {
    const apart = await repeat('Lake alone, then loading alone', () => runApart(topic))
    paths.push(
      {
        name: 'lake_only',
        title: 'Shelfcast, lake alone',
        own: ['ingest'],
        ...middle(apart.map(({ lake }) => lake)),
      },
      {
        name: 'load_only',
        title: 'Shelfcast, loading alone',
        own: ['ingest', 'warehouse'],
        ...middle(apart.map(({ load }) => load)),
      },
      {
        name: 'kafka_engine',
        title: 'Kafka engine, as first written',
        own: ['warehouse'],
        ...middle(await repeat('Kafka engine', () => runKafkaEngine(topic))),
      },
    )
  }
  const tuned: Path[] = []
  for (const flush_ms of quick ? [FLUSHES_MS[0]] : FLUSHES_MS) {
    const title = `Kafka engine, tuned, flush ${flush_ms / 1000} s`
    const runs = await repeat(title, () => runKafkaEngine(topic, flush_ms))
    tuned.push({ name: 'kafka_engine_tuned', title, own: ['warehouse'], ...middle(runs) })
  }
  // What counts is the best that was found.
  paths.push(tuned.reduce((best, path) => (path.wall_s < best.wall_s ? path : best)))
  if (python) {
    const { cold, warm } = await progress.step('Spark', () => runSpark(topic, runs, progress))
    paths.push(
      { name: 'spark_cold', title: 'Spark to the lake, first run', own: ['spark'], ...cold },
      { name: 'spark_warm', title: 'Spark to the lake, warm', own: ['spark'], ...warm },
    )
    for (const cores of SPARK_CORES) {
      const title = `Our engine on Spark, local[${cores}]`
      const { warm } = await progress.step(title, () => runSparkEngine(topic, cores, runs, progress))
      paths.push({ name: `spark_engine_${cores}`, title: `${title}: gate and lake`, own: ['spark'], ...warm })
    }
  }
  return paths
}

async function measureLimits(
  topic: FilledTopic,
  { limit }: Size,
  { progress }: BenchOptions,
): Promise<Limit[]> {
  const limits: Limit[] = []
  for (const step of Object.keys(STEPS) as LimitTask['step'][]) {
    const messages = Math.min(limit.messages, topic.outcome.messages)
    const task: LimitTask = { brokers: topic.brokers, step, ...limit, messages }
    const figures = await progress.step(STEPS[step], () =>
      inProcess<Omit<Limit, 'name' | 'title'>>(process.execPath, 'ingest/limits.ts', task),
    )
    limits.push({ name: step, title: STEPS[step], ...figures })
  }
  return limits
}

/** A run of its own: a process that is watched is slower. */
async function profileOf(topic: FilledTopic, { progress }: BenchOptions) {
  const folder = join(topic.folder, 'profile')
  await progress.step('Shelfcast, profiled', () => runShelfcast(topic, folder))
  const { table, steps_ms } = readProfiles(folder)
  const figures = Object.fromEntries(
    Object.entries(steps_ms).map(([step, ms]) => [`profile_${step.replaceAll(' ', '_')}_ms`, Math.round(ms)]),
  )
  return { table, figures }
}
