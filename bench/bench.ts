/** `npm run bench`: measures on this machine, and prints what came of it. */
import { createProgress } from '@shelfcast/platform/tools/progress'
import { createCommand, runCommand, wholeNumber, withJsonOption } from '@shelfcast/runtime/command'
import { benchBesideTraining } from './beside-training/beside-training.ts'
import { benchDatagen } from './datagen/datagen.ts'
import { benchDetection } from './detection/detection.ts'
import { benchFeatures } from './features/features.ts'
import { benchForecasts } from './forecasts/forecasts.ts'
import { benchGate } from './gate/gate.ts'
import { benchIdle } from './idle/idle.ts'
import { benchIngest } from './ingest/ingest.ts'
import { benchLatency } from './latency/latency.ts'
import type { Bench, BenchOptions } from './measure.ts'
import { benchPlanOrders } from './plan-orders/plan-orders.ts'
import { benchQueries } from './queries/queries.ts'
import { benchStock } from './stock/stock.ts'
import { benchStockOutRisk } from './stock-out-risk/stock-out-risk.ts'

const BENCHES: Record<string, Bench> = {
  'beside-training': benchBesideTraining,
  datagen: benchDatagen,
  detection: benchDetection,
  features: benchFeatures,
  forecasts: benchForecasts,
  gate: benchGate,
  idle: benchIdle,
  ingest: benchIngest,
  latency: benchLatency,
  'plan-orders': benchPlanOrders,
  queries: benchQueries,
  stock: benchStock,
  'stock-out-risk': benchStockOutRisk,
}
/** The twin has no more years. */
const MOST_BASKETS = 20_000_000
const MOST_SERIES = 100_000
/** What a laptop's disk holds. */
const MOST_LINES = 1_000_000_000

interface BenchArguments extends Omit<BenchOptions, 'progress'> {
  json: boolean
}

const command = createCommand('bench', 'Measures on this machine, and prints what came of it.')
await runCommand(
  withJsonOption(command)
    .addArgument(command.createArgument('[names...]', 'all when none is named').choices(Object.keys(BENCHES)))
    .option(
      '--quick',
      'a second or less for each measurement: shows that it runs, the figures are rough',
      false,
    )
    .option('--no-python', 'leaves out the comparisons that need Python packages')
    .option(
      '--baskets <n>',
      'gate and ingest: how many go through; 1,000,000 when absent',
      wholeNumber(1, MOST_BASKETS),
    )
    .option(
      '--lines <n>',
      'queries: how many lines the warehouse has; 100,000,000 when absent',
      wholeNumber(1, MOST_LINES),
    )
    .option(
      '--series <n>',
      'features: 1,000, 10,000 and 100,000 series, up to as many',
      wholeNumber(1_000, MOST_SERIES),
    )
    .option('--bundle <folder>', 'features: of a trained model to forecast with; one is trained when absent')
    .option('--profile', 'ingest: a run more, with a table of where the time of its process goes', false)
    .action(measure),
)

async function measure(names: string[], { json, ...options }: BenchArguments): Promise<void> {
  const progress = createProgress()
  const figures: Record<string, Record<string, number>> = {}
  for (const name of names.length > 0 ? names : Object.keys(BENCHES)) {
    const result = await BENCHES[name]!({ ...options, progress })
    process.stdout.write(`\n${result.table}\n`)
    figures[name] = result.figures
  }
  if (json) process.stdout.write(`${JSON.stringify(figures)}\n`)
}
