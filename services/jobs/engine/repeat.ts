/** Work that is looked for again and again, one look at a time, until the service stops. */
import type { Logger } from '@shelfcast/runtime/log'

export interface Repeated {
  /** Aborts the look that is under way, and waits for its end. */
  stop(): Promise<void>
}

/** A look that fails is told once, and tried again. */
export function repeat(options: {
  name: string
  everyMs: number
  firstAfterMs: number
  log: Logger
  look(signal: AbortSignal): Promise<void>
}): Repeated {
  const { name, everyMs, log } = options
  const stopping = new AbortController()
  const { signal } = stopping
  let lastWarning = ''
  let timer: NodeJS.Timeout
  let working = Promise.resolve()

  async function look(): Promise<void> {
    try {
      await options.look(signal)
      lastWarning = ''
    } catch (error) {
      if (signal.aborted) return
      const text = error instanceof Error ? error.message : String(error)
      log[text === lastWarning ? 'debug' : 'warn'](`${name}: ${text}`)
      lastWarning = text
    }
  }

  function next(afterMs: number): void {
    if (signal.aborted) return
    timer = setTimeout(() => {
      working = look().finally(() => next(everyMs))
    }, afterMs)
  }
  next(options.firstAfterMs)
  return {
    async stop() {
      clearTimeout(timer)
      stopping.abort(new Error('the service stops'))
      await working
    },
  }
}
