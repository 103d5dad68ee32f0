/** Forecasts under other circumstances, beside those that are known. */
import type { WhatIfAnswer, WhatIfQuestion } from '@shelfcast/contracts/inference'
import { HORIZONS } from '@shelfcast/contracts/training'
import { dateOf, type FeatureRows, type RowRange, seriesKey } from '../features/rows.ts'
import { type Plan, planChanges } from '../features/what-if.ts'
import { baselineForecasts } from '../model/baseline.ts'
import type { ReadyModel, Serving } from '../model/follower.ts'
import type { Quantiles } from '../model/forecast.ts'
import { dayOf, known, modelOf, rangeOf, scorePart, servedBy, textAt } from './answers.ts'
import { fault } from './errors.ts'

/** Days on which something is different, both included. */
interface Horizons {
  first: number
  last: number
}

/** A forecast of a part of the rows, both ways. */
interface Pair {
  range: RowRange
  version: string | null
  before: Quantiles
  after: Quantiles
}

/** Totals of store and category are kept as they were known: reconciliation multiplies both forecasts by the same. */
export async function whatIf(now: Serving | undefined, question: WhatIfQuestion): Promise<WhatIfAnswer> {
  const serving = known(now)
  const { features, champion } = serving
  const horizons = {
    first: question.changes.from_horizon ?? 1,
    last: question.changes.to_horizon ?? HORIZONS,
  }
  if (horizons.first > horizons.last)
    throw fault(
      400,
      'invalid_request',
      `from_horizon ${horizons.first} is after to_horizon ${horizons.last}. Give the earlier one first.`,
    )
  const chosen = chosenSeries(features, question)
  const plans = new Map<ReadyModel, Plan>()
  const planOf = (model: ReadyModel) => {
    const plan = plans.get(model) ?? planChanges(question.changes, model.bundle.manifest.inputs)
    plans.set(model, plan)
    return plan
  }
  const series: WhatIfAnswer['series'] = []
  for (const run of runsOf(serving, chosen)) {
    const { model, range } = run
    const forecast = (inputs?: Float32Array) =>
      model
        ? scorePart(features, model, range, inputs ? { reasons: false, inputs } : { reasons: false })
        : baselineForecasts(features, serving.baseline, range)
    const before = await forecast()
    const after = model
      ? await forecast(changedInputs(features, model, range, planOf(model), horizons))
      : before
    const pair = { range, version: model?.bundle.manifest.version ?? null, before, after }
    for (const one of run.series) series.push(compared(features, one, pair))
  }
  const ignored = champion
    ? planOf(champion).ignored
    : planChanges(question.changes, []).ignored.map(({ change }) => ({
        ...{ change, reason: `the baseline ${serving.baseline} knows only past sales` },
      }))
  return { store_id: question.store_id, ...servedBy(serving, champion), ignored, series }
}

function chosenSeries(
  features: FeatureRows,
  { store_id, sku, category }: WhatIfQuestion,
): [string, RowRange][] {
  if (sku !== undefined) return [[seriesKey(store_id, sku), rangeOf(features, store_id, sku)]]
  const chosen = [...features.series].filter(
    ([key, { from }]) =>
      key.startsWith(seriesKey(store_id, '')) &&
      (category === undefined || textAt(features.category, from) === category),
  )
  if (chosen.length > 0) return chosen
  throw fault(
    404,
    'unknown_series',
    `No forecasts for store "${store_id}"${category === undefined ? '' : ` and category "${category}"`} at origin ` +
      `${features.build.origin}. Take a store and a category that have products.`,
  )
}

/** Series of the same model whose rows follow each other: scored in one go, which is many times faster. */
function runsOf(serving: Serving, chosen: readonly [string, RowRange][]) {
  const runs: { model: ReadyModel | undefined; range: RowRange; series: RowRange[] }[] = []
  for (const [key, range] of chosen) {
    const model = modelOf(serving, key)
    const last = runs.at(-1)
    if (last && last.model === model && last.range.to === range.from) {
      last.range.to = range.to
      last.series.push(range)
    } else runs.push({ model, range: { ...range }, series: [range] })
  }
  return runs
}

function changedInputs(
  features: FeatureRows,
  { bundle, matrix }: ReadyModel,
  range: RowRange,
  { columns }: Plan,
  horizons: Horizons,
): Float32Array {
  const width = bundle.manifest.inputs.length
  const changed = matrix.slice(range.from * width, range.to * width)
  for (let row = range.from; row < range.to; row++) {
    const horizon = features.horizon[row]!
    if (horizon < horizons.first || horizon > horizons.last) continue
    const known = matrix.subarray(row * width, (row + 1) * width)
    for (const { column, apply } of columns)
      changed[(row - range.from) * width + column] = apply(known, horizon)
  }
  return changed
}

function compared(features: FeatureRows, { from, to }: RowRange, { range, version, before, after }: Pair) {
  const days = Array.from({ length: to - from }, (_, day) => {
    const row = from + day
    const [known, changed] = [dayOf(before, row - range.from), dayOf(after, row - range.from)]
    return {
      horizon: features.horizon[row]!,
      target_date: dateOf(features.targetDay[row]!),
      before: known,
      after: changed,
      difference: changed.mean - known.mean,
    }
  })
  const sum = (side: 'before' | 'after') => days.reduce((total, day) => total + day[side].mean, 0)
  return {
    sku: textAt(features.sku, from),
    category: textAt(features.category, from),
    unit: textAt(features.unit, from),
    ...{
      version,
      days,
      before: sum('before'),
      after: sum('after'),
      difference: sum('after') - sum('before'),
    },
  }
}
