import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { compact } from '../parts/on-demand.ts'
import { defaultOf } from '../parts/part.ts'
import { spark } from '../parts/spark.ts'
import { SpeedEnvironment } from '../parts/twin.ts'
import type { Settings } from '../state/configuration.ts'
import { layout, REPOSITORY } from '../state/layout.ts'
import { serviceIsReady, serviceResponds } from '../supervisor/probes.ts'
import type { Spark } from '../tools/tools.ts'
import { environmentOf, givenOf, type Plan, type PlanInput, QUESTION_MS, SILENCE_MS } from './plan.ts'

/** Of the twin, whose clock runs faster than ours: so far apart may its partitions come, in seconds of ours. */
const WATERMARK_S = 10
/** However slow it is, tills are sometimes late by this much. */
const LEAST_WATERMARK_MINUTES = 120

export function sparkPlan(input: PlanInput): Plan {
  const { ports, settings, tools } = input
  if (!tools.spark) throw new Error('Spark is not installed. Start it with: npm start -- --with spark')
  mkdirSync(layout(input.dataDir).spark, { recursive: true })
  const speed = Number(settings.TWIN_SPEED || defaultOf(SpeedEnvironment.properties.TWIN_SPEED))
  const watermark = Math.ceil((WATERMARK_S * speed) / 60)
  return {
    command: tools.spark.python,
    args: [join(REPOSITORY, spark.entry)],
    environment: {
      SPARK_WATERMARK_MINUTES: String(Math.max(LEAST_WATERMARK_MINUTES, watermark)),
      ...environmentOf(spark.environment, input),
      SPARK_LOCAL_IP: '127.0.0.1',
      PYSPARK_PYTHON: tools.spark.python,
      // Otherwise each worker's numpy takes all processors for itself.
      OMP_NUM_THREADS: '1',
    },
    format: 'spark',
    isReady: () => serviceIsReady(ports.spark.health!),
    liveness: { answers: () => serviceResponds(ports.spark.health!, QUESTION_MS), silenceMs: SILENCE_MS },
  }
}

/** What a person has set for the compaction, and where its Spark is. */
export function compactSettings(settings: Settings, { python, jars }: Spark): Record<string, string> {
  return { ...givenOf(compact.environment, settings), SPARK_PYTHON: python, SPARK_JARS: jars }
}
