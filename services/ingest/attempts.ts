/** Trying again: every step of a block may be repeated, so whatever is away is waited for. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '@shelfcast/runtime/log'

const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 5_000

/** The chain in the lake is not what a chain must be: a person has to look. */
export class ChainError extends Error {
  override name = 'ChainError'
}

const FINAL = new Set(['ChainError', 'EpochError', 'StaleRange'])

/** Whether no repetition mends it. */
export function isFinal(error: unknown): boolean {
  return error instanceof Error && FINAL.has(error.name)
}

/** Tries `work` until it succeeds. @throws what no repetition mends, and when the signal says to give up */
export type Attempt = <T>(what: string, work: () => Promise<T>) => Promise<T>

export function createAttempt(options: {
  log: Logger
  signal: AbortSignal
  /** Told when trying again begins, and when it has succeeded. */
  onTrouble(isTroubled: boolean): void
}): Attempt {
  const { log, signal, onTrouble } = options
  return async (what, work) => {
    let isTroubled = false
    for (let wait = FIRST_WAIT_MS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      signal.throwIfAborted()
      try {
        const result = await work()
        if (isTroubled) onTrouble(false)
        return result
      } catch (error) {
        if (isFinal(error)) throw error
        if (!isTroubled) onTrouble(true)
        isTroubled = true
        log.warn({ err: error, step: what, retry_in_ms: wait }, 'step failed, trying again')
        await delay(wait, undefined, { signal })
      }
    }
  }
}
