/**
 * What a new day costs: features of one origin, from nothing and by day, and its forecasts, against the length of history
 * and the number of series. Both ways of building are held to one another to the digit.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addDays } from '@shelfcast/contracts/dates'
import { featureTable } from '@shelfcast/contracts/warehouse'
import { REPOSITORY } from '@shelfcast/platform/state/layout'
import type { Stack } from '@shelfcast/platform/supervisor/supervise'
import type { Progress } from '@shelfcast/platform/tools/progress'
import { prepareTools, type Tools } from '@shelfcast/platform/tools/tools'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { buildFeatures, featureHash } from '@shelfcast/warehouse/features'
import { forgetKept } from '@shelfcast/warehouse/kept'
import { rowsOf } from '@shelfcast/warehouse/queries/rows'
import { warehouseOf } from '../ingest/landed.ts'
import { lakeOf, openStack } from '../ingest/stage.ts'
import { usageOf } from '../ingest/usage.ts'
import { alignTable, type BenchOptions, type BenchResult, inProcess } from '../measure.ts'
import { type Chain, fillDays, fillReference, seriesOf } from './fill.ts'
import type { Cost, Measurement, ScoringFigures, ScoringTask } from './measurement.ts'
import { plotOf } from './plot.ts'

const SIZES = [1_000, 10_000, 100_000]
const QUICK_SIZES = [20, 40]
/** Of a store, as far as there are that many series. */
const SKUS = { least: 10, most: 1_000 }
const YEARS = [1, 2, 3]
/** Of more series only the longest history is measured: each takes ten minutes. */
const ALL_YEARS_UP_TO = 10_000
const UNTIL = '2026-10-31'
const YEAR_DAYS = 365
/** As the job tells them: the last week anew, with a day more. */
const TOLD_DAYS = 8
const PLOT = join(REPOSITORY, 'docs', 'images', 'features.svg')

export async function benchFeatures({
  quick,
  series = Number.POSITIVE_INFINITY,
  bundle,
  progress,
}: BenchOptions): Promise<BenchResult> {
  const tools = await prepareTools(progress)
  const measurements: Measurement[] = []
  const sizes = (quick ? QUICK_SIZES : SIZES).filter((size) => size <= series)
  for (const size of sizes)
    measurements.push(...(await measureSize(sizeOf(size), { quick, bundle, progress, tools })))
  if (!quick) writeFileSync(PLOT, plotOf(measurements))
  return {
    table: `${tableOf(measurements)}${bundle ? '' : '\n\nWithout forecasts of a model: name its folder with --bundle.'}`,
    figures: Object.fromEntries(measurements.flatMap(figuresOf)),
  }
}

function sizeOf(series: number): Pick<Chain, 'stores' | 'skus'> {
  const skus = Math.min(SKUS.most, Math.max(SKUS.least, Math.round(series / 10)))
  return { skus, stores: Math.max(1, Math.round(series / skus)) }
}

interface Options extends Pick<BenchOptions, 'quick' | 'bundle' | 'progress'> {
  tools: Tools
}

/** All lengths of history of one number of series, in one warehouse: older years are told after the newer. */
async function measureSize(
  size: Pick<Chain, 'stores' | 'skus'>,
  { quick, bundle, progress, tools }: Options,
): Promise<Measurement[]> {
  const { stack, close } = await openStack(['lake', 'warehouse'], tools)
  const warehouse = warehouseOf(stack.environment)
  try {
    await lakeOf(stack).client.makeBucket(lakeOf(stack).bucket('features'), stack.environment.S3_REGION!)
    const measurements: Measurement[] = []
    const years = quick ? [1] : YEARS
    const first = addDays(UNTIL, 1 - YEAR_DAYS * years.at(-1)!)
    await fillReference(warehouse, { ...size, from: first, to: UNTIL })
    for (const year of years) {
      const from = addDays(UNTIL, 1 - YEAR_DAYS * year)
      const before = addDays(UNTIL, -YEAR_DAYS * (year - 1) - (year === 1 ? 1 : 0))
      await progress.step(`${seriesOf({ ...size, from, to: UNTIL })} series, year ${year}`, (note) =>
        fillDays(warehouse, { ...size, from, to: before }, 24, note),
      )
      if (seriesOf({ ...size, from, to: UNTIL }) > ALL_YEARS_UP_TO && year !== years.at(-1)) continue
      measurements.push(
        await measureOrigin({ ...size, from, to: UNTIL }, year, { stack, warehouse, bundle, progress }),
      )
    }
    return measurements
  } finally {
    await warehouse.close()
    await close()
  }
}

async function measureOrigin(
  chain: Chain,
  years: number,
  context: { stack: Stack; warehouse: Warehouse; bundle: string | undefined; progress: Progress },
): Promise<Measurement> {
  const { stack, warehouse, bundle, progress } = context
  const title = (what: string) => `${what}, ${seriesOf(chain)} series, ${years} years`
  const server = {
    url: stack.environment.CLICKHOUSE_URL!,
    user: stack.environment.CLICKHOUSE_USER!,
    password: stack.environment.CLICKHOUSE_PASSWORD!,
  }
  const pid = stack.part('warehouse').pid!
  const build = async (origin: string, name: string): Promise<Cost> => {
    await warehouse.command({
      query: 'delete from feature_builds where origin = {origin:Date}',
      query_params: { origin },
    })
    forgetPeak(pid)
    const before = usageOf(pid)
    const began = performance.now()
    await progress.step(title(name), (note) =>
      buildFeatures({
        warehouse,
        server,
        origins: [origin],
        objectOf: (hash, day) => `forecast/${hash}/origin=${day}.parquet`,
        onProgress: (done, _, step) => note(`${done}%, ${step}`),
      }),
    )
    return { wall_s: (performance.now() - began) / 1_000, cpu_s: usageOf(pid).cpu_s - before.cpu_s }
  }
  await forgetKept(warehouse)
  const nothing = await build(addDays(chain.to, -1), 'Features from nothing')
  await fillDays(warehouse, { ...chain, from: addDays(chain.to, 1 - TOLD_DAYS) }, 0)
  const day = await build(chain.to, 'Features by day')
  const day_mb = usageOf(pid).peak_mb
  const byDay = await contentOf(warehouse, chain.to)
  const score = async (name: string, folder: string | undefined) => {
    forgetPeak(pid)
    const before = usageOf(pid)
    const began = performance.now()
    const task: ScoringTask = { server, origin: chain.to, folder }
    const figures = await progress.step(title(name), () =>
      inProcess<ScoringFigures>(process.execPath, 'features/scoring.ts', task),
    )
    const wall_s = (performance.now() - began) / 1_000
    const { cpu_s, peak_mb } = usageOf(pid)
    return {
      ...figures,
      wall_s,
      cpu_s: cpu_s - before.cpu_s + figures.scorer_cpu_s,
      all_mb: peak_mb + figures.memory_mb,
    }
  }
  const baseline = await score('Forecasts of a baseline', undefined)
  const model = bundle === undefined ? undefined : await score('Forecasts of the model', bundle)
  await forgetKept(warehouse)
  await build(chain.to, 'Features of the same day from nothing')
  return {
    series: seriesOf(chain),
    years,
    nothing,
    day,
    day_mb,
    isEqual: byDay === (await contentOf(warehouse, chain.to)),
    baseline,
    model,
    forecast_mb: Math.max(baseline.all_mb, model?.all_mb ?? 0),
  }
}

/** From now on the kernel counts the most memory of a process anew. */
function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5')
}

/** All features of an origin in one number: another digit anywhere is another number. */
async function contentOf(warehouse: Warehouse, origin: string): Promise<string> {
  const [row] = await rowsOf<{ content: string }>(
    warehouse,
    `
    select concat(toString(count()), ' ', toString(sum(cityHash64(toString(tuple(*)))))) as content
    from ${featureTable(featureHash())}
    where origin = {origin:Date}`,
    { origin },
  )
  return row!.content
}

function tableOf(measurements: readonly Measurement[]): string {
  const seconds = (cost: Cost | undefined) =>
    cost ? `${cost.wall_s.toFixed(1)} (${cost.cpu_s.toFixed(1)})` : '-'
  return alignTable([
    [
      'series',
      'years',
      'from nothing, s (CPU s)',
      'by day',
      'the same to the digit',
      'forecasts, baseline',
      'forecasts, model',
      'MB by day',
      'MB of forecasts',
    ],
    ...measurements.map((each) => [
      each.series.toLocaleString('en'),
      String(each.years),
      seconds(each.nothing),
      seconds(each.day),
      each.isEqual ? 'yes' : 'NO',
      seconds(each.baseline),
      seconds(each.model),
      String(each.day_mb),
      String(each.forecast_mb),
    ]),
  ])
}

function figuresOf({
  series,
  years,
  nothing,
  day,
  baseline,
  model,
  ...rest
}: Measurement): [string, number][] {
  const name = (what: string) => `${what.replace(/_(s|mb|cpu_s)$/, '')}_${series}_series_${years}_years`
  const costs = { nothing, day, baseline, model }
  return [
    ...Object.entries(costs).flatMap(([what, cost]): [string, number][] =>
      cost
        ? [
            [`${name(what)}_s`, cost.wall_s],
            [`${name(what)}_cpu_s`, cost.cpu_s],
          ]
        : [],
    ),
    [`${name('day')}_mb`, rest.day_mb],
    [`${name('forecasts')}_mb`, rest.forecast_mb],
    [`${name('equal')}`, rest.isEqual ? 1 : 0],
  ]
}
