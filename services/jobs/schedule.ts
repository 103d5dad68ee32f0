/** Runs jobs when their schedules say, in UTC, and never two runs of one job at once. */
import { DAY_MS } from '@shelfcast/contracts/dates'
import type { Logger } from '@shelfcast/runtime/log'
import { Cron } from 'croner'
import { Counter, Gauge, type Registry } from 'prom-client'
import type { Job, JobContext } from './engine/job.ts'

export interface Schedule {
  /** Ends the runs that are under way and starts no more. */
  stop(): Promise<void>
}

export function startSchedule(options: {
  jobs: readonly Job[]
  /** What each run is given; the schedule adds the rest. */
  context: Omit<JobContext, 'log' | 'signal' | 'force'>
  log: Logger
  registry: Registry
  /** Milliseconds until the first runs of those that run at the start. */
  firstRunAfterMs: number
}): Schedule {
  const { jobs, log } = options
  const metrics = createMetrics(options.registry)
  const stopping = new AbortController()
  const running = new Map<Job, Promise<void>>()
  /** What was said last of each job, so that a week without internet is one warning and not hundreds. */
  const said = new Map<Job, string>()
  const crons = new Map(
    jobs.flatMap((job) =>
      job.schedule === undefined
        ? []
        : [[job, new Cron(job.schedule, { timezone: 'UTC' }, () => start(job))] as const],
    ),
  )

  function start(job: Job): Promise<void> {
    const current = running.get(job)
    if (current) {
      log.info(`${job.name} is still running; this turn is left out`)
      return current
    }
    const run = perform(job).finally(() => running.delete(job))
    running.set(job, run)
    return run
  }

  async function perform(job: Job): Promise<void> {
    const began = Date.now()
    const { signal } = stopping
    try {
      const { figures, shortfalls } = await job.run({ ...options.context, log, signal, force: false })
      const seconds = (Date.now() - began) / 1000
      const outcome = shortfalls.length === 0 ? 'done' : 'short'
      for (const [figure, value] of Object.entries(figures))
        metrics.figures.set({ job: job.name, figure }, value)
      ended(job, outcome, seconds)
      log.info({ seconds, ...figures }, `${job.name} has run`)
      tell(job, shortfalls.join(' '))
    } catch (error) {
      if (signal.aborted) return
      ended(job, 'failed', (Date.now() - began) / 1000)
      log.debug({ err: error }, `${job.name}: failed`)
      tell(job, `${error instanceof Error ? error.message : String(error)}.`)
    }
  }

  function ended(job: Job, outcome: 'done' | 'short' | 'failed', seconds: number): void {
    metrics.runs.inc({ job: job.name, outcome })
    metrics.duration.set({ job: job.name }, seconds)
    metrics.lastRun.set({ job: job.name, outcome }, Date.now() / 1000)
  }

  function tell(job: Job, text: string): void {
    const level = text === '' || said.get(job) === text ? 'info' : 'warn'
    said.set(job, text)
    if (text !== '') log[level](`${job.name}: ${text} Tried again at ${nextTime(job)}.`)
  }

  function nextTime(job: Job): string {
    const next = crons.get(job)?.nextRun()
    if (!next) return 'the next start'
    const [date, time] = next.toISOString().split('T') as [string, string]
    return `${next.getTime() - Date.now() < DAY_MS ? '' : `${date} `}${time.slice(0, 5)} UTC`
  }

  const first = setTimeout(async () => {
    // One after the other: the rest of the platform is starting as well.
    for (const job of jobs.filter(({ runsAtStart }) => runsAtStart)) {
      if (!stopping.signal.aborted) await start(job)
    }
  }, options.firstRunAfterMs)

  return {
    async stop() {
      clearTimeout(first)
      for (const cron of crons.values()) cron.stop()
      stopping.abort(new Error('the service stops'))
      await Promise.all(running.values())
    },
  }
}

function createMetrics(registry: Registry) {
  const registers = [registry]
  return {
    runs: new Counter({
      name: 'jobs_runs_total',
      help: 'Runs of a job: done, short (something could not be had), failed.',
      labelNames: ['job', 'outcome'] as const,
      registers,
    }),
    lastRun: new Gauge({
      name: 'jobs_last_run_seconds',
      help: 'When the last run with this outcome ended, in seconds since 1970.',
      labelNames: ['job', 'outcome'] as const,
      registers,
    }),
    duration: new Gauge({
      name: 'jobs_last_duration_seconds',
      help: 'How long the last run took.',
      labelNames: ['job'] as const,
      registers,
    }),
    figures: new Gauge({
      name: 'jobs_last_figure',
      help: 'Figures of the last run.',
      labelNames: ['job', 'figure'] as const,
      registers,
    }),
  }
}
