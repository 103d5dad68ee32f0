/** Sends many dead letters again, call by call, and follows what becomes of them. */
import type {
  DeadLetterFilter,
  ReplayAnswer,
  ReplayOutcomes,
  ReplayRequest,
} from '@shelfcast/contracts/dead-letters'
import { deadLetters } from '#api/client.ts'

/** Dead letters a call: under a second of work, so that the progress moves. */
const CALL_SIZE = 500
const FOLLOW_MS = 1_000

export interface Job {
  /** Dead letters that were to be sent when it began. */
  total: number
  sent: number
  skipped: number
  isSending: boolean
  failure: string | undefined
  outcomes: ReplayOutcomes | undefined
}

/** @param onchange after each change of what the warehouse holds of it */
export function createReplaying(onchange: () => void) {
  let job = $state<Job>()
  let timer: ReturnType<typeof setTimeout> | undefined

  /** @param calls one request after the other, each made from the answer before */
  async function run(total: number, since: string, calls: Generator<ReplayRequest, void, ReplayAnswer>) {
    clearTimeout(timer)
    const running: Job = {
      total,
      sent: 0,
      skipped: 0,
      isSending: true,
      failure: undefined,
      outcomes: undefined,
    }
    job = running
    const current = job
    try {
      let next = calls.next()
      while (!next.done) {
        const answer = await deadLetters.replay(next.value)
        current.sent += answer.sent.length
        current.skipped += answer.skipped.length
        next = calls.next(answer)
      }
    } catch (error) {
      current.failure = error instanceof Error ? error.message : String(error)
    }
    current.isSending = false
    onchange()
    await follow(current, since)
  }

  /** Asks until nothing is on its way, and goes on when the API is away for a while. */
  async function follow(current: Job, since: string) {
    if (job !== current) return
    const latest = current.outcomes
    const outcomes = await deadLetters.outcomes(since).catch(() => latest)
    current.outcomes = outcomes
    if (outcomes && outcomes.waiting !== latest?.waiting) onchange()
    if (!outcomes || outcomes.waiting > 0) timer = setTimeout(() => void follow(current, since), FOLLOW_MS)
  }

  return {
    get job(): Job | undefined {
      return job
    },
    /** @param since server time, from which on the outcomes are counted */
    replaySelected: (positions: readonly string[], since: string) =>
      run(positions.length, since, batches(positions)),
    replayMatching: (filter: DeadLetterFilter, total: number, since: string) =>
      run(total, since, matching(until(filter, since))),
    dismiss() {
      clearTimeout(timer)
      job = undefined
    },
  }
}

function* batches(positions: readonly string[]): Generator<ReplayRequest, void, ReplayAnswer> {
  for (let at = 0; at < positions.length; at += CALL_SIZE) {
    yield { positions: positions.slice(at, at + CALL_SIZE) }
  }
}

/** Without what comes from now on: the replays that are refused again would be sent again, without end. */
function until(filter: DeadLetterFilter, since: string): DeadLetterFilter {
  return { ...filter, to: filter.to !== undefined && filter.to < since ? filter.to : since }
}

/** Until none is left, or those that are cannot be sent. */
function* matching(filter: DeadLetterFilter): Generator<ReplayRequest, void, ReplayAnswer> {
  let answer: ReplayAnswer
  do answer = yield { filter, limit: CALL_SIZE }
  while (answer.left > 0 && answer.sent.length > 0)
}
