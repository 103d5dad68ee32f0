/** A run that a command asked for, followed to its end; where nobody takes it, the command works on it itself. */
import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import type { Run } from '@shelfcast/contracts/runs'
import type { Job } from './job.ts'
import { type WorkOptions, work } from './work.ts'

/** A service that can do it takes it within a second. */
const TAKEN_WITHIN_MS = 5_000
const LOOK_EVERY_MS = 500

export interface FollowOptions extends WorkOptions {
  /** Told whenever something has changed. */
  onChange(run: Run): void
  /** For tests. */
  takenWithinMs?: number
}

/**
 * When the signal aborts, a run that waits or is under way elsewhere is cancelled, unless others asked for it too.
 * @returns the run as it ended
 */
export async function follow(
  { run: order, joined }: { run: Run; joined: boolean },
  job: Job,
  options: FollowOptions,
): Promise<Run> {
  const { runs, signal, onChange } = options
  const patienceEnds = Date.now() + (options.takenWithinMs ?? TAKEN_WITHIN_MS)
  const worker = `command@${hostname()}:${process.pid}`
  let hasCancelled = false
  let lastNews = ''
  for (;;) {
    const run = await runs.byId(order.id)
    if (!run) throw new Error(`Run ${order.id} is gone. Ask for it again.`)
    const news = JSON.stringify([run.state, run.step, run.done, run.text])
    if (news !== lastNews) onChange(run)
    lastNews = news
    if (run.ended_at !== null) return run
    if (signal.aborted) {
      if (joined)
        throw new Error(`Run ${run.id} was asked for by others too, and goes on without this command.`)
      if (!hasCancelled) await runs.cancel(run.id, 'the command').catch(() => undefined)
      hasCancelled = true
    } else if (run.state === 'queued' && Date.now() >= patienceEnds) {
      const claim = await runs.claim({ jobs: [job.name], worker, id: run.id })
      if (claim) return await workHere(claim)
    }
    await delay(LOOK_EVERY_MS)
  }

  async function workHere(claim: Run): Promise<Run> {
    // Of its own progress it tells what the store has heard.
    const timer = setInterval(async () => {
      const run = await runs.byId(claim.id).catch(() => undefined)
      if (run) onChange(run)
    }, LOOK_EVERY_MS * 2)
    try {
      const stop = new AbortController()
      // A person's stop is the end of the run, not of its worker only.
      const cancel = () => void runs.cancel(claim.id, 'the command').catch(() => stop.abort(signal.reason))
      signal.addEventListener('abort', cancel, { once: true })
      if (signal.aborted) cancel()
      return await work(claim, job, { ...options, signal: stop.signal })
    } finally {
      clearInterval(timer)
    }
  }
}
