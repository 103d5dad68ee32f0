/** What was measured, as a table for people and as figures by name, with the goals beside it. */
import { alignTable, type BenchResult } from '../measure.ts'
import type { Outcome } from './baskets.ts'
import type { PathRun, ShelfcastRun } from './shelfcast.ts'

/** One way to bring the topic in. */
export interface Path extends PathRun, Partial<Omit<ShelfcastRun, keyof PathRun>> {
  /** What its figures begin with. */
  name: string
  title: string
  /** Processes that are the path; broker and object store serve all paths alike. */
  own: readonly string[]
}

/** One step alone. */
export interface Limit {
  name: string
  title: string
  lines: number
  wall_s: number
  cpu_s: number
  memory_mb: number
}

export interface Measured {
  outcome: Outcome
  paths: readonly Path[]
  limits: readonly Limit[]
}

interface Goal {
  title: string
  goal: string
  /** Undefined where the other side was not measured. */
  figure: number | undefined
  isMet(figure: number): boolean
  unit: string
}

const MILLION = 1_000_000

export function report({ outcome, paths, limits }: Measured): BenchResult {
  const rates = new Map(paths.map((path) => [path.name, rateOf(path, outcome.lines)]))
  const figures: Record<string, number> = {
    messages: outcome.messages,
    lines: outcome.lines,
    topic_bytes: outcome.bytes,
  }
  const shelfcast = rates.get('shelfcast')!
  const rows = [['', 'lines/s', 'CPU s per M lines', 'broker and store', 'peak memory', 'Shelfcast is']]
  for (const path of paths) {
    const { lines_per_s, cpu, served, memory_mb } = rates.get(path.name)!
    const isOurs = path.own.includes('ingest')
    const ratio = round(shelfcast.lines_per_s / lines_per_s)
    rows.push([
      path.title,
      grouped(lines_per_s),
      cpu.toFixed(2),
      served.toFixed(2),
      path.own.map((name) => `${path.used[name]!.peak_mb} MB ${name}`).join(', '),
      isOurs ? '' : `${ratio} x as fast`,
    ])
    Object.assign(figures, {
      [`${path.name}_wall_s`]: round(path.wall_s),
      [`${path.name}_lines_per_s`]: Math.round(lines_per_s),
      [`${path.name}_cpu_s_per_million_lines`]: round(cpu),
      [`${path.name}_memory_mb`]: memory_mb,
      ...Object.fromEntries(
        Object.entries(path.used).map(([name, { cpu_s }]) => [
          `${path.name}_${name.replaceAll(' ', '_')}_cpu_s`,
          round(cpu_s),
        ]),
      ),
      ...(!isOurs && { [`${path.name}_wall_ratio`]: ratio }),
      ...(path.blocks !== undefined && { [`${path.name}_blocks`]: path.blocks }),
      ...(path.lake_bytes !== undefined && { [`${path.name}_lake_bytes`]: path.lake_bytes }),
      ...(path.from_start_s !== undefined && { [`${path.name}_from_start_s`]: round(path.from_start_s) }),
    })
  }
  for (const limit of limits) {
    const lines_per_s = limit.lines / limit.wall_s
    const cpu = (limit.cpu_s / limit.lines) * MILLION
    rows.push([limit.title, grouped(lines_per_s), cpu.toFixed(2), '', `${limit.memory_mb} MB`, ''])
    figures[`${limit.name}_only_lines_per_s`] = Math.round(lines_per_s)
    figures[`${limit.name}_only_cpu_s_per_million_lines`] = round(cpu)
  }
  return { table: [headOf(outcome, paths), alignTable(rows), goalTable(paths, rates)].join('\n\n'), figures }
}

interface Rate {
  lines_per_s: number
  /** CPU seconds of the path's own processes, and of broker and object store, per million lines. */
  cpu: number
  served: number
  memory_mb: number
}

function rateOf({ own, used, wall_s }: Path, lines: number): Rate {
  const isOwn = ([name]: [string, unknown]) => own.includes(name)
  const isServed = ([name]: [string, unknown]) => name === 'broker' || name === 'object store'
  const cpuOf = (which: typeof isOwn) =>
    (Object.entries(used)
      .filter(which)
      .reduce((sum, [, { cpu_s }]) => sum + cpu_s, 0) /
      lines) *
    MILLION
  return {
    lines_per_s: lines / wall_s,
    cpu: cpuOf(isOwn),
    served: cpuOf(isServed),
    memory_mb: own.reduce((sum, name) => sum + used[name]!.peak_mb, 0),
  }
}

function headOf({ messages, lines, bytes }: Outcome, paths: readonly Path[]): string {
  const { blocks, lake_bytes, wall_s, from_start_s } = paths.find(({ name }) => name === 'shelfcast')!
  return [
    `${grouped(messages)} messages, ${grouped(lines)} lines, ${Math.round(bytes / messages)} bytes each.`,
    `Shelfcast: ${wall_s.toFixed(2)} s from the first fetch (${from_start_s!.toFixed(2)} s from the start of the process)`,
    `to ${blocks} blocks of ${(lake_bytes! / lines).toFixed(1)} bytes a line in the lake and every row in the warehouse.`,
  ].join('\n')
}

function goalTable(paths: readonly Path[], rates: ReadonlyMap<string, Rate>): string {
  const shelfcast = rates.get('shelfcast')!
  const tuned = rates.get('kafka_engine_tuned')!
  const spark = rates.get('spark_warm')
  const lake = rates.get('lake_only')
  const atLeast = (least: number) => (figure: number) => figure >= least
  const goals: Goal[] = [
    {
      title: 'Lines per second',
      goal: '500,000, aiming at 900,000',
      unit: '',
      figure: Math.round(shelfcast.lines_per_s),
      isMet: atLeast(500_000),
    },
    {
      title: 'To the tuned Kafka engine, wall time',
      goal: '1.3 x',
      unit: ' x',
      figure: round(shelfcast.lines_per_s / tuned.lines_per_s),
      isMet: atLeast(1.3),
    },
    {
      title: 'To warm Spark, wall time',
      goal: '2 x',
      unit: ' x',
      isMet: atLeast(2),
      figure: spark && round(shelfcast.lines_per_s / spark.lines_per_s),
    },
    {
      title: 'To warm Spark, lake alone, per CPU second',
      goal: '8 x',
      unit: ' x',
      isMet: atLeast(8),
      figure: spark && lake && round(spark.cpu / lake.cpu),
    },
    {
      title: 'Memory of the ingest process',
      goal: 'under 500 MB',
      unit: ' MB',
      figure: paths.find(({ name }) => name === 'shelfcast')!.used.ingest!.peak_mb,
      isMet: (figure) => figure < 500,
    },
  ]
  return alignTable([
    ['Goal', 'wanted', 'measured', ''],
    ...goals.map(({ title, goal, figure, unit, isMet }) =>
      figure === undefined
        ? [title, goal, 'left out', '']
        : [title, goal, `${grouped(figure)}${unit}`, isMet(figure) ? 'met' : 'not met'],
    ),
  ])
}

const round = (figure: number) => Math.round(figure * 100) / 100
const grouped = (figure: number) => (figure < 100 ? String(figure) : Math.round(figure).toLocaleString('en'))
