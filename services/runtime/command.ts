/** What all commands have in common: the form of their help, of their errors, and their common options. */
import { WAIT_S } from '@shelfcast/contracts/patience'
import { Command, Help, InvalidArgumentError, type Option } from 'commander'

/** A command or a group of them. Subcommands take over how faults are shown. */
export function createCommand(name: string, description: string): Command {
  return new Command(typedName(name))
    .description(description)
    .helpOption('--help', 'how the command is used')
    .helpCommand(false)
    .showHelpAfterError()
    .configureHelp({ optionDescription })
}

/** A switch is off unless it is given, which needs no saying. */
function optionDescription(option: Option): string {
  return option.isBoolean() ? option.description : new Help().optionDescription(option)
}

/** As a person types it: under npm its script, else the program by itself. */
function typedName(name: string): string {
  if (process.env.npm_lifecycle_event !== name) return name
  return name === 'start' ? 'npm start --' : `npm run ${name} --`
}

export function withDataOption(command: Command, description = 'which running stack'): Command {
  return command.option('--data <dir>', `${description} (default: .shelfcast)`, folderArgument)
}

/** @param waitS how long to wait where nothing is said */
export function withStackOptions(command: Command, waitS = WAIT_S): Command {
  return withDataOption(command).option(
    '--wait <seconds>',
    `how long to wait for a part of the stack that is away (default: ${waitS})`,
    secondsArgument,
  )
}

export function withJsonOption(
  command: Command,
  description = 'the last line is one JSON object of figures',
): Command {
  return command.option('--json', description, false)
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

function folderArgument(text: string): string {
  if (text !== '') return text
  throw new InvalidArgumentError('It names no folder. Leave the option out for the default.')
}

function secondsArgument(text: string): number {
  const seconds = Number(text)
  if (text.trim() !== '' && seconds >= 0) return seconds
  throw new InvalidArgumentError('Write how many seconds to wait for a part that is away: 0 or more.')
}
