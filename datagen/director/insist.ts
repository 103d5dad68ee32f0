import type { Logger } from '@shelfcast/runtime/log'

const WAIT_MS = 1_000

/** Does again what an object store that restarts refused, until it is done or the signal aborts. */
export async function insist<T>(
  { log, signal, what }: { log: Logger; signal: AbortSignal; what: string },
  work: () => Promise<T>,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (signal.aborted) throw error
      if (attempt === 0) log.warn({ err: error }, `${what} not written; it is tried again`)
      await new Promise((resolve) => setTimeout(resolve, WAIT_MS))
    }
  }
}
