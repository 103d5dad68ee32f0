/** Command line of the validation. */

import { createCommand, wholeNumber, withJsonOption } from '@shelfcast/runtime/command'
import { type Command, InvalidArgumentError } from 'commander'

export interface ValidateArguments {
  world: string
  seed: number
  years: number
  /** Folder of the real data. */
  dataDir?: string
  out?: string
  json: boolean
}

/** Demand, prices and seasons need some years to be told apart; more take memory. */
const MOST_YEARS = 20

/** @param act does what the arguments ask for */
export function datagenCommand(act: (validation: ValidateArguments) => Promise<void>): Command {
  const program = createCommand('datagen', 'What the twin can be asked to do without a stack.')
  withJsonOption(program.command('validate'))
    .description(
      'Lets a world live, measures it as a retail analyst would, and holds every figure to a plausible range and ' +
        'to three real retailers. Exits with 1 when a figure leaves its range.',
    )
    .option('--world <name|file>', 'small, medium, large, or a world file', 'small')
    .option('--seed <n>', 'another seed is another retailer', wholeNumber(0, 999_999), 1)
    .option('--years <n>', "how long, up to the world's reference date", yearsArgument, 5)
    .option('--data-dir <dir>', 'folder of the real data (default: SHELFCAST_DATA)')
    .option('--out <dir>', 'where the page of plots goes (default: .shelfcast/validation)')
    .addHelpText('after', '\ndocs/twin.md says what is compared, and why some of it differs.')
    .action((validation: ValidateArguments) => act(validation))
  return program
}

function yearsArgument(text: string): number {
  const years = Number(text)
  if (years > 0 && years <= MOST_YEARS) return years
  throw new InvalidArgumentError(`Use a number above 0 and up to ${MOST_YEARS}.`)
}
