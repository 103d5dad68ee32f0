/** What is asked for when the service starts, on a machine that is seldom on when the schedule says. */

import { setTimeout as delay } from 'node:timers/promises'
import type { JobName, Run } from '@shelfcast/contracts/runs'
import type { Runs } from '@shelfcast/operational/runs'
import { rowsOf } from '@shelfcast/warehouse/queries/rows'
import type { Backends } from './backends.ts'

const AT_START: readonly JobName[] = ['score', 'fetch-weather', 'fetch-holidays', 'fetch-macro']
/** Days of history that a first training takes: less gives no windows to learn from and to measure on. */
const FIRST_HISTORY_DAYS = 120
const LOOK_EVERY_MS = 500

const FIRST_START = { requested_by: 'first start' } as const

/** @param options.jobs that this process does: what it does not is for another to ask for */
export async function askAtStart(options: {
  backends: Backends
  jobs: readonly JobName[]
  signal: AbortSignal
}): Promise<void> {
  const { backends, jobs, signal } = options
  const { runs } = backends
  const runsByJob = new Map<JobName, Run>()
  for (const job of AT_START.filter((name) => jobs.includes(name))) {
    const { run } = await runs.request({
      ...FIRST_START,
      job,
      reason: 'The service has started',
      joinsRunning: true,
    })
    runsByJob.set(job, run)
  }
  // A baseline forecasts until a model does: nobody waits for a training to see something.
  const scoring = runsByJob.get('score')
  if (scoring) await ended(runs, scoring.id, signal)
  if (jobs.includes('plan-orders'))
    await runs.request({
      ...FIRST_START,
      job: 'plan-orders',
      reason: 'There are forecasts',
      joinsRunning: true,
    })
  if (!jobs.includes('train') || (await backends.registry.champion('demand'))) return
  if (await hasPast(backends))
    await runs.request({
      ...FIRST_START,
      job: 'train',
      reason: 'There is no champion yet',
      joinsRunning: true,
    })
}

/** Where it has not, the weekly training comes to it. */
async function hasPast({ warehouse }: Backends): Promise<boolean> {
  const [row] = await rowsOf<{ days: number }>(
    warehouse,
    'select count() as days from (select distinct business_date from history_days limit {least:UInt32})',
    { least: FIRST_HISTORY_DAYS },
  )
  return row!.days >= FIRST_HISTORY_DAYS
}

async function ended(runs: Runs, id: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    const run = await runs.byId(id)
    if (run?.state !== 'queued' && run?.state !== 'running') return
    await delay(LOOK_EVERY_MS, undefined, { signal })
  }
}
