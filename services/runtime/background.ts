/** Processes that nobody waits for: they yield the processors, and take a bounded share of them. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, setPriority } from 'node:os'
import { BACKGROUND_NICE } from '@shelfcast/contracts/background'
import { dieWithParent } from './die-with-parent.ts'

/** Half of the processors: the others are for those who answer. */
export const BACKGROUND_THREADS = Math.max(1, Math.floor(availableParallelism() / 2))

/** It is asked to end, and killed when it has not: whatever it was at, the next run goes on. */
const GRACE_MS = 10_000

/** By which OpenMP (XGBoost, scikit-learn, OpenBLAS, Arrow) and polars know how many threads they may start. */
const THREAD_BOUNDS = {
  OMP_NUM_THREADS: String(BACKGROUND_THREADS),
  POLARS_MAX_THREADS: String(BACKGROUND_THREADS),
  // Threads that wait would otherwise spin.
  OMP_WAIT_POLICY: 'PASSIVE',
}

/**
 * Starts a program that nobody waits for. It leads a session of its own, so that its group can be ended as one, and goes
 * with this process where the system can do that.
 * @param options.env bounds of threads that it names are kept
 */
export function spawnInBackground(
  command: string,
  args: readonly string[],
  options: Pick<SpawnOptions, 'cwd' | 'env' | 'stdio'>,
): ChildProcess {
  const [first, ...rest] = [...dieWithParent(), command, ...args]
  const child = spawn(first!, rest, {
    ...options,
    env: { ...THREAD_BOUNDS, ...options.env },
    // On Windows it would open a window.
    detached: process.platform !== 'win32',
  })
  // What it starts from here on inherits it.
  if (child.pid !== undefined) runInBackground(child.pid)
  return child
}

/** Ends a program that was started here, with all that it has started. */
export function endInBackground({ pid }: ChildProcess): void {
  const tell = (signal: NodeJS.Signals) => {
    try {
      if (pid !== undefined) process.kill(-pid, signal)
    } catch {
      // It has ended.
    }
  }
  tell('SIGTERM')
  setTimeout(() => tell('SIGKILL'), GRACE_MS).unref()
}

/**
 * Lowers the priority of a process. Where that cannot be done it runs as it is, which is slower for others and no fault:
 * not every system has nice values, and containers may withhold them.
 */
export function runInBackground(pid = process.pid): void {
  for (const thread of threadsOf(pid)) attempt(() => setPriority(thread, BACKGROUND_NICE))
  // With autogroups, Linux divides the processors between sessions first, and heeds nice only inside of each.
  attempt(() => {
    if (leadsSession(pid)) writeFileSync(`/proc/${pid}/autogroup`, String(BACKGROUND_NICE))
  })
}

/** Linux lowers a thread at a time, and those of V8 are there before any code of ours. */
function threadsOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number)
  } catch {
    return [pid]
  }
}

/** Others of a session that it does not lead, such as a person's shell, would be lowered with it. */
function leadsSession(pid: number): boolean {
  // The name of the program, in parentheses, may have spaces; the session is the fourth field after it.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')
  return Number(fields[3]) === pid
}

function attempt(work: () => void): void {
  try {
    work()
  } catch {
    // It stays as it is.
  }
}
