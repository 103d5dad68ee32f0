/** A program that has the terminal until it ends. */
import { type SpawnOptions, spawn } from 'node:child_process'
import { constants } from 'node:os'
import type { spawnInBackground } from '@shelfcast/runtime/background'

/**
 * @param start spawnInBackground, for a program that is to yield to others
 * @returns its exit code, or what a shell makes of the signal that ended it
 */
export async function runInForeground(
  command: string,
  args: readonly string[],
  options: Pick<SpawnOptions, 'cwd' | 'env'>,
  start: typeof spawnInBackground = spawn,
): Promise<number> {
  const child = start(command, args, { ...options, stdio: 'inherit' })
  // In a session of its own it does not hear of a terminal that is closed.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal!]))
  })
}
