/** Command line of the history. */
import { availableParallelism } from 'node:os'
import { dateOf, dayOf, isDate } from '@shelfcast/contracts/dates'
import { createCommand, wholeNumber, withJsonOption, withStackOptions } from '@shelfcast/runtime/command'
import { type Command, InvalidArgumentError } from 'commander'
import { FIRST_YEAR, LAST_YEAR } from '../sim/festivals.ts'

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

/** @param act does what the arguments ask for */
export function historyCommand(act: (history: HistoryArguments) => Promise<void>): Command {
  const command = createCommand(
    'history',
    'Writes the sales of a retailer by day, store and SKU as Parquet, with calendar, weather and its forecasts, ' +
      'prices and promotions.',
  )
    .requiredOption('--from <date>', 'first day', dayArgument)
    .requiredOption('--to <date>', 'last day', dayArgument)
    .requiredOption(
      '--out <place>',
      'a folder; s3 (the raw zone of the running stack, under history/); or s3://BUCKET/PREFIX in its store',
      placeArgument,
    )
    .option('--world <world>', 'small, medium, large, or a world file', 'small')
    .option('--seed <n>', 'another seed is another retailer', wholeNumber(0, 999_999), 1)
    .option(
      '--workers <n>',
      'processor cores to use; the files are the same for any number',
      wholeNumber(1, 256),
      availableParallelism(),
    )
    .option('--overwrite', 'replace a history that is there', false)
    .addHelpText('after', '\ndocs/twin.md says what the tables hold.')
  return withJsonOption(withStackOptions(command)).action((history: HistoryArguments) => {
    const { from, to } = history
    if (to < from) command.error(`error: --to ${dateOf(to)} is before --from ${dateOf(from)}.`)
    return act(history)
  })
}

/** sales_history_2004_2024: by its years. */
export function datasetName(from: number, to: number): string {
  return `sales_history_${dateOf(from).slice(0, 4)}_${dateOf(to).slice(0, 4)}`
}

function dayArgument(text: string): number {
  if (!isDate(text)) throw new InvalidArgumentError('It is no date. Write it as 2024-12-31.')
  const year = Number(text.slice(0, 4))
  if (year < FIRST_YEAR || year > LAST_YEAR) {
    throw new InvalidArgumentError(
      `It is outside of ${FIRST_YEAR} to ${LAST_YEAR}, for which festivals are known.`,
    )
  }
  return dayOf(text)
}

function placeArgument(text: string): HistoryArguments['out'] {
  if (text === '') throw new InvalidArgumentError('Name a folder, s3, or s3://BUCKET/PREFIX.')
  if (text === 's3') return { kind: 's3', bucket: undefined, prefix: '' }
  const match = /^s3:\/\/([a-z0-9][a-z0-9.-]+)(?:\/([A-Za-z0-9._/=-]*?))?\/?$/.exec(text)
  if (match) return { kind: 's3', bucket: match[1]!, prefix: match[2] ?? '' }
  if (text.startsWith('s3:')) {
    throw new InvalidArgumentError('It is no place. Write s3, or s3://BUCKET/PREFIX.')
  }
  return { kind: 'folder', path: text }
}
