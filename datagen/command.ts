/** What the commands of this room have in common. */
import { Command, InvalidArgumentError } from 'commander'

/** A command or a group of them. Subcommands take over how faults are shown. */
export function createCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .helpOption('--help', 'how the command is used')
    .helpCommand(false)
    .showHelpAfterError()
}

/** scripts/ take these two off before a command sees them: they say which stack's addresses are in its environment. */
export function withStackOptions(command: Command): Command {
  return command
    .option('--data <dir>', 'which running stack (default: .shelfcast)')
    .option('--wait <seconds>', 'how long to wait for a part of the stack that is away (default: 120)')
}

/** Runs it as this process: a fault is told in one line, or with LOG_LEVEL=debug with where it happened. */
export async function runCommand(command: Command): Promise<void> {
  try {
    await command.parseAsync()
  } catch (error) {
    const text =
      error instanceof Error ? (process.env.LOG_LEVEL === 'debug' ? error.stack : error.message) : error
    process.stderr.write(`${text}\n`)
    process.exitCode = 1
  }
}

/** Parser of an option's text. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (number >= least && number <= most) return number
    throw new InvalidArgumentError(`It is no whole number from ${least} to ${most}.`)
  }
}

export function anyNumber(text: string): number {
  const number = Number(text)
  if (text.trim() !== '' && Number.isFinite(number)) return number
  throw new InvalidArgumentError('It is not a number.')
}
