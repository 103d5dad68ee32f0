/**
 * Stock of the warehouse, held against what the twin's stores believe they have: once when nothing goes wrong, and once
 * with the faults of the preset, which have to explain every difference.
 */
import { dayOf } from '@shelfcast/contracts/dates'
import { createPreset } from '@shelfcast/datagen/world/presets'
import type { World } from '@shelfcast/datagen/world/world'
import { prepareTools } from '@shelfcast/platform/tools/tools'
import { NO_NOISE } from '../../test/datagen/tills.ts'
import { warehouseOf } from '../ingest/landed.ts'
import { lakeOf, openStack } from '../ingest/stage.ts'
import { alignTable, type BenchOptions, type BenchResult } from '../measure.ts'
import { evaluateStock, type StockEvaluation } from './evaluation.ts'

const WORLD = 'small'
const SEED = 1
const FROM = '2026-06-01'
/** Days before, so that stores begin with lots of all ages, orders on their way, and goods missing. */
const BEFORE = 28
const DAYS = 21
const QUICK_DAYS = 2

export async function benchStock({ quick, progress }: BenchOptions): Promise<BenchResult> {
  const tools = await prepareTools(progress)
  const days = quick ? QUICK_DAYS : DAYS
  const noisy = createPreset(WORLD)
  const calm = { ...noisy, noise: NO_NOISE }
  const evaluate = (title: string, world: World, calmly: boolean) =>
    progress.step(`${title}, ${days} days of ${WORLD}`, async (note) => {
      const { stack, close } = await openStack(['lake', 'warehouse'], tools)
      const warehouse = warehouseOf(stack.environment)
      const lake = lakeOf(stack)
      try {
        await lake.client.makeBucket(lake.bucket('raw'), stack.environment.S3_REGION!)
        return await evaluateStock({
          lake,
          warehouse,
          world,
          seed: SEED,
          from: dayOf(FROM),
          before: BEFORE,
          days,
          replays: calmly,
          lots: calmly,
          onDay: (done) => note(`day ${Math.floor(done)} of ${days}`),
        })
      } finally {
        await warehouse.close()
        await close()
      }
    })
  const off = await evaluate('Stock without noise', calm, true)
  const on = await evaluate('Stock with noise', noisy, false)
  return {
    table: `${tableOf(off, on)}\n\n${causesOf(on)}`,
    figures: { ...figuresOf('off', off), ...figuresOf('on', on) },
  }
}

function tableOf(off: StockEvaluation, on: StockEvaluation): string {
  const both = (title: string, of: (evaluation: StockEvaluation) => number) => [
    title,
    whole(of(off)),
    whole(of(on)),
  ]
  return alignTable([
    ['store-SKU-days', 'noise off', 'noise on'],
    both('positions held against the book', (evaluation) => evaluation.positions),
    both("not the book's", (evaluation) => evaluation.different),
    both('  of these, labelled faults explain to the unit', (evaluation) => evaluation.explained),
    both('not the sum of what was accepted', (evaluation) => evaluation.miscounted),
    both('with something on order', (evaluation) => evaluation.ordered),
    both("  on order not as the store's", (evaluation) => evaluation.orderedDifferently),
    ["with lots that are not the shelf's", whole(off.lotsDifferent), ''],
    ['  units of them in another lot, of a million', millionths(off.lotUnitsElsewhere, off.lotUnits), ''],
    both('phantom stock since the begin: units times days', (evaluation) => evaluation.phantomUnits),
    both('  stolen', (evaluation) => evaluation.phantomUnitsStolen),
    both('  stolen by a theft that is labelled', (evaluation) => evaluation.phantomUnitsLabelled),
  ])
}

function causesOf({ causes }: StockEvaluation): string {
  const rows = [...causes].sort(([, a], [, b]) => b - a).map(([cause, units]) => [cause, whole(units)])
  return alignTable([['what moves positions away from the book', 'units times days'], ...rows])
}

function figuresOf(noise: 'on' | 'off', evaluation: StockEvaluation): Record<string, number> {
  const figures = {
    days: evaluation.days,
    positions: evaluation.positions,
    different: evaluation.different,
    explained: evaluation.explained,
    explained_share: evaluation.different === 0 ? 1 : evaluation.explained / evaluation.different,
    miscounted: evaluation.miscounted,
    ordered: evaluation.ordered,
    ordered_differently: evaluation.orderedDifferently,
    lots_different: evaluation.lotsDifferent,
    phantom_units: evaluation.phantomUnits,
    phantom_units_stolen: evaluation.phantomUnitsStolen,
    phantom_units_labelled: evaluation.phantomUnitsLabelled,
  }
  return Object.fromEntries(
    Object.entries(figures).map(([name, figure]) => [`noise_${noise}_${name}`, figure]),
  )
}

const millionths = (part: number, of: number) => whole(Math.round((1_000_000 * part) / of))
const whole = (figure: number) => figure.toLocaleString('en')
