/**
 * Forecasts of the twin's stores after years of history: how far they are off, by level, beside the baselines and the
 * means that demand fluctuates around; and how fast Node serves them.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dateOf, dayOf } from '@shelfcast/contracts/dates'
import { BASELINES } from '@shelfcast/contracts/training'
import { runOf } from '@shelfcast/datagen/director/run'
import { chooseHistory } from '@shelfcast/datagen/history/manifest'
import { seedHistory } from '@shelfcast/datagen/history/seed'
import { createPreset } from '@shelfcast/datagen/world/presets'
import { worldDigest } from '@shelfcast/datagen/world/read'
import { trainingOrigins } from '@shelfcast/jobs/models/build-features'
import { trainModel } from '@shelfcast/jobs/models/training'
import { REPOSITORY } from '@shelfcast/platform/state/layout'
import { prepareModelsPython, prepareTools } from '@shelfcast/platform/tools/tools'
import { buildFeatures } from '@shelfcast/warehouse/features'
import { refreshSeries } from '@shelfcast/warehouse/series'
import { loadDatasets } from '../../test/ingest/datasets.ts'
import { fillReference, Rows } from '../detection/fill.ts'
import { warehouseOf } from '../ingest/landed.ts'
import { lakeOf, openStack } from '../ingest/stage.ts'
import { alignTable, type BenchOptions, type BenchResult } from '../measure.ts'
import { writeLatentMeans } from './latent-means.ts'
import { measureServing } from './serving.ts'

const SEED = 1
const UNTIL = '2026-10-31'
const YEARS = 3
const QUICK_YEARS = 1
const WINDOW_DAYS = 28

type Scores = Record<string, Record<string, number>>

export async function benchForecasts({ quick, progress }: BenchOptions): Promise<BenchResult> {
  const tools = await prepareTools(progress)
  const python = await prepareModelsPython(progress)
  const folder = await mkdtemp(join(tmpdir(), 'shelfcast-bench-forecasts-'))
  const world = createPreset('small')
  const windows = quick ? 2 : 3
  const { stack, close } = await openStack(['lake', 'warehouse'], tools)
  const warehouse = warehouseOf(stack.environment)
  const lake = lakeOf(stack)
  const timings: Record<string, number> = {}
  const timed = async <T>(title: string, work: (note: (text: string) => void) => Promise<T>): Promise<T> => {
    const began = performance.now()
    try {
      return await progress.step(title, work)
    } finally {
      timings[title] = (performance.now() - began) / 1_000
    }
  }
  try {
    for (const zone of ['raw', 'features'] as const)
      await lake.client.makeBucket(lake.bucket(zone), stack.environment.S3_REGION!)
    const run = runOf(world, worldDigest(world), SEED)
    await timed('History', async () => {
      const rows = new Rows(warehouse)
      await fillReference(rows, world)
      await rows.flush()
      await seedHistory({
        lake,
        world,
        seed: SEED,
        run,
        until: dayOf(UNTIL),
        years: quick ? QUICK_YEARS : YEARS,
      })
      await chooseHistory(lake, run)
      await loadDatasets({ lake, warehouse })
    })
    const server = {
      url: stack.environment.CLICKHOUSE_URL!,
      user: stack.environment.CLICKHOUSE_USER!,
      password: stack.environment.CLICKHOUSE_PASSWORD!,
    }
    await timed('Features', async (note) => {
      const last = await refreshSeries(warehouse)
      await buildFeatures({
        warehouse,
        server,
        origins: trainingOrigins(last!),
        onProgress: (done, total, step) => note(`${done} of ${total}, ${step}`),
      })
    })
    const environment = { ...process.env, ...stack.environment, MODELS_PYTHON: python }
    const out = join(folder, 'bundle')
    const manifest = await timed('Training', (note) =>
      trainModel({
        environment,
        model: 'demand',
        out,
        signal: new AbortController().signal,
        flags: quick ? ['--windows', '1', '--rounds', '30'] : [],
        onStep: ({ step, done, total, text }) => note(`${step} ${done} of ${total} ${text}`.slice(0, 60)),
      }),
    )
    const latent = join(folder, 'latent.csv')
    const from = dateOf(dayOf(UNTIL) - windows * WINDOW_DAYS)
    writeLatentMeans(world, SEED, { from, to: UNTIL }, latent)
    const scores = await timed('Evaluation', () =>
      evaluate(python, environment, [
        '--manifest',
        join(out, 'manifest.json'),
        '--latent',
        latent,
        '--windows',
        String(windows),
      ]),
    )
    const serving = await timed('Serving', () => measureServing({ warehouse, manifest, folder: out, quick }))
    const interval = manifest.backtest!.rows.find(({ name }) => name === 'model')!.metrics
    return {
      table: [
        tableOf(scores),
        alignTable([
          ['serving', 'figure'],
          ...Object.entries(serving).map(([name, value]) => [name.replaceAll('_', ' '), shown(value)]),
        ]),
        alignTable([
          ['step', 'seconds'],
          ...Object.entries(timings).map(([name, value]) => [name, value.toFixed(1)]),
        ]),
      ].join('\n\n'),
      figures: {
        ...flat(scores),
        ...serving,
        coverage_80: interval.coverage_80 ?? Number.NaN,
        upper_tail: interval.upper_tail ?? Number.NaN,
        ...Object.fromEntries(
          Object.entries(timings).map(([name, value]) => [`${name.toLowerCase()}_s`, value]),
        ),
      },
    }
  } finally {
    await warehouse.close()
    await close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function evaluate(
  python: string,
  environment: NodeJS.ProcessEnv,
  words: readonly string[],
): Promise<Scores> {
  const child = spawn(python, ['-m', 'shelfcast_models', 'evaluate', ...words], {
    env: { ...environment, PYTHONPATH: join(REPOSITORY, 'models') },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { out: '', error: '' }
  child.stdout.on('data', (chunk) => {
    output.out += chunk
  })
  child.stderr.on('data', (chunk) => {
    output.error = (output.error + chunk).slice(-2_000)
  })
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`The evaluation ended with code ${code}: ${output.error}`)
  return (JSON.parse(output.out.trim().split('\n').at(-1)!) as { scores: Scores }).scores
}

const LEVELS = [
  ['a day of a store and SKU', 'wape', 'mape_nonzero'],
  ['a week of a store and SKU', 'wape_week', 'mape_week_nonzero'],
  ['a day of a store and category', 'wape_day_category', 'mape_day_category'],
  ['a week of a store and category', 'wape_week_category', 'mape_week_category'],
  ['a day of a store', 'wape_day_store', 'mape_day_store'],
  ['a week of a store', 'wape_week_store', 'mape_week_store'],
] as const
const NAMES: Record<string, string> = {
  model: 'Shelfcast',
  ...Object.fromEntries(Object.entries(BASELINES).map(([name, { title }]) => [name, title])),
  oracle: "the twin's means",
}

function tableOf(scores: Scores): string {
  const names = Object.keys(NAMES).filter((name) => scores[name])
  const against = (metric: string) => 1 - scores.model![metric]! / scores.seasonal_naive![metric]!
  return alignTable([
    ['WAPE / MAPE (non-zero)', ...names.map((name) => NAMES[name]!), 'better than same weekday'],
    ...LEVELS.map(([title, wape, mape]) => [
      title,
      ...names.map((name) => `${percent(scores[name]![wape]!)} / ${percent(scores[name]![mape]!)}`),
      percent(against(wape)),
    ]),
    ['WRMSSE', ...names.map((name) => scores[name]!.wrmsse!.toFixed(3)), percent(against('wrmsse'))],
    ['bias', ...names.map((name) => percent(scores[name]!.bias!)), ''],
  ])
}

const flat = (scores: Scores) =>
  Object.fromEntries(
    Object.entries(scores).flatMap(([name, metrics]) =>
      Object.entries(metrics).map(([metric, value]) => [`${name}_${metric}`, value]),
    ),
  )
const percent = (value: number) => `${(100 * value).toFixed(1)}%`
const shown = (value: number) =>
  Math.abs(value) < 0.001 ? value.toExponential(1) : value.toLocaleString('en', { maximumFractionDigits: 2 })
