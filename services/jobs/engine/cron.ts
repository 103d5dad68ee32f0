/** Asks for runs when the schedule says, in UTC. */
import { DAY_MS } from '@shelfcast/contracts/dates'
import type { JobName } from '@shelfcast/contracts/runs'
import type { Runs } from '@shelfcast/operational/runs'
import type { Logger } from '@shelfcast/runtime/log'
import { Cron } from 'croner'

export interface Turn {
  job: JobName
  parameters?: Record<string, unknown>
  /** A pattern of five fields, in UTC. */
  cron: string
  /** Why then. */
  why: string
}

export interface CronClock {
  /** When the job is asked for next, as people read it. */
  nextTurn(job: string): string
  stop(): void
}

export function startCron(options: { turns: readonly Turn[]; runs: Runs; log: Logger }): CronClock {
  const { runs, log } = options
  /** Of jobs that could not be asked for: a store that is away for an hour is one warning. */
  const warnings = new Map<string, string>()
  const crons = options.turns.map((turn) => ({
    job: turn.job,
    cron: new Cron(turn.cron, { timezone: 'UTC' }, (cron: Cron) =>
      ask(turn, cron.currentRun() ?? new Date()),
    ),
  }))

  async function ask({ job, parameters = {}, why }: Turn, at: Date): Promise<void> {
    const minute = at.toISOString().slice(0, 'YYYY-MM-DDThh:mm'.length)
    try {
      const { run, joined } = await runs.request({
        job,
        parameters,
        requested_by: 'schedule',
        reason: why,
        // Of several processes that keep the schedule, one asks.
        key: `schedule ${minute} ${job} ${JSON.stringify(parameters)}`,
        joinsRunning: true,
      })
      if (joined && run.state === 'running') log.info(`${job} is still running; this turn is left out`)
      warnings.delete(job)
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error)
      log[warnings.get(job) === text ? 'debug' : 'warn'](`${job} could not be asked for: ${text}`)
      warnings.set(job, text)
    }
  }

  return {
    nextTurn(job) {
      const times = crons.flatMap((each) => (each.job === job ? (each.cron.nextRun() ?? []) : []))
      if (times.length === 0) return 'the next request'
      const next = Math.min(...times.map((time) => time.getTime()))
      const [date, time] = new Date(next).toISOString().split('T') as [string, string]
      return `${next - Date.now() < DAY_MS ? '' : `${date} `}${time.slice(0, 5)} UTC`
    },
    stop() {
      for (const { cron } of crons) cron.stop()
    },
  }
}
