/** Models trained on the first days of a run of the twin, and scored in Node on the days after them. */

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dateOf, dayOf } from '@shelfcast/contracts/dates'
import { ANOMALY_HEADS, LEAD_TIME_HEAD } from '@shelfcast/contracts/detection'
import type { ModelManifest } from '@shelfcast/contracts/manifest'
import type { World } from '@shelfcast/datagen/world/world'
import { type Bundle, folderSource } from '@shelfcast/inference/model/bundle'
import { checkParity } from '@shelfcast/inference/model/parity'
import { loadChampion, parameterOf, scoreRows } from '@shelfcast/jobs/models/champions'
import { run } from '@shelfcast/platform/processes/run'
import { REPOSITORY } from '@shelfcast/platform/state/layout'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { type DetectionModel, type FeatureRow, readModelFeatures } from '@shelfcast/warehouse/model-features'
import { startWarehouse } from '../../test/warehouse/warehouse.ts'
import { fillDays, keyOf, type Truth } from './fill.ts'
import type { Scored } from './measures.ts'

export interface Span {
  from: number
  to: number
}

export interface DetectionOptions {
  python: string
  world: World
  seed: number
  stores: number
  from: number
  before: number
  /** Days that are learned from, and days that are scored after them. */
  learned: number
  scored: number
  onStep(text: string): void
}

/** A row beside what it would be told by, the model and the plain rule. */
export interface Case extends Scored {
  plain: number
  /** Units that are usual on such a day. */
  usual: number
  /** One that goes on over days is one of them. */
  episode: string
  /** The shelf was empty although the book had stock: unusual sales that no label names. */
  isEmpty: boolean
}

export interface Cases {
  learned: Case[]
  scored: Case[]
}

export interface DetectionEvaluation {
  sales: Cases
  stock: Cases
  slowMovers: Case[]
  /** Parameters of the bundles. */
  thresholds: { sales: number; stock: number; slowMover: number }
  leadTime: { orders: number; wape: number; wapeOfMean: number; bias: number; coveredAt95: number }
  /** Largest difference between Node and Python, relative. */
  parity: number
}

/** Days whose features are read at once: an answer is held in memory. */
const CHUNK_DAYS = 14
/** Days before the first features: levels need them. */
const WARM_UP_DAYS = 28
const Z_95 = 1.645

export async function evaluateDetection(options: DetectionOptions): Promise<DetectionEvaluation> {
  const { world, seed, stores, from, before, learned, scored, onStep } = options
  const { access, client: warehouse, stop } = await startWarehouse()
  const folder = await mkdtemp(join(tmpdir(), 'shelfcast-detection-'))
  try {
    const truth = await fillDays({
      warehouse,
      world,
      seed,
      from,
      before,
      stores,
      days: learned + scored,
      onDay: (day) => onStep(`day ${day} of ${learned + scored}`),
    })
    const last = from + learned - 1
    const train = async (model: DetectionModel) => {
      onStep(`training ${model}`)
      const out = join(folder, model)
      await run(
        options.python,
        [
          '-m',
          'shelfcast_models',
          'train',
          '--model',
          model,
          '--out',
          out,
          '--progress',
          'json',
          '--until',
          dateOf(last),
          '--seed',
          String(seed),
        ],
        {
          cwd: join(REPOSITORY, 'models'),
          env: {
            ...process.env,
            CLICKHOUSE_URL: access.url,
            CLICKHOUSE_USER: access.user,
            CLICKHOUSE_PASSWORD: access.password,
          },
        },
      )
      return openBundle(model, out)
    }
    const spans = {
      learned: { from: from + WARM_UP_DAYS, to: last },
      scored: { from: last + 1, to: last + scored },
    }
    const bundles = {
      anomaly: await train('anomaly'),
      slowMover: await train('slow-mover'),
      leadTime: await train('lead-time'),
    }
    try {
      const parity = (await Promise.all(Object.values(bundles).map(checkParity))).flat()
      onStep('scoring')
      const before = await anomalyCases(warehouse, bundles.anomaly, truth, spans.learned)
      const after = await anomalyCases(warehouse, bundles.anomaly, truth, spans.scored)
      return {
        sales: { learned: before.sales, scored: after.sales },
        stock: { learned: before.stock, scored: after.stock },
        slowMovers: await slowMoverCases(warehouse, bundles.slowMover, spans.scored),
        thresholds: {
          sales: parameterOf(bundles.anomaly, ANOMALY_HEADS.sales.threshold),
          stock: parameterOf(bundles.anomaly, ANOMALY_HEADS.stock.threshold),
          slowMover: parameterOf(bundles.slowMover, 'threshold'),
        },
        leadTime: await leadTimeFigures(warehouse, bundles.leadTime, spans.scored),
        parity: Math.max(...parity.map(({ max_relative_difference }) => max_relative_difference)),
      }
    } finally {
      for (const bundle of Object.values(bundles)) await bundle.release()
    }
  } finally {
    await stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function openBundle(model: DetectionModel, folder: string): Promise<Bundle> {
  const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as ModelManifest
  return loadChampion(model, { version: manifest.version, manifest, readFile: folderSource(folder) })
}

async function anomalyCases(warehouse: Warehouse, bundle: Bundle, truth: Truth, span: Span) {
  const sales: Case[] = []
  const stock: Case[] = []
  for (let from = span.from; from <= span.to; from += CHUNK_DAYS) {
    const to = Math.min(span.to, from + CHUNK_DAYS - 1)
    const rows = await readModelFeatures(warehouse, 'anomaly', { from: dateOf(from), to: dateOf(to) })
    const salesScores = await scoreRows(bundle, 'sales', rows)
    const stockScores = await scoreRows(bundle, 'stock', rows)
    for (const [index, row] of rows.entries()) {
      const of = caseOf(row, truth)
      const kind = truth.sales.get(of.key)
      sales.push({
        ...of.shared,
        score: salesScores[index]!,
        isLabelled: kind !== undefined,
        plain: Math.abs(Number(row.plain_z)),
        episode: kind === undefined ? '' : `${of.series} ${kind} ${weekOf(of.day)}`,
      })
      const counted = Number(row.counted_days)
      if (counted === 0) continue
      stock.push({
        ...of.shared,
        score: stockScores[index]!,
        isLabelled: wasStolen(truth, row, of.day, counted),
        plain: Number(row.loss),
        episode: '',
      })
    }
  }
  return { sales, stock }
}

function caseOf(row: FeatureRow, truth: Truth) {
  const { store_id, sku } = row
  const date = String(row.day)
  const key = keyOf(String(store_id), String(sku), date)
  return {
    key,
    series: `${store_id} ${sku}`,
    day: dayOf(date),
    shared: {
      usual: Number(row.expected_units),
      isEmpty: truth.empty.has(key) && Number(row.stock_out) === 0,
    },
  }
}

/** Monday of the week, in which a twin's anomaly begins and ends. */
const weekOf = (day: number) => Math.floor((day + 3) / 7)

/** Whether a labelled theft lies between a count and the one before it: both are made in the morning. */
function wasStolen(truth: Truth, row: FeatureRow, day: number, counted: number): boolean {
  for (let night = day - counted; night < day; night++)
    if (truth.thefts.has(keyOf(String(row.store_id), String(row.sku), dateOf(night)))) return true
  return false
}

/** One evening a week; lots of which it is known in the end what became of them. */
async function slowMoverCases(warehouse: Warehouse, bundle: Bundle, span: Span): Promise<Case[]> {
  const cases: Case[] = []
  for (let origin = span.from; origin < span.to; origin += 7) {
    const rows = await readModelFeatures(warehouse, 'slow-mover', { origins: [dateOf(origin)] })
    const lots = rows.filter(({ expires_on }) => String(expires_on) <= dateOf(span.to))
    const scores = await scoreRows(bundle, 'score', lots)
    for (const [index, row] of lots.entries())
      cases.push({
        score: scores[index]!,
        isLabelled: Number(row.wasted_units) > 0,
        plain: Number(row.cover) - Number(row.days_left),
        usual: Number(row.mean_28),
        episode: '',
        isEmpty: false,
      })
  }
  return cases
}

async function leadTimeFigures(warehouse: Warehouse, bundle: Bundle, span: Span) {
  const rows = await readModelFeatures(warehouse, 'lead-time', {
    from: dateOf(span.from),
    to: dateOf(span.to),
  })
  const forecasts = await scoreRows(bundle, LEAD_TIME_HEAD.name, rows)
  const deviation = parameterOf(bundle, LEAD_TIME_HEAD.deviation)
  const sum = { sold: 0, error: 0, meanError: 0, bias: 0, covered: 0 }
  for (const [index, row] of rows.entries()) {
    const sold = Number(row.sold)
    const mean = Number(row.demand_28)
    sum.sold += sold
    sum.error += Math.abs(forecasts[index]! - sold)
    sum.meanError += Math.abs(mean - sold)
    sum.bias += forecasts[index]! - sold
    if (sold <= forecasts[index]! + Z_95 * deviation * Math.sqrt(mean + 1)) sum.covered++
  }
  return {
    orders: rows.length,
    wape: sum.error / sum.sold,
    wapeOfMean: sum.meanError / sum.sold,
    bias: sum.bias / sum.sold,
    coveredAt95: sum.covered / rows.length,
  }
}
