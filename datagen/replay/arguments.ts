/** Command line of the replay. */
import { parseArgs } from 'node:util'
import type { FileSource } from '../files/file-source.ts'
import { parseSpeed, type Speed } from '../pace.ts'
import { openCompleteJourney } from './complete-journey.ts'
import { openCsv } from './csv.ts'
import { openOnlineRetail } from './online-retail.ts'

export const USAGE = `Usage:
  npm run replay -- online-retail FILE
  npm run replay -- complete-journey TRANSACTIONS PRODUCTS
  npm run replay -- csv FILE --map MAPPING.yaml

Files may be gzipped or plain. Options:
  --speed max|N   as fast as possible (default), or N seconds of store time in a second: 1 is real time
  --data DIR      which running stack (default .shelfcast)
  --json          the last line is one JSON object of figures
docs/replay.md says how each file is mapped.`

export interface ReplayArguments {
  source: FileSource
  speed: Speed
  json: boolean
}

/** @throws an error whose message says what is wrong and how the command is used */
export function parseArguments(args: string[]): ReplayArguments | 'help' {
  const { values, positionals } = parsed(args)
  if (values.help) return 'help'
  const [kind, ...files] = positionals
  if (values.map !== undefined && kind !== 'csv') throw usage('--map goes with csv only.')
  return { source: sourceOf(kind, files, values.map), speed: parseSpeed(values.speed), json: values.json }
}

function sourceOf(kind: string | undefined, files: string[], map: string | undefined): FileSource {
  switch (kind) {
    case 'online-retail':
      return openOnlineRetail(...takeFiles(kind, files, ['FILE']))
    case 'complete-journey':
      return openCompleteJourney(...takeFiles(kind, files, ['TRANSACTIONS', 'PRODUCTS']))
    case 'csv':
      if (map === undefined) throw usage('csv needs --map MAPPING.yaml, which says what the columns are.')
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
