/** What the Spark jobs tell of themselves, from their objects in the lake. */
import { SILENT_AFTER_MS, SPARK_JOBS_PREFIX, SparkJob } from '@shelfcast/contracts/spark-jobs'
import type { Lake } from '@shelfcast/runtime/lake'
import type { Logger } from '@shelfcast/runtime/log'
import { Compile } from 'typebox/compile'

const check = Compile(SparkJob)

/** Reads the objects that have changed since the last call. */
export function createSparkJobs(lake: Lake, log: Logger): () => Promise<SparkJob[]> {
  const cache = new Map<string, { etag: string; job: SparkJob | undefined }>()

  return async () => {
    const names = new Set<string>()
    for await (const { name, etag } of lake.list('raw', SPARK_JOBS_PREFIX)) {
      names.add(name)
      if (cache.get(name)?.etag === etag) continue
      const job = parsed(await lake.read('raw', name))
      if (!job) log.warn({ object: `raw/${name}` }, 'not what a Spark job tells of itself; it is left out')
      cache.set(name, { etag, job })
    }
    for (const name of cache.keys()) if (!names.has(name)) cache.delete(name)
    return [...cache.values()].flatMap(({ job }) => (job ? [job] : []))
  }
}

/** A job that runs and has long said nothing was killed. */
export function stateOf(job: SparkJob, now: number): SparkJob['state'] | 'silent' {
  const isSilent = now - Date.parse(job.updated_at) > SILENT_AFTER_MS
  return job.state === 'running' && isSilent ? 'silent' : job.state
}

function parsed(body: Buffer): SparkJob | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return check.Check(value) ? value : undefined
  } catch {
    return undefined
  }
}
