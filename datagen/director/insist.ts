import type { Logger } from '@shelfcast/runtime/log'
import pRetry from 'p-retry'

const WAIT_MS = 1_000

/** Does again what an object store that restarts refused, until it is done or the signal aborts. */
export function insist<T>(
  { log, signal, what }: { log: Logger; signal: AbortSignal; what: string },
  work: () => Promise<T>,
): Promise<T> {
  return pRetry(work, {
    retries: Number.POSITIVE_INFINITY,
    minTimeout: WAIT_MS,
    factor: 1,
    // Without its signal: what is to be written before a stop is tried once all the same.
    shouldRetry: () => !signal.aborted,
    onFailedAttempt({ error, attemptNumber }) {
      if (attemptNumber === 1 && !signal.aborted) {
        log.warn({ err: error }, `${what} not written; it is tried again`)
      }
    },
  })
}
