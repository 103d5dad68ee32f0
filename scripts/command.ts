/** A command of another room that is run by hand, beside a stack or without one. */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { join } from 'node:path'
import { callerFolder, dataFolder, REPOSITORY } from './layout.ts'
import { stackEnvironment } from './stack.ts'

/**
 * Runs it to its end and passes on how it ended. --data DIR is taken off its arguments.
 * @param needsStack whether it talks to the running stack of --data, whose addresses it then finds in the environment
 */
export async function runCommand(
  entry: string,
  needsStack: (args: readonly string[]) => boolean,
): Promise<void> {
  try {
    const { dataDir, rest } = takeData(process.argv.slice(2))
    const child = spawn(
      process.execPath,
      ['--disable-warning=TimeoutNegativeWarning', join(REPOSITORY, entry), ...rest],
      {
        stdio: 'inherit',
        // Files are named from where the person stands.
        cwd: callerFolder(),
        env: { ...process.env, ...(needsStack(rest) ? stackEnvironment(dataDir) : {}) },
      },
    )
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
      child.once('exit', (...how) => resolve(how))
    })
    process.exitCode = code ?? 128 + constants.signals[signal!]
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`)
    process.exitCode = 1
  }
}

/** Splits --data DIR off; everything else is for the command. */
function takeData(args: string[]): { dataDir: string; rest: string[] } {
  const rest = [...args]
  const at = rest.findIndex((word) => word === '--data' || word.startsWith('--data='))
  if (at === -1) return { dataDir: dataFolder(), rest }
  const inline = rest[at]!.split('=').slice(1).join('=')
  const [, next] = rest.splice(at, inline ? 1 : 2)
  const given = inline || next
  if (!given) throw new Error('--data names no folder. Write --data DIR, or leave it out for the default.')
  return { dataDir: dataFolder(given), rest }
}
