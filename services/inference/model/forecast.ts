/** From rows of inputs to forecasts with their reasons. Nothing is read or written here. */
import type { CalibrationBand } from '@shelfcast/contracts/manifest'
import { REASONS } from '@shelfcast/contracts/training'
import { TOTALS } from '../explain/reasons.ts'
import type { FeatureRows } from '../features/rows.ts'
import { type Bundle, nameOf } from './bundle.ts'

/** Rows of one origin, column by column. */
export interface ScoringRows {
  rows: number
  /** The bundle's inputs, row after row; NaN where there is no value. */
  inputs: Float32Array
  horizon: Uint8Array
  /** Numbers that stand for store and category. */
  store: ArrayLike<number>
  category: ArrayLike<number>
  /** Forecasts of the store's total, and of the category's in the store, made without the model; NaN where there is none. */
  totalCategory: Float32Array
  totalStore: Float32Array
  /** What the model's answer is multiplied by to be in the unit of the series: 1000 where it works in kg or l. */
  unitScale: Float32Array
}

/** The columns that scoring needs. @param inputs of the model, from inputMatrix */
export function scoringRows(features: FeatureRows, inputs: Float32Array): ScoringRows {
  return {
    rows: features.rows,
    inputs,
    horizon: features.horizon,
    store: features.store.codes,
    category: features.category.codes,
    totalCategory: features.totalCategory,
    totalStore: features.totalStore,
    unitScale: features.unitScale,
  }
}

export interface Quantiles {
  p10: Float32Array
  p50: Float32Array
  p90: Float32Array
  mean: Float32Array
}

/** All in the unit of the series. */
export interface Forecasts extends Quantiles {
  /** By row, what reconciliation multiplied the forecast by. */
  factors: Float32Array
  /** Undefined when they were not asked for. Base and reasons of a row add up to its mean. */
  explained: { base: Float32Array; reasons: Float32Array } | undefined
}

export interface ScoringOptions {
  /** Without reasons the trees are not walked. */
  reasons: boolean
  /** Of these rows, from a scoring of all rows of the origin; found here when left out. */
  factors?: Float32Array
  onProgress?: (done: number, of: number) => void
}

/** A total that is far from the sum is more likely to be wrong than the sum is. */
const FACTOR_LIMITS = { least: 0.5, most: 2 }
/** Between two turns of the event loop: some tens of milliseconds. */
const EXPLAINED_AT_ONCE = 128

/** @param rows of one origin: all of them, or the reconciliation's factors are given */
export async function scoreRows(
  bundle: Bundle,
  rows: ScoringRows,
  options: ScoringOptions,
): Promise<Forecasts> {
  const part = demandOf(bundle)
  const count = rows.rows
  const mean = await clippedHead(bundle, 'mean', rows)
  const p10 = await clippedHead(bundle, 'p10', rows)
  const p50 = await clippedHead(bundle, 'p50', rows)
  const p90 = await clippedHead(bundle, 'p90', rows)
  calibrate(p90, rows.horizon, part.calibration, nameOf(bundle.manifest))
  const factors = options.factors ?? reconcile(mean, rows, part.reconciliation)
  for (let row = 0; row < count; row++) {
    const scale = factors[row]! * rows.unitScale[row]!
    for (const column of [mean, p10, p50, p90]) column[row]! *= scale
    order(p10, p50, p90, row)
    // A range that leaves the mean out would be none.
    p10[row] = Math.min(p10[row]!, mean[row]!)
    p90[row] = Math.max(p90[row]!, mean[row]!)
  }
  const explained = options.reasons ? await explain(bundle, rows, mean, options.onProgress) : undefined
  return { p10, p50, p90, mean, factors, explained }
}

/**
 * Means alone, which are those of scoreRows to the bit: a row's answer depends on no other row.
 * @param factors of these rows, from a scoring of all rows of the origin
 */
export async function scoreMeans(
  bundle: Bundle,
  rows: Pick<ScoringRows, 'rows' | 'inputs' | 'unitScale'>,
  factors: Float32Array,
): Promise<Float32Array> {
  const mean = await clippedHead(bundle, 'mean', rows)
  for (let row = 0; row < rows.rows; row++) mean[row]! *= factors[row]! * rows.unitScale[row]!
  return mean
}

/** By row, what the mean has to be multiplied by for sums to agree with totals of category and store. */
export async function reconciliationFactors(bundle: Bundle, rows: ScoringRows): Promise<Float32Array> {
  return reconcile(await clippedHead(bundle, 'mean', rows), rows, demandOf(bundle).reconciliation)
}

function demandOf(bundle: Bundle) {
  if (!bundle.demand)
    throw new Error(
      `${nameOf(bundle.manifest)} does not forecast demand. Take a bundle of the model "demand".`,
    )
  return bundle.demand.part
}

async function clippedHead(
  bundle: Bundle,
  head: string,
  { inputs, rows }: Pick<ScoringRows, 'inputs' | 'rows'>,
): Promise<Float32Array> {
  const values = await bundle.run(head, inputs, rows)
  for (let row = 0; row < rows; row++) {
    if (!Number.isFinite(values[row]!))
      throw new Error(
        `${nameOf(bundle.manifest)}: head ${head} says ${values[row]} of row ${row}. Look at its inputs, then train again.`,
      )
    if (values[row]! < 0) values[row] = 0
  }
  return values
}

function calibrate(p90: Float32Array, horizon: Uint8Array, bands: readonly CalibrationBand[], model: string) {
  for (let row = 0; row < p90.length; row++) {
    const h = horizon[row]!
    const band = bands.find(({ from, to }) => h >= from && h <= to)
    if (!band && bands.length > 0)
      throw new Error(`${model} has no calibration for horizon ${h}. Give it bands from 1 to 28.`)
    if (band) p90[row] = Math.max(0, p90[row]! * band.p90_factor + band.p90_offset)
  }
}

/**
 * First the series of a store, category and day are scaled to a total between their sum and the direct forecast of it,
 * then all series of the store and day likewise.
 * @param weights of the direct forecasts; the sum of the series has the rest
 */
export function reconcile(
  mean: Float32Array,
  rows: Pick<ScoringRows, 'rows' | 'horizon' | 'store' | 'category' | 'totalCategory' | 'totalStore'>,
  weights: { level: number; category: number; store: number },
): Float32Array {
  const { horizon, store, category } = rows
  const factors = new Float32Array(rows.rows).fill(weights.level)
  const scaleTo = (keyOf: (row: number) => string, direct: Float32Array, weight: number) => {
    const sums = new Map<string, { sum: number; direct: number; rows: number[] }>()
    for (let row = 0; row < rows.rows; row++) {
      const key = keyOf(row)
      const group = sums.get(key) ?? { sum: 0, direct: Number.NaN, rows: [] }
      sums.set(key, group)
      group.sum += mean[row]! * factors[row]!
      if (Number.isNaN(group.direct)) group.direct = direct[row]!
      group.rows.push(row)
    }
    for (const group of sums.values()) {
      const factor = factorTo(group.direct, group.sum, weight)
      for (const row of group.rows) factors[row]! *= factor
    }
  }
  scaleTo((row) => `${horizon[row]} ${store[row]} ${category[row]}`, rows.totalCategory, weights.category)
  scaleTo((row) => `${horizon[row]} ${store[row]}`, rows.totalStore, weights.store)
  return factors
}

function factorTo(direct: number, sum: number, weight: number): number {
  if (!Number.isFinite(direct) || direct < 0 || sum <= 0) return 1
  const factor = (weight * direct + (1 - weight) * sum) / sum
  return Math.min(FACTOR_LIMITS.most, Math.max(FACTOR_LIMITS.least, factor))
}

/** Quantiles of different models may cross; sorting them never makes them worse (Chernozhukov et al., 2010). */
function order(p10: Float32Array, p50: Float32Array, p90: Float32Array, row: number) {
  const [low, middle, high] = [p10[row]!, p50[row]!, p90[row]!]
  p10[row] = Math.min(low, middle, high)
  p90[row] = Math.max(low, middle, high)
  p50[row] = Math.max(Math.min(low, middle), Math.min(Math.max(low, middle), high))
}

async function explain(
  bundle: Bundle,
  rows: ScoringRows,
  mean: Float32Array,
  onProgress: ScoringOptions['onProgress'],
) {
  const width = bundle.manifest.inputs.length
  const base = new Float32Array(rows.rows)
  const reasons = new Float32Array(rows.rows * REASONS.length)
  for (let from = 0; from < rows.rows; from += EXPLAINED_AT_ONCE) {
    const count = Math.min(EXPLAINED_AT_ONCE, rows.rows - from)
    const explained = bundle.demand!.reasoner.explain(
      rows.inputs.subarray(from * width, (from + count) * width),
      count,
    )
    for (let index = 0; index < count; index++) {
      const row = from + index
      const scale = rows.unitScale[row]!
      base[row] = explained.base[index]! * scale
      const at = row * REASONS.length
      for (let reason = 0; reason < REASONS.length; reason++)
        reasons[at + reason] = explained.reasons[index * REASONS.length + reason]! * scale
      reasons[at + TOTALS]! += mean[row]! - explained.mean[index]! * scale
    }
    onProgress?.(from + count, rows.rows)
    await new Promise(setImmediate)
  }
  return { base, reasons }
}
