/** Works on a run that was claimed, to its end: signs of life, progress and lines, and how it ended. */
import { parametersOf, type Run, type RunLine, type RunResult } from '@shelfcast/contracts/runs'
import { RunRefusal } from '@shelfcast/operational/run-rows'
import type { Progress, Runs } from '@shelfcast/operational/runs'
import type { Logger } from '@shelfcast/runtime/log'
import pRetry from 'p-retry'
import type { Job, JobContext, RunLog } from './job.ts'

/** Also how soon it hears that somebody wants it to end. */
const HEARTBEAT_MS = 2_000
/** What a run says past this is in the log of its process only. */
const MOST_LINES = 2_000
/** How often the store is told how a run ended, before that is left to its silence. */
const END_ATTEMPTS = 5

export type WorkContext = Pick<JobContext, 'backends' | 'connectors' | 'now'>

export interface WorkOptions {
  runs: Runs
  context: WorkContext
  log: Logger
  /** Aborted when the process stops: the run is left to another. */
  signal: AbortSignal
}

/** Why a run was aborted. */
class Cancelled extends Error {}
class Lost extends Error {}

/** @returns the run as it ended; one that the process could not end is as another will find it */
export async function work(run: Run, job: Job, { runs, context, log, signal }: WorkOptions): Promise<Run> {
  const abort = new AbortController()
  const eitherSignal = AbortSignal.any([signal, abort.signal])
  const news = collectNews(job.name, log)
  let beating: Promise<void> = Promise.resolve()

  async function beat(): Promise<void> {
    const batch = news.take()
    try {
      if (await runs.heartbeat(run, batch)) abort.abort(new Cancelled('Cancelled.'))
    } catch (error) {
      if (error instanceof RunRefusal) abort.abort(new Lost(error.message))
      // The store is away, or was: it hears of it with the next beat.
      else news.giveBack(batch)
    }
  }
  const timer = setInterval(() => {
    beating = beating.then(beat)
  }, HEARTBEAT_MS)

  try {
    const outcome = await perform()
    clearInterval(timer)
    await beating
    await beat()
    return await pRetry(() => end(outcome), { retries: END_ATTEMPTS, shouldRetry: isWorthRepeating })
  } catch (error) {
    log.warn({ err: error }, `${job.name}: how run ${run.id} ended could not be kept`)
  } finally {
    clearInterval(timer)
  }
  return (await runs.byId(run.id).catch(() => undefined)) ?? run

  async function perform(): Promise<{ result: RunResult } | { error: Error }> {
    try {
      const missing = job.missing?.()
      if (missing !== undefined) throw new Error(missing)
      const result = await job.run({
        ...context,
        parameters: parametersOf(job.name, run.parameters),
        actor: run.requested_by,
        log: news.log,
        signal: eitherSignal,
        progress: news.progress,
      })
      return { result }
    } catch (error) {
      return { error: error instanceof Error ? error : new Error(String(error)) }
    }
  }

  async function end(outcome: Awaited<ReturnType<typeof perform>>): Promise<Run> {
    if ('result' in outcome) return runs.succeed(run, outcome.result)
    if (signal.aborted) {
      await runs.release(run, `Its worker was stopped: ${reasonOf(signal)}.`)
      return (await runs.byId(run.id)) ?? run
    }
    if (abort.signal.reason instanceof Cancelled) return runs.stop(run, 'Cancelled while it was under way.')
    return runs.fail(run, outcome.error.message)
  }
}

const reasonOf = ({ reason }: AbortSignal) => (reason instanceof Error ? reason.message : String(reason))
const isWorthRepeating = ({ error }: { error: Error }) => !(error instanceof RunRefusal)

interface News {
  progress: Progress
  lines: RunLine[]
}

/** What a run says between two signs of life. */
function collectNews(job: string, log: Logger) {
  let progress: Progress = {}
  let lines: RunLine[] = []
  let count = 0
  const say = (level: keyof RunLog) => (text: string) => {
    log[level](`${job}: ${text}`)
    count += 1
    if (count <= MOST_LINES) lines.push({ at: new Date().toISOString(), level, text })
  }
  return {
    log: { debug: say('debug'), info: say('info'), warn: say('warn') } satisfies RunLog,
    progress(news: Progress) {
      progress = { ...progress, ...news }
    },
    take(): News {
      const batch = { progress, lines }
      progress = {}
      lines = []
      return batch
    },
    giveBack(news: News) {
      progress = { ...news.progress, ...progress }
      lines = [...news.lines, ...lines]
    },
  }
}
