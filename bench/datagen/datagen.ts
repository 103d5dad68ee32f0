/** How fast the twin makes events and history, beside what one would write without a twin, one after the other. */
import type { PresetName } from '@shelfcast/datagen/world/presets'
import { prepareBenchPython } from '@shelfcast/platform/tools/tools'
import { alignTable, type BenchOptions, type BenchResult, inProcess } from '../measure.ts'

export interface EventTask {
  world: PresetName
  warm_s: number
  seconds: number
}
export interface BasketTask {
  mean_lines: number
  warm_s: number
  seconds: number
}
export interface DayTask {
  world: PresetName
  warm_days: number
  days: number
  parquet: boolean
}
type ColumnTask = Omit<DayTask, 'world'> & { rows_a_day: number }

interface Figures {
  /** Lines, or store-SKU-days. */
  amount: number
  bytes: number
  seconds: number
  memory_mb: number
}
interface BasketFigures extends Figures {
  baskets: number
}
/** One line of the table. */
interface Measured extends Figures {
  title: string
  /** What its figures begin with. */
  name: string
  unit: 'lines' | 'store_sku_days'
}

const WORLDS = ['small', 'medium'] as const
const QUICK_WORLDS = ['small'] as const
const EVENT_TIMES = { warm_s: 3, seconds: 10 }
const QUICK_EVENT_TIMES = { warm_s: 0, seconds: 0.2 }
/** Days that are a few million store-SKU-days: several seconds. */
const DAYS = { small: { warm_days: 365, days: 3_650 }, medium: { warm_days: 30, days: 365 } }
const QUICK_DAYS = { warm_days: 2, days: 10 }

export async function benchDatagen(options: BenchOptions): Promise<BenchResult> {
  const interpreter = options.python ? await preparePython(options) : undefined
  const groups = [await benchEvents(options)]
  for (const parquet of [false, true]) groups.push(await benchHistory(options, parquet, interpreter))
  const note = interpreter === undefined ? '\nWithout the comparison with numpy.' : ''
  return { table: `${tableOf(groups)}${note}`, figures: figuresOf(groups) }
}

async function benchEvents({ quick, progress }: BenchOptions): Promise<Group> {
  const times = quick ? QUICK_EVENT_TIMES : EVENT_TIMES
  const unit = 'lines'
  const measure = (title: string, file: string, task: EventTask | BasketTask) =>
    progress.step(title, () => inProcess<BasketFigures>(process.execPath, file, task))
  const twins: Measured[] = []
  let mean_lines = 1
  for (const world of quick ? QUICK_WORLDS : WORLDS) {
    const measurement = await measure(`Events, ${world}`, 'datagen/events.ts', { world, ...times })
    twins.push({ title: `Events, twin, ${world}`, name: `events_${world}`, unit, ...measurement })
    if (world === 'small') mean_lines = measurement.amount / measurement.baskets
  }
  const faker = await measure('Events, faker', 'datagen/baskets.ts', { mean_lines, ...times })
  return {
    twins,
    other: { title: 'Events, faker and JSON.stringify', name: 'events_faker', unit, ...faker },
  }
}

async function benchHistory(
  { quick, progress }: BenchOptions,
  parquet: boolean,
  interpreter: string | undefined,
): Promise<Group> {
  const kind = parquet ? 'History as Parquet' : 'History in memory'
  const name = parquet ? 'history_parquet' : 'history'
  const unit = 'store_sku_days'
  const measure = (title: string, program: string, file: string, task: DayTask | ColumnTask) =>
    progress.step(title, () => inProcess<Figures>(program, file, task))
  const twins: Measured[] = []
  for (const world of quick ? QUICK_WORLDS : WORLDS) {
    const task: DayTask = { world, parquet, ...(quick ? QUICK_DAYS : DAYS[world]) }
    const measurement = await measure(`${kind}, ${world}`, process.execPath, 'datagen/days.ts', task)
    twins.push({ title: `${kind}, twin, ${world}`, name: `${name}_${world}`, unit, ...measurement })
  }
  if (interpreter === undefined) return { twins }
  const span = quick ? QUICK_DAYS : DAYS.small
  const rows_a_day = Math.round(twins[0]!.amount / span.days)
  const task: ColumnTask = { ...span, parquet, rows_a_day }
  const numpy = await measure(`${kind}, numpy`, interpreter, 'datagen/columns.py', task)
  return { twins, other: { title: `${kind}, numpy columns`, name: `${name}_numpy`, unit, ...numpy } }
}

async function preparePython({ progress }: BenchOptions): Promise<string | undefined> {
  try {
    return await prepareBenchPython(progress)
  } catch (error) {
    progress.line(`No numpy here: ${(error as Error).message}`)
    return undefined
  }
}

/** The twin in its worlds, and what it is compared with. */
interface Group {
  twins: readonly Measured[]
  other?: Measured
}

function tableOf(groups: readonly Group[]): string {
  const rows = [['', 'per second', 'unit', 'peak memory', 'twin to other']]
  for (const { twins, other } of groups) {
    for (const measurement of [...twins, ...(other ? [other] : [])]) {
      const ratio = other === undefined || measurement === other ? '' : `${ratioOf(measurement, other)} x`
      const rate = Math.round(measurement.amount / measurement.seconds).toLocaleString('en')
      rows.push([
        measurement.title,
        rate,
        measurement.unit.replaceAll('_', '-'),
        `${measurement.memory_mb} MB`,
        ratio,
      ])
    }
  }
  return alignTable(rows)
}

function figuresOf(groups: readonly Group[]): Record<string, number> {
  const figures: Record<string, number> = {}
  for (const { twins, other } of groups) {
    for (const measurement of [...twins, ...(other ? [other] : [])]) {
      figures[`${measurement.name}_${measurement.unit}_per_s`] = Math.round(
        measurement.amount / measurement.seconds,
      )
      figures[`${measurement.name}_memory_mb`] = measurement.memory_mb
      if (other && measurement !== other) figures[`${measurement.name}_ratio`] = ratioOf(measurement, other)
    }
  }
  return figures
}

function ratioOf(measurement: Figures, other: Figures): number {
  return Math.round((measurement.amount / measurement.seconds / (other.amount / other.seconds)) * 100) / 100
}
