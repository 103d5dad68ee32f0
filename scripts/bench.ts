/** `npm run bench`: measures on this machine, and prints what came of it. */
import { parseArgs } from 'node:util'
import type { Bench } from './bench/bench.ts'
import { benchDatagen } from './bench/datagen.ts'
import { createProgress } from './progress.ts'

const BENCHES: Record<string, Bench> = { datagen: benchDatagen }
const USAGE = `Usage: npm run bench -- [NAME...] [--quick] [--no-python] [--json]

  NAME         ${Object.keys(BENCHES).join(', ')}; all when none is named
  --quick      a second or less for each measurement: shows that it runs, the figures are rough
  --no-python  leaves out the comparisons that need Python packages
  --json       one JSON object as the last line: figures by bench and name`

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    allowNegative: true,
    options: {
      quick: { type: 'boolean', default: false },
      python: { type: 'boolean', default: true },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) process.stdout.write(`${USAGE}\n`)
  else await measure(positionals, values)
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 1
}

async function measure(
  given: string[],
  options: { quick: boolean; python: boolean; json: boolean },
): Promise<void> {
  const names = given.length > 0 ? given : Object.keys(BENCHES)
  const unknown = names.find((name) => !Object.hasOwn(BENCHES, name))
  if (unknown !== undefined) throw new Error(`There is no bench "${unknown}".\n\n${USAGE}`)
  const progress = createProgress()
  const figures: Record<string, Record<string, number>> = {}
  for (const name of names) {
    const result = await BENCHES[name]!({ ...options, progress })
    process.stdout.write(`\n${result.table}\n`)
    figures[name] = result.figures
  }
  if (options.json) process.stdout.write(`${JSON.stringify(figures)}\n`)
}
