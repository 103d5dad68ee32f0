/** `npm run bench`: measures on this machine, and prints what came of it. */
import { parseArgs } from 'node:util'
import { createProgress } from '@shelfcast/platform/tools/progress'
import { benchDatagen } from './datagen/datagen.ts'
import { benchDetection } from './detection/detection.ts'
import { benchForecasts } from './forecasts/forecasts.ts'
import { benchGate } from './gate/gate.ts'
import { benchIngest } from './ingest/ingest.ts'
import { benchLatency } from './latency/latency.ts'
import type { Bench, BenchOptions } from './measure.ts'
import { benchQueries } from './queries/queries.ts'
import { benchStock } from './stock/stock.ts'

const BENCHES: Record<string, Bench> = {
  datagen: benchDatagen,
  detection: benchDetection,
  forecasts: benchForecasts,
  gate: benchGate,
  ingest: benchIngest,
  latency: benchLatency,
  queries: benchQueries,
  stock: benchStock,
}
/** The twin has no more years. */
const MOST_BASKETS = 20_000_000
/** What a laptop's disk holds. */
const MOST_LINES = 1_000_000_000
const USAGE = `Usage: npm run bench -- [NAME...] [--quick] [--no-python] [--baskets N] [--lines N] [--profile] [--json]

  NAME         ${Object.keys(BENCHES).join(', ')}; all when none is named
  --quick      a second or less for each measurement: shows that it runs, the figures are rough
  --no-python  leaves out the comparisons that need Python packages
  --baskets N  gate and ingest: how many go through; 1,000,000 when absent
  --lines N    queries: how many lines the warehouse has; 100,000,000 when absent
  --profile    ingest: a run more, with a table of where the time of its process goes
  --json       one JSON object as the last line: figures by bench and name`

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    allowNegative: true,
    options: {
      quick: { type: 'boolean', default: false },
      python: { type: 'boolean', default: true },
      profile: { type: 'boolean', default: false },
      baskets: { type: 'string' },
      lines: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) process.stdout.write(`${USAGE}\n`)
  else {
    const baskets = countOf('--baskets', values.baskets, MOST_BASKETS)
    const lines = countOf('--lines', values.lines, MOST_LINES)
    await measure(positionals, { ...values, baskets, lines })
  }
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  process.exitCode = 1
}

async function measure(
  given: string[],
  options: Omit<BenchOptions, 'progress'> & { json: boolean },
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

function countOf(option: string, text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined
  const count = Number(text)
  if (!Number.isInteger(count) || count < 1 || count > most) {
    throw new Error(`${option} is "${text}". Give a whole number from 1 to ${most}.`)
  }
  return count
}
