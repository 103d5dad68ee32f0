/** What the jobs of spark-jobs/ tell of themselves while they run: one object of the raw zone each. */
import { type Static, Type } from 'typebox'

/** Folder of the objects, one a job: `jobs/land_stream.json`. */
export const SPARK_JOBS_PREFIX = 'jobs/'

/** A job writes at least every five seconds while it lives; one that has said nothing for so long is gone. */
export const SILENT_AFTER_MS = 20_000

const Time = Type.String({ description: 'UTC' })

/** Written by spark-jobs/shelfcast_spark/progress.py. */
export const SparkJob = Type.Object({
  job: Type.String({ minLength: 1 }),
  state: Type.Union([Type.Literal('running'), Type.Literal('done'), Type.Literal('failed')]),
  started_at: Time,
  updated_at: Time,
  step: Type.String({ description: 'what is being done' }),
  done: Type.Optional(Type.Integer({ minimum: 0, description: 'of the step' })),
  total: Type.Optional(Type.Integer({ minimum: 0 })),
  metrics: Type.Record(Type.String(), Type.Number(), { description: 'figures, with the unit in the name' }),
  error: Type.Optional(Type.String()),
})
export type SparkJob = Static<typeof SparkJob>
