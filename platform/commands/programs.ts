/** Programs of other rooms that a person runs by hand, beside a stack or without one. */
import { join } from 'node:path'
import { runCommand, withStackOptions } from '@shelfcast/runtime/command'
import { Command } from 'commander'
import { runInForeground } from '../processes/foreground.ts'
import { callerFolder, dataFolder, REPOSITORY } from '../state/layout.ts'
import { stackEnvironment } from '../state/stack.ts'

/**
 * Runs a program to its end, and ends this process as it ended.
 * @param needsStack whether it talks to the running stack of --data, whose addresses it is given in its environment
 * @param prepare installs what it needs, and returns further variables
 */
export async function runProgram(
  entry: string,
  needsStack: (args: readonly string[]) => boolean,
  prepare: (args: readonly string[]) => Promise<Record<string, string>> = async () => ({}),
): Promise<void> {
  await runBesideStack(async (args, access) => {
    const variables = await prepare(args)
    return runInForeground(
      process.execPath,
      ['--disable-warning=TimeoutNegativeWarning', join(REPOSITORY, entry), ...args],
      {
        // Files are named from where the person stands.
        cwd: callerFolder(),
        env: { ...process.env, ...variables, ...(needsStack(args) ? access() : {}) },
      },
    )
  })
}

/**
 * Takes --data and --wait off the command line; all else is for the program.
 * @param run is given what is left, and what makes the variables by which a program finds the stack; returns its exit code
 */
export async function runBesideStack(
  run: (args: readonly string[], access: () => Record<string, string>) => Promise<number>,
): Promise<void> {
  const command = withStackOptions(new Command())
    .helpOption(false)
    .allowUnknownOption()
    .argument('[args...]')
    .action(async (args: string[], { data, wait }: { data?: string; wait?: number }) => {
      const dataDir = dataFolder(data)
      process.exitCode = await run(args, () => ({
        ...stackEnvironment(dataDir),
        SHELFCAST_STACK: dataDir,
        ...(wait === undefined ? {} : { SHELFCAST_WAIT_S: String(wait) }),
      }))
    })
  await runCommand(command)
}
