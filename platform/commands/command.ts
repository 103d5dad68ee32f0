/** A command of another room that is run by hand, beside a stack or without one. */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { join } from 'node:path'
import { callerFolder, dataFolder, REPOSITORY } from '../state/layout.ts'
import { stackEnvironment } from '../state/stack.ts'

/**
 * Runs it to its end and passes on how it ended. --data DIR and --wait SECONDS are taken off its arguments.
 * @param needsStack whether it talks to the running stack of --data, whose addresses it then finds in the environment
 */
export async function runCommand(
  entry: string,
  needsStack: (args: readonly string[]) => boolean,
): Promise<void> {
  try {
    const { dataDir, waitS, rest } = takeStackOptions(process.argv.slice(2))
    const child = spawn(
      process.execPath,
      ['--disable-warning=TimeoutNegativeWarning', join(REPOSITORY, entry), ...rest],
      {
        stdio: 'inherit',
        // Files are named from where the person stands.
        cwd: callerFolder(),
        env: {
          ...process.env,
          ...(needsStack(rest)
            ? { ...stackEnvironment(dataDir), ...patienceEnvironment(dataDir, waitS) }
            : {}),
        },
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

/** Splits --data DIR and --wait SECONDS off; everything else is for the command. */
export function takeStackOptions(args: readonly string[]): {
  dataDir: string
  waitS: number | undefined
  rest: string[]
} {
  const rest = [...args]
  const data = takeOption(rest, 'data')
  if (data === '')
    throw new Error('--data names no folder. Write --data DIR, or leave it out for the default.')
  const wait = takeOption(rest, 'wait')
  return { dataDir: dataFolder(data), waitS: wait === undefined ? undefined : secondsOf(wait), rest }
}

/** Takes a name and its value out. @returns undefined where it is not there */
function takeOption(rest: string[], name: string): string | undefined {
  const at = rest.findIndex((word) => word === `--${name}` || word.startsWith(`--${name}=`))
  if (at === -1) return undefined
  const [word] = rest.splice(at, 1)
  if (word!.includes('=')) return word!.slice(word!.indexOf('=') + 1)
  return rest.splice(at, 1)[0] ?? ''
}

/** @param given of --wait */
export function secondsOf(given: string): number {
  const seconds = Number(given)
  if (given.trim() === '' || !(seconds >= 0))
    throw new Error(
      `--wait is "${given}". Write how many seconds to wait for a part that is away: 0 or more.`,
    )
  return seconds
}

/** Variables by which a command knows whose restarts it waits for, and for how long. */
export function patienceEnvironment(dataDir: string, waitS: number | undefined): Record<string, string> {
  return { SHELFCAST_STACK: dataDir, ...(waitS === undefined ? {} : { SHELFCAST_WAIT_S: String(waitS) }) }
}
