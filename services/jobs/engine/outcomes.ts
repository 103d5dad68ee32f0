/** What is said of runs that ended, in metrics and in the log. */
import type { Run } from '@shelfcast/contracts/runs'
import type { Logger } from '@shelfcast/runtime/log'
import { Counter, Gauge, type Registry } from 'prom-client'

export interface Outcomes {
  tell(run: Run, seconds: number): void
}

/** @param options.nextTurn when a job is tried again */
export function createOutcomes(options: {
  registry: Registry
  log: Logger
  nextTurn(job: string): string
}): Outcomes {
  const { log, nextTurn } = options
  const metrics = createMetrics(options.registry)
  /** What was said last of each job, so that a week without internet is one warning and not hundreds. */
  const warnings = new Map<string, string>()

  function warnOnce(job: string, text: string): void {
    const level = text === '' || warnings.get(job) === text ? 'info' : 'warn'
    warnings.set(job, text)
    if (text !== '') log[level](`${job}: ${text} Tried again at ${nextTurn(job)}.`)
  }

  return {
    tell(run, seconds) {
      const { job, state, result, error } = run
      // Left to another: it has not ended.
      if (state === 'queued' || state === 'running') return
      const shortfalls = result?.shortfalls ?? []
      const outcome = state === 'succeeded' ? (shortfalls.length === 0 ? 'done' : 'short') : state
      metrics.runs.inc({ job, outcome })
      metrics.duration.set({ job }, seconds)
      metrics.lastRun.set({ job, outcome }, Date.now() / 1_000)
      for (const [figure, value] of Object.entries(result?.figures ?? {}))
        metrics.figures.set({ job, figure }, value)
      if (state === 'succeeded') {
        log.info({ run: run.id, seconds, ...result?.figures }, `${job} has run`)
        warnOnce(job, shortfalls.join(' '))
      } else if (state === 'failed') warnOnce(job, sentence(error ?? 'It failed'))
      else log.info({ run: run.id, seconds }, `${job}: ${error}`)
    },
  }
}

function createMetrics(registry: Registry) {
  const registers = [registry]
  return {
    runs: new Counter({
      name: 'jobs_runs_total',
      help: 'Runs of a job: done, short (something could not be had), failed, cancelled.',
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

const sentence = (text: string) => (/[.!?]$/.test(text) ? text : `${text}.`)
