/** Command line of a start. */
import { createCommand, withDataOption } from '@shelfcast/runtime/command'
import { type Command, InvalidArgumentError } from 'commander'
import { OPTIONAL_PARTS, type PartName } from '../../parts/parts.ts'

export interface UpArguments {
  data?: string
  /** Absent: those of .env and components.json. */
  ports?: 'free'
  /** Optional parts that run too. */
  with?: PartName[]
  twin: boolean
  fresh: boolean
  yes: boolean
  verbose: boolean
}

/** @param act does what the arguments ask for */
export function upCommand(act: (up: UpArguments) => Promise<void>): Command {
  const command = createCommand('start', 'Runs the whole stack, in the foreground; Ctrl-C stops it.')
  return withDataOption(command, 'where the data lies')
    .addOption(
      command
        .createOption(
          '--ports <free>',
          'any free ports, so that two stacks live side by side; single ports are set in .env (API_PORT, ...)',
        )
        .choices(['free']),
    )
    .option(
      '--with <parts>',
      'spark: it lands the blocks instead of ingest (also with STREAM_ENGINE=spark in .env)',
      partsArgument,
    )
    .option('--no-twin', 'without the retailer twin: only what you replay or send')
    .option('--fresh', 'wipes the data first, after asking', false)
    .option('--yes', 'does not ask', false)
    .option('--verbose', 'all lines of all parts, not only warnings', false)
    .action((up: UpArguments) => act(up))
}

/** @param text names with commas */
function partsArgument(text: string): PartName[] {
  return text.split(',').map((name) => {
    const part = OPTIONAL_PARTS.find((each) => each === name)
    if (part) return part
    throw new InvalidArgumentError(`It takes ${OPTIONAL_PARTS.join(', ')}.`)
  })
}
