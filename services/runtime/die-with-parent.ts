import { spawnSync } from 'node:child_process'

let prefix: string[] | undefined

/**
 * What to put before a command so that the kernel kills it when the process that starts it dies, even by SIGKILL; empty
 * where the system has no such thing. SIGKILL because nobody is left to insist, and every part is built to survive it.
 */
export function dieWithParent(): readonly string[] {
  const words = ['setpriv', '--pdeathsig', 'KILL', '--']
  prefix ??=
    process.platform === 'linux' && spawnSync(words[0]!, [...words.slice(1), 'true']).status === 0
      ? words
      : []
  return prefix
}
