/** Command line of the history. */
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { dateOf, dayOf } from '@shelfcast/contracts/dates'
import { FIRST_YEAR, LAST_YEAR } from '../sim/festivals.ts'

export const USAGE = `Usage:
  npm run history -- --from 2004-01-01 --to 2024-12-31 --out DIR

Writes the sales of a retailer by day, store and SKU as Parquet, with calendar, weather and its
forecasts, prices and promotions. Options:
  --from DATE     first day
  --to DATE       last day
  --out PLACE     a folder; s3 (the raw zone of the running stack, under history/); or s3://BUCKET/PREFIX in its store
  --world WORLD   small (default), medium, large, or a world file
  --seed N        another seed is another retailer (default 1)
  --workers N     processor cores to use (default all); the files are the same for any number
  --overwrite     replace a history that is there
  --data DIR      which running stack, for s3 (default .shelfcast)
  --json          the last line is one JSON object of figures
docs/twin.md says what the tables hold.`

export interface HistoryArguments {
  from: number
  to: number
  out: { kind: 'folder'; path: string } | { kind: 's3'; bucket: string | undefined; prefix: string }
  world: string
  seed: number
  workers: number
  overwrite: boolean
  json: boolean
}

/** @throws an error whose message says what is wrong and how the command is used */
export function parseArguments(args: string[]): HistoryArguments | 'help' {
  const values = parsed(args)
  if (values.help) return 'help'
  const from = dayArgument('--from', values.from)
  const to = dayArgument('--to', values.to)
  if (to < from) throw usage(`--to ${values.to} is before --from ${values.from}.`)
  return {
    from,
    to,
    out: placeArgument(values.out),
    world: values.world,
    seed: wholeArgument('--seed', values.seed, 0, 999_999),
    workers:
      values.workers === undefined
        ? availableParallelism()
        : wholeArgument('--workers', values.workers, 1, 256),
    overwrite: values.overwrite,
    json: values.json,
  }
}

/** sales_history_2004_2024: by its years. */
export function datasetName(from: number, to: number): string {
  return `sales_history_${dateOf(from).slice(0, 4)}_${dateOf(to).slice(0, 4)}`
}

function dayArgument(name: string, text: string | undefined): number {
  if (text === undefined) throw usage(`${name} is missing.`)
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? dayOf(text) : Number.NaN
  if (Number.isNaN(day) || dateOf(day) !== text) {
    throw usage(`${name} "${text}" is no date. Write it as 2024-12-31.`)
  }
  const year = Number(text.slice(0, 4))
  if (year < FIRST_YEAR || year > LAST_YEAR) {
    throw usage(`${name} ${text} is outside of ${FIRST_YEAR} to ${LAST_YEAR}, for which festivals are known.`)
  }
  return day
}

function wholeArgument(name: string, text: string, least: number, most: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (!(number >= least && number <= most)) {
    throw usage(`${name} "${text}" is no whole number from ${least} to ${most}.`)
  }
  return number
}

function placeArgument(text: string | undefined): HistoryArguments['out'] {
  if (text === undefined || text === '') throw usage('--out is missing.')
  if (text === 's3') return { kind: 's3', bucket: undefined, prefix: '' }
  const match = /^s3:\/\/([a-z0-9][a-z0-9.-]+)(?:\/([A-Za-z0-9._/=-]*?))?\/?$/.exec(text)
  if (match) return { kind: 's3', bucket: match[1]!, prefix: match[2] ?? '' }
  if (text.startsWith('s3:')) throw usage(`--out "${text}" is no place. Write s3, or s3://BUCKET/PREFIX.`)
  return { kind: 'folder', path: text }
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        from: { type: 'string' },
        to: { type: 'string' },
        out: { type: 'string' },
        world: { type: 'string', default: 'small' },
        seed: { type: 'string', default: '1' },
        workers: { type: 'string' },
        overwrite: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error))
  }
}

function usage(fault: string): Error {
  return new Error(`${fault}\n\n${USAGE}`)
}
