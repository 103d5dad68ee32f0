/** How a stack in the foreground is stopped: in order when it is asked to the first time, at once the second time. */
import type { Stack } from '../../supervisor/supervise.ts'
import { type Progress, seconds } from '../../tools/progress.ts'

/** Ctrl-C in a terminal reaches npm, the launcher and this process, which pass it on: that is still one Ctrl-C. */
const SAME_SIGNAL_MS = 1_000
/** Exit code of a process that Ctrl-C ended. */
const INTERRUPTED = 130

export interface Stop {
  /** Whether somebody has asked for it. */
  readonly isUnderWay: boolean
  /** What is stopped; before a stack is given, the process just ends. */
  stack: Stack | undefined
  /** Exit code, when all is stopped. */
  readonly done: Promise<number>
}

/** Listens for all that can ask for a stop. */
export function createStop(progress: Progress, onStop: () => void): Stop {
  const done = Promise.withResolvers<number>()
  let firstAt: number | undefined
  let isKilled = false
  const stop: Stop = {
    get isUnderWay() {
      return firstAt !== undefined
    },
    stack: undefined,
    done: done.promise,
  }

  function ask(source: string): void {
    if (firstAt === undefined) {
      firstAt = Date.now()
      onStop()
      progress.line(`${source}: stopping (again to kill)`)
      // Before the parts run there is nothing to stop in order.
      if (!stop.stack) process.exit(INTERRUPTED)
      stopInOrder(stop.stack, progress).then(done.resolve)
    } else if (Date.now() - firstAt > SAME_SIGNAL_MS && !isKilled) {
      isKilled = true
      progress.line('Killing all parts')
      stop.stack?.kill()
      setTimeout(() => process.exit(INTERRUPTED), SAME_SIGNAL_MS)
    }
  }

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) {
    process.on(signal, () => ask(signal === 'SIGINT' ? 'Ctrl-C' : signal))
  }
  // The launcher is gone, so nobody would pass signals on any more.
  process.once('disconnect', () => ask('The launcher ended'))
  for (const output of [process.stdout, process.stderr]) {
    // Lines that nobody reads are lost, and the parts are stopped in order all the same.
    output.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (firstAt === undefined && (code === 'EPIPE' || code === 'EIO')) ask('The terminal is gone')
    })
  }
  process.channel?.unref()
  return stop
}

/** @returns the exit code */
async function stopInOrder(stack: Stack, progress: Progress): Promise<number> {
  const began = Date.now()
  try {
    await stack.stop()
    progress.line(`Stopped in ${seconds(Date.now() - began)}. The data stays in ${stack.dataDir}`)
    return 0
  } catch (error) {
    progress.line(`The stop failed: ${(error as Error).message}`)
    return 1
  }
}
