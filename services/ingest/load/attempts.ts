/** Trying again: every step of a block may be repeated, so whatever is away is waited for. */
import type { Logger } from '@shelfcast/runtime/log'
import pRetry from 'p-retry'

const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 5_000

/** The chain in the lake is not what a chain must be: a person has to look. */
export class ChainError extends Error {
  override name = 'ChainError'
}

const FINAL = new Set(['ChainError', 'EpochError', 'StaleLoad'])

/** Whether no repetition mends it. */
export function isFinal(error: unknown): boolean {
  return error instanceof Error && FINAL.has(error.name)
}

/**
 * p-retry takes a TypeError for a fault of our own and gives up; clients throw one over an answer that was cut short too,
 * and a step that is repeated loses nothing.
 */
export function repeatable<T>(work: () => Promise<T>): () => Promise<T> {
  return async () => {
    try {
      return await work()
    } catch (error) {
      throw error instanceof TypeError ? new Error(error.message, { cause: error }) : error
    }
  }
}

/** Tries `work` until it succeeds. @throws what no repetition mends, and when the signal says to give up */
export type Attempt = <T>(step: string, work: () => Promise<T>) => Promise<T>

export function createAttempt(options: {
  log: Logger
  signal: AbortSignal
  /** Told when trying again begins, and when it has succeeded. */
  onTrouble(isTroubled: boolean): void
}): Attempt {
  const { log, signal, onTrouble } = options
  return async (step, work) => {
    let isTroubled = false
    const result = await pRetry(repeatable(work), {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: FIRST_WAIT_MS,
      maxTimeout: LONGEST_WAIT_MS,
      signal,
      shouldRetry: ({ error }) => !isFinal(error),
      onFailedAttempt({ error, retryDelay }) {
        if (isFinal(error)) return
        if (!isTroubled) onTrouble(true)
        isTroubled = true
        log.warn({ err: error, step, retry_in_ms: retryDelay }, 'step failed, trying again')
      },
    })
    if (isTroubled) onTrouble(false)
    return result
  }
}
