/** Command line of the replay. */

import { createCommand, withJsonOption, withStackOptions } from '@shelfcast/runtime/command'
import { type Command, InvalidArgumentError } from 'commander'
import type { FileSource } from '../files/file-source.ts'
import { type Speed, speedOf } from '../pace.ts'
import { openCompleteJourney } from './complete-journey.ts'
import { type CsvSource, openCsv } from './csv.ts'
import { openOnlineRetail } from './online-retail.ts'

export type ReplayArguments = Sending | DryRun | Proposing

export interface Sending {
  command: 'send'
  source: FileSource
  speed: Speed
  json: boolean
}

export interface DryRun {
  command: 'dry-run'
  source: CsvSource
  json: boolean
}

export interface Proposing {
  command: 'propose'
  path: string
  /** Where it is written; printed where this is absent. */
  write: string | undefined
}

interface SendingOptions {
  speed: Speed
  json: boolean
}

interface CsvOptions extends SendingOptions {
  map?: string
  dryRun?: boolean
  write?: string
}

/** @param act does what the arguments ask for */
export function replayCommand(act: (replay: ReplayArguments) => Promise<void>): Command {
  const program = createCommand('replay', 'Sends a real file through the running stack, gzipped or plain.')
    .usage('SOURCE FILE... [options]')
    .addHelpText('after', '\ndocs/replay.md says how each file is mapped.')
  const send = (source: FileSource, { speed, json }: SendingOptions) =>
    act({ command: 'send', source, speed, json })

  withSendingOptions(program.command('online-retail'))
    .description('the UCI Online Retail data set')
    .argument('<file>')
    .action((path: string, options: SendingOptions) => send(openOnlineRetail(path), options))

  withSendingOptions(program.command('complete-journey'))
    .description('the Complete Journey of dunnhumby')
    .argument('<transactions>')
    .argument('<products>')
    .action((transactions: string, products: string, options: SendingOptions) =>
      send(openCompleteJourney(transactions, products), options),
    )

  const csv = withSendingOptions(program.command('csv'))
    .description('any file of receipt lines, with a mapping that says what its columns are')
    .argument('<file>')
    .option('--map <mapping.yaml>', 'the mapping')
    .option(
      '--dry-run',
      'shows the first rows as they would be sent and counts what would be refused; without --map it ' +
        'proposes a mapping. Nothing is sent, and no stack is needed',
    )
    .option('--write <file>', 'where the proposed mapping is written')
  csv.action((path: string, { map, dryRun, write, speed, json }: CsvOptions) => {
    if (write !== undefined && (map !== undefined || !dryRun)) {
      csv.error(
        'error: --write goes with --dry-run without --map: it is where the proposed mapping is written.',
      )
    }
    if (map !== undefined) {
      const source = openCsv(path, map)
      return dryRun ? act({ command: 'dry-run', source, json }) : send(source, { speed, json })
    }
    if (dryRun) return act({ command: 'propose', path, write })
    csv.error(
      'error: csv needs --map MAPPING.yaml, which says what the columns are. With --dry-run in its place, one is proposed.',
    )
  })
  return program
}

function withSendingOptions(command: Command): Command {
  return withJsonOption(withStackOptions(command)).option(
    '--speed <max|n>',
    'as fast as possible, or seconds of store time in a second: 1 is real time',
    speedArgument,
    'max',
  )
}

function speedArgument(text: string): Speed {
  const speed = speedOf(text)
  if (speed === undefined) {
    throw new InvalidArgumentError('Use max, or a factor above 0 (1 is real time).')
  }
  return speed
}
