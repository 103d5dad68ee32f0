/** Command line of the validation. */
import { parseArgs } from 'node:util'

export const USAGE = `Usage:
  npm run datagen -- validate

Lets a world live, measures it as a retail analyst would, and holds every figure to a plausible range and to three
real retailers. Exits with 1 when a figure leaves its range. Options:
  --world NAME|FILE   small (default), medium, large, or a world file
  --seed N            1 by default
  --years N           how long, up to the world's reference date (default 5)
  --data-dir DIR      folder of the real data (default SHELFCAST_DATA)
  --out DIR           where the page of plots goes (default .shelfcast/validation)
  --json              the last line is one JSON object of figures
docs/twin.md says what is compared, and why some of it differs.`

export interface ValidateArguments {
  world: string
  seed: number
  years: number
  dataDir?: string
  out?: string
  json: boolean
}

/** Demand, prices and seasons need some years to be told apart; more take memory. */
const MOST_YEARS = 20

/** @throws an error whose message says what is wrong and how the command is used */
export function parseArguments(args: string[]): ValidateArguments | 'help' {
  const { values, positionals } = parsed(args)
  if (values.help) return 'help'
  const [task, ...rest] = positionals
  if (task !== 'validate' || rest.length > 0)
    throw usage(`"${positionals.join(' ')}" is not what datagen does. Write validate.`)
  const seed = Number(values.seed)
  if (!Number.isInteger(seed) || seed < 0)
    throw usage(`--seed is "${values.seed}". Use a whole number from 0 on.`)
  const years = Number(values.years)
  if (!(years > 0 && years <= MOST_YEARS))
    throw usage(`--years is "${values.years}". Use a number above 0 and up to ${MOST_YEARS}.`)
  return {
    world: values.world,
    seed,
    years,
    json: values.json,
    ...(values['data-dir'] !== undefined && { dataDir: values['data-dir'] }),
    ...(values.out !== undefined && { out: values.out }),
  }
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        world: { type: 'string', default: 'small' },
        seed: { type: 'string', default: '1' },
        years: { type: 'string', default: '5' },
        'data-dir': { type: 'string' },
        out: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw usage((error as Error).message)
  }
}

function usage(what: string): Error {
  return new Error(`${what}\n\n${USAGE}`)
}
