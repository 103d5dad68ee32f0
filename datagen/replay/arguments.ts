/** Command line of the replay. */
import { parseArgs } from 'node:util'
import type { FileSource } from '../files/file-source.ts'
import { parseSpeed, type Speed } from '../pace.ts'
import { openCompleteJourney } from './complete-journey.ts'
import { type CsvSource, openCsv } from './csv.ts'
import { openOnlineRetail } from './online-retail.ts'

export const USAGE = `Usage:
  npm run replay -- online-retail FILE
  npm run replay -- complete-journey TRANSACTIONS PRODUCTS
  npm run replay -- csv FILE --map MAPPING.yaml [--dry-run]
  npm run replay -- csv FILE --dry-run [--write MAPPING.yaml]

Files may be gzipped or plain. Options:
  --speed max|N   as fast as possible (default), or N seconds of store time in a second: 1 is real time
  --data DIR      which running stack (default .shelfcast)
  --wait SECONDS  how long to wait for a part of the stack that is away (default 120)
  --dry-run       csv only: shows the first rows as they would be sent and counts what would be refused; without
                  --map it proposes a mapping. Nothing is sent, and no stack is needed
  --write FILE    where the proposed mapping is written
  --json          the last line is one JSON object of figures
docs/replay.md says how each file is mapped.`

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

/** @throws an error whose message says what is wrong and how the command is used */
export function parseArguments(args: string[]): ReplayArguments | 'help' {
  const { values, positionals } = parsed(args)
  if (values.help) return 'help'
  const [kind, ...files] = positionals
  const { map, write, json } = values
  for (const [option, value] of Object.entries({
    '--map': map,
    '--dry-run': values['dry-run'],
    '--write': write,
  })) {
    if (value !== undefined && kind !== 'csv') throw usage(`${option} goes with csv only.`)
  }
  if (write !== undefined && (map !== undefined || !values['dry-run'])) {
    throw usage('--write goes with --dry-run without --map: it is where the proposed mapping is written.')
  }
  if (values['dry-run']) {
    const [path] = takeFiles('csv', files, ['FILE'])
    return map === undefined
      ? { command: 'propose', path, write }
      : { command: 'dry-run', source: openCsv(path, map), json }
  }
  return { command: 'send', source: sourceOf(kind, files, map), speed: parseSpeed(values.speed), json }
}

function sourceOf(kind: string | undefined, files: string[], map: string | undefined): FileSource {
  switch (kind) {
    case 'online-retail':
      return openOnlineRetail(...takeFiles(kind, files, ['FILE']))
    case 'complete-journey':
      return openCompleteJourney(...takeFiles(kind, files, ['TRANSACTIONS', 'PRODUCTS']))
    case 'csv':
      if (map === undefined)
        throw usage(
          'csv needs --map MAPPING.yaml, which says what the columns are. With --dry-run in its place, one is proposed.',
        )
      return openCsv(...takeFiles(kind, files, ['FILE']), map)
    default:
      throw usage(kind === undefined ? 'Which source?' : `There is no source "${kind}".`)
  }
}

function takeFiles<const Names extends readonly string[]>(
  kind: string,
  files: string[],
  names: Names,
): { -readonly [Index in keyof Names]: string } {
  if (files.length !== names.length) {
    throw usage(`${kind} needs ${names.join(' and ')}; ${files.length} given.`)
  }
  return files as { -readonly [Index in keyof Names]: string }
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        speed: { type: 'string', default: 'max' },
        map: { type: 'string' },
        'dry-run': { type: 'boolean' },
        write: { type: 'string' },
        // The launcher takes the stack's addresses from DIR and passes them in the environment.
        data: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error))
  }
}

function usage(fault: string): Error {
  return new Error(`${fault}\n\n${USAGE}`)
}
