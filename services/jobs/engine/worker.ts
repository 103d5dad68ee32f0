/** Takes runs that wait and works on them, as many at once as the process bears. */
import type { JobName, Run } from '@shelfcast/contracts/runs'
import PQueue from 'p-queue'
import type { Job } from './job.ts'
import { repeat } from './repeat.ts'
import { type WorkOptions, work } from './work.ts'

const LOOK_EVERY_MS = 1_000
/** Most wait for warehouse and lake, or for the internet. */
const LIGHT_AT_ONCE = 3

export interface Worker {
  /** Ends the runs that are under way, which are left to the next who looks, and takes no more. */
  stop(): Promise<void>
}

export function startWorker(
  options: Omit<WorkOptions, 'signal'> & {
    /** One process at a time has it; what the one before left in the middle is taken up. */
    name: string
    jobs: readonly Job[]
    /** Milliseconds until it looks for the first time. */
    firstAfterMs?: number
    onBegin?(run: Run): void
    onEnd?(run: Run, seconds: number): void
  },
): Worker {
  const { name, jobs, runs, log } = options
  const stopping = new AbortController()
  const byName = new Map(jobs.map((job) => [job.name, job]))
  const heavy = new PQueue({ concurrency: 1 })
  const light = new PQueue({ concurrency: LIGHT_AT_ONCE })
  const queueOf = (job: Job) => (job.isHeavy ? heavy : light)
  const isFree = (queue: PQueue) => queue.pending + queue.size < queue.concurrency
  let hasLooked = false

  const looks = repeat({
    name: 'runs',
    everyMs: LOOK_EVERY_MS,
    firstAfterMs: options.firstAfterMs ?? 0,
    log,
    async look() {
      if (!hasLooked) {
        const orphans = await runs.releaseAll(name)
        if (orphans > 0) log.warn(`${orphans} runs were under way when the process before this one ended`)
        hasLooked = true
      }
      for (;;) {
        const free: JobName[] = jobs.filter((job) => isFree(queueOf(job))).map((job) => job.name)
        if (free.length === 0 || stopping.signal.aborted) return
        const run = await runs.claim({ jobs: free, worker: name })
        if (!run) return
        const job = byName.get(run.job as JobName)!
        void queueOf(job).add(() => perform(run, job))
      }
    },
  })

  async function perform(run: Run, job: Job): Promise<void> {
    const startTime = Date.now()
    options.onBegin?.(run)
    const result = await work(run, job, { ...options, signal: stopping.signal })
    options.onEnd?.(result, (Date.now() - startTime) / 1_000)
  }

  return {
    async stop() {
      stopping.abort(new Error('the service stops'))
      await looks.stop()
      await Promise.all([heavy.onIdle(), light.onIdle()])
    },
  }
}
