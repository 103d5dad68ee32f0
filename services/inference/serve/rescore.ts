/** Scenarios of many stores: the means of their days, as they are known and with the inputs that would be. */
import { dateOf, dayOf } from '@shelfcast/contracts/dates'
import type { WhatIfChanges } from '@shelfcast/contracts/inference'
import {
  RESCORED_SERIES_LIMIT,
  type RescoreAnswer,
  type RescoredDays,
  type RescoredPart,
  type RescoreQuestion,
} from '@shelfcast/contracts/rescoring'
import { BASELINES } from '@shelfcast/contracts/training'
import type { FeatureRows, RowRange } from '../features/rows.ts'
import { planChanges } from '../features/what-if.ts'
import { baselineForecasts } from '../model/baseline.ts'
import { scoreMeans } from '../model/forecast.ts'
import { modelOf, type ReadyModel } from '../model/serving.ts'
import { type Answerable, servedBy, textAt } from './answers.ts'
import { fault } from './errors.ts'

/** Rows between two turns of the event loop: who asks for a series in between waits for some ten milliseconds. */
const ROWS_AT_ONCE = 1_024

type Scope = Pick<RescoreQuestion, 'stores' | 'category' | 'sku'>

/** @param signal stops it when nobody waits for the answer any more */
export async function rescore(
  serving: Answerable,
  question: RescoreQuestion,
  signal: AbortSignal,
): Promise<RescoreAnswer> {
  const { features, champion } = serving
  const selection = selected(features, question)
  const scenarios = question.scenarios.map((parts) => parts.map((part) => preparedPart(features, part)))
  const series: RescoreAnswer['series'] = []
  for (const { model, ranges } of chunksOf(serving, selection)) {
    signal.throwIfAborted()
    const base = await baseMeans(serving, model, ranges)
    const others: (Float32Array | undefined)[] = []
    for (const parts of scenarios) {
      signal.throwIfAborted()
      others.push(await changedMeans(features, model, { ranges, parts, base }))
    }
    let at = 0
    for (const range of ranges) {
      series.push(seriesAnswer(features, range, { base, others, at, scenarios }))
      at += range.to - range.from
    }
    await new Promise(setImmediate)
  }
  return {
    ...servedBy(serving, champion),
    days: daysOf(features),
    // Without a champion there is no manifest that would tell them of a baseline.
    sums: champion?.bundle.manifest.demand?.sums?.model ?? [],
    ignored: scenarios.map((parts) => ignoredParts(serving, parts, selection)),
    series,
  }
}

function daysOf({ targetDay, series }: FeatureRows): string[] {
  const first = series.values().next().value
  return first ? Array.from(targetDay.subarray(first.from, first.to), dateOf) : []
}

function selected(features: FeatureRows, question: RescoreQuestion): RowRange[] {
  const isInScope = scopeTest(features, question)
  const ranges = [...features.series.values()].filter(({ from }) => isInScope(from))
  if (ranges.length > RESCORED_SERIES_LIMIT)
    throw fault(
      400,
      'too_many_series',
      `${ranges.length} series match, and one answer holds ${RESCORED_SERIES_LIMIT}. Give a category, a store or a region.`,
    )
  if (ranges.length > 0) return ranges
  const named = Object.entries({ category: question.category, sku: question.sku })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} "${value}"`)
  throw fault(
    404,
    'unknown_series',
    `There are no forecasts of ${named.join(' and ') || 'any series'} in the stores that were asked for at origin ` +
      `${features.build.origin}. Take stores and a category that have products.`,
  )
}

/** Whether a row is in the scope, by codes: no text is compared row by row. */
function scopeTest(features: FeatureRows, { stores, category, sku }: Scope): (row: number) => boolean {
  const chosen = stores && new Set(stores.map((store) => features.store.values.indexOf(store)))
  const categoryCode = category === undefined ? undefined : features.category.values.indexOf(category)
  const skuCode = sku === undefined ? undefined : features.sku.values.indexOf(sku)
  return (row) =>
    (!chosen || chosen.has(features.store.codes[row]!)) &&
    (categoryCode === undefined || features.category.codes[row] === categoryCode) &&
    (skuCode === undefined || features.sku.codes[row] === skuCode)
}

interface Prepared {
  part: RescoredPart
  changes: WhatIfChanges
  isInScope(row: number): boolean
  /** Horizons, both included: of a festival all, since the days before and after it change too. */
  first: number
  last: number
  /** Horizons on which the part is itself. */
  touches: boolean
}

function preparedPart(features: FeatureRows, part: RescoredPart): Prepared {
  const { stores, category, sku, from_day, to_day, festival, demand_factor: _factor, ...changes } = part
  const origin = dayOf(features.build.origin)
  const days = daysOf(features)
  const first = from_day === undefined ? 1 : Math.max(1, dayOf(from_day) - origin)
  const last = to_day === undefined ? days.length : Math.min(days.length, dayOf(to_day) - origin)
  const touches = first <= last
  const isInScope = scopeTest(features, {
    ...(stores && { stores }),
    ...(category !== undefined && { category }),
    ...(sku !== undefined && { sku }),
  })
  if (!festival || !touches) return { part, changes, isInScope, first, last, touches }
  const festivals = Array.from({ length: last - first + 1 }, (_, index) => first + index)
  return { part, changes: { festival_days: festivals }, isInScope, first: 1, last: days.length, touches }
}

/** Series of the same model, in chunks that are scored in one go. */
function* chunksOf(serving: Answerable, selection: readonly RowRange[]) {
  const { features } = serving
  let chunk: { model: ReadyModel | undefined; ranges: RowRange[] } | undefined
  let rows = 0
  for (const range of selection) {
    const model = modelOf(
      serving,
      `${textAt(features.store, range.from)}\n${textAt(features.sku, range.from)}`,
    )
    const size = range.to - range.from
    if (chunk && (chunk.model !== model || rows + size > ROWS_AT_ONCE)) {
      yield chunk
      chunk = undefined
    }
    chunk ??= { model, ranges: [] }
    if (chunk.ranges.length === 0) rows = 0
    chunk.ranges.push(range)
    rows += size
  }
  if (chunk) yield chunk
}

const rowsOf = (ranges: readonly RowRange[]): Int32Array =>
  Int32Array.from(
    ranges.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, index) => from + index)),
  )

/** Scores some rows. @param inputs of these rows; as they are known where it is left out */
function meansOf(features: FeatureRows, model: ReadyModel, rows: Int32Array, inputs: Float32Array) {
  return scoreMeans(
    model.bundle,
    { rows: rows.length, inputs, unitScale: Float32Array.from(rows, (row) => features.unitScale[row]!) },
    Float32Array.from(rows, (row) => model.factors[row]!),
  )
}

async function baseMeans(
  { features, baseline }: Answerable,
  model: ReadyModel | undefined,
  ranges: readonly RowRange[],
) {
  if (!model) {
    const parts = ranges.map((range) => baselineForecasts(features, baseline, range).mean)
    return Float32Array.from(parts.flatMap((part) => [...part]))
  }
  const width = model.bundle.manifest.inputs.length
  const rows = rowsOf(ranges)
  const inputs = new Float32Array(rows.length * width)
  for (const [at, row] of rows.entries())
    inputs.set(model.matrix.subarray(row * width, (row + 1) * width), at * width)
  return meansOf(features, model, rows, inputs)
}

/** Undefined where the parts change no input and no mean: then the scenario is the base, to the bit. */
async function changedMeans(
  features: FeatureRows,
  model: ReadyModel | undefined,
  { ranges, parts, base }: { ranges: readonly RowRange[]; parts: readonly Prepared[]; base: Float32Array },
): Promise<Float32Array | undefined> {
  const rows = rowsOf(ranges)
  let means: Float32Array | undefined
  if (model) {
    const changed = changedRows(features, model, rows, parts)
    if (changed.places.length > 0) {
      means = base.slice()
      const answers = await meansOf(
        features,
        model,
        Int32Array.from(changed.places, (place) => rows[place]!),
        Float32Array.from(changed.inputs),
      )
      for (const [index, place] of changed.places.entries()) means[place] = answers[index]!
    }
  }
  for (const { part, isInScope, first, last } of parts) {
    const factor = part.demand_factor
    if (factor === undefined || factor === 1) continue
    for (const [place, row] of rows.entries()) {
      const horizon = features.horizon[row]!
      if (horizon < first || horizon > last || !isInScope(row)) continue
      means ??= base.slice()
      means[place]! *= factor
    }
  }
  return means
}

/** The rows whose inputs become others: a part acts on what those before it have left. */
function changedRows(
  features: FeatureRows,
  { bundle, matrix }: ReadyModel,
  rows: Int32Array,
  parts: readonly Prepared[],
): { places: number[]; inputs: number[] } {
  const width = bundle.manifest.inputs.length
  const plans = parts.map((part) => ({
    ...part,
    columns: planChanges(part.changes, bundle.manifest.inputs).columns,
  }))
  const places: number[] = []
  const inputs: number[] = []
  for (const [place, row] of rows.entries()) {
    const horizon = features.horizon[row]!
    const original = matrix.subarray(row * width, (row + 1) * width)
    let current = original
    for (const { columns, isInScope, first, last, touches } of plans) {
      if (!touches || columns.length === 0 || horizon < first || horizon > last || !isInScope(row)) continue
      const next = current.slice()
      for (const { column, apply } of columns) next[column] = apply(current, horizon)
      current = next
    }
    if (current === original || current.every((value, column) => Object.is(value, original[column]))) continue
    places.push(place)
    for (const value of current) inputs.push(value)
  }
  return { places, inputs }
}

function seriesAnswer(
  features: FeatureRows,
  range: RowRange,
  context: {
    base: Float32Array
    others: readonly (Float32Array | undefined)[]
    /** Place of the range in them. */
    at: number
    scenarios: readonly (readonly Prepared[])[]
  },
): RescoreAnswer['series'][number] {
  const { base, others, at, scenarios } = context
  const { from, to } = range
  const basePaid = paidShares(features, range, [])
  const baseMeans = base.subarray(at, at + to - from)
  const numberAt = (input: string, row: number) => {
    const value = features.inputs.get(input)?.[row]
    return value === undefined || Number.isNaN(value) ? null : value
  }
  return {
    store_id: textAt(features.store, from),
    sku: textAt(features.sku, from),
    category: textAt(features.category, from),
    unit: textAt(features.unit, from),
    price: Array.from({ length: to - from }, (_, day) => numberAt('price', from + day)),
    rain_slope: numberAt('rain_slope', from),
    base: { means: [...baseMeans], paid: basePaid },
    scenarios: others.map((means, index): RescoredDays | null => {
      const paid = paidShares(features, range, scenarios[index]!)
      const own = means?.subarray(at, at + to - from) ?? baseMeans
      const isBase =
        own.every((mean, day) => mean === baseMeans[day]) &&
        paid.every((share, day) => share === basePaid[day])
      return isBase ? null : { means: [...own], paid }
    }),
  }
}

/** What is paid of the shelf price: a promotion that is imagined takes the place of one that is planned. */
function paidShares(features: FeatureRows, { from, to }: RowRange, parts: readonly Prepared[]): number[] {
  const planned = features.inputs.get('promotion_off')
  return Array.from({ length: to - from }, (_, day) => {
    const row = from + day
    const horizon = features.horizon[row]!
    let factor = 1
    let off = planned?.[row] ?? 0
    if (!(off >= 0 && off <= 1)) off = 0
    for (const { part, isInScope, first, last, touches } of parts) {
      if (!touches || horizon < first || horizon > last || !isInScope(row)) continue
      factor *= part.price_factor ?? 1
      if (part.promotion !== undefined) off = part.promotion?.off ?? 0
    }
    return factor * (1 - off)
  })
}

function ignoredParts(
  { features, champion, baseline }: Answerable,
  parts: readonly Prepared[],
  selection: readonly RowRange[],
): RescoreAnswer['ignored'][number] {
  const days = daysOf(features)
  return parts.flatMap(({ part, changes, isInScope, touches }, index) => {
    const ignore = (reason: string) => [{ part: index, reason }]
    if (!touches)
      return ignore(`its days are not among those that are forecast, ${days[0]} to ${days.at(-1)}`)
    if (!selection.some(({ from }) => isInScope(from))) return ignore('it is of no series that is compared')
    if (part.demand_factor !== undefined || Object.keys(changes).length === 0) return []
    if (!champion) return ignore(`the baseline, ${BASELINES[baseline].title}, knows only past sales`)
    const [first] = planChanges(changes, champion.bundle.manifest.inputs).ignored
    return first ? ignore(first.reason) : []
  })
}
