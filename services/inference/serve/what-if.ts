/** Forecasts under other circumstances, beside those that are known. */
import { dateOf } from '@shelfcast/contracts/dates'
import { WHAT_IF_SERIES_LIMIT, type WhatIfAnswer, type WhatIfQuestion } from '@shelfcast/contracts/inference'
import { BASELINES, HORIZONS } from '@shelfcast/contracts/training'
import { type FeatureRows, type RowRange, seriesKey } from '../features/rows.ts'
import { type Plan, planChanges } from '../features/what-if.ts'
import { baselineForecasts } from '../model/baseline.ts'
import type { Quantiles } from '../model/forecast.ts'
import { modelOf, type ReadyModel, type Serving } from '../model/serving.ts'
import { type Answerable, quantilesAt, rangeOf, scorePart, servedBy, textAt, versionOf } from './answers.ts'
import { fault } from './errors.ts'

/** Days on which something is different, both included. */
interface Horizons {
  first: number
  last: number
}

/** A forecast of a part of the rows, both ways. */
interface Pair {
  range: RowRange
  version: string
  usual: Quantiles
  changed: Quantiles
}

/** Totals of store and category are kept as they were known: reconciliation multiplies both forecasts by the same. */
export async function whatIf(serving: Answerable, question: WhatIfQuestion): Promise<WhatIfAnswer> {
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
  const plans = new Map<ReadyModel, Plan>()
  const planOf = (model: ReadyModel) => {
    const plan = plans.get(model) ?? planChanges(question.changes, model.bundle.manifest.inputs)
    plans.set(model, plan)
    return plan
  }
  const series: WhatIfAnswer['series'] = []
  for (const run of runsOf(serving, chosenSeries(features, question))) {
    const { model, range } = run
    const usual = model
      ? await scorePart(features, model, range, { reasons: false })
      : baselineForecasts(features, serving.baseline, range)
    const changed = model
      ? await scorePart(features, model, range, {
          reasons: false,
          inputs: changedInputs(features, model, range, planOf(model), horizons),
        })
      : usual
    const pair = { range, version: versionOf(serving, model), usual, changed }
    for (const row of run.series) series.push(compared(features, row, pair))
  }
  const ignored = champion
    ? planOf(champion).ignored
    : planChanges(question.changes, []).ignored.map(({ change }) => ({
        change,
        reason: `the baseline, ${BASELINES[serving.baseline].title}, knows only past sales`,
      }))
  return { store_id: question.store_id, ...servedBy(serving, champion), ignored, series }
}

function chosenSeries(
  features: FeatureRows,
  { store_id, sku, category }: WhatIfQuestion,
): [string, RowRange][] {
  if (sku !== undefined) return [[seriesKey(store_id, sku), rangeOf(features, store_id, sku)]]
  const selection = [...features.series].filter(
    ([key, { from }]) =>
      key.startsWith(seriesKey(store_id, '')) &&
      (category === undefined || textAt(features.category, from) === category),
  )
  if (selection.length > WHAT_IF_SERIES_LIMIT)
    throw fault(
      400,
      'too_many_series',
      `Store "${store_id}" has ${selection.length} series that match, and one answer holds ${WHAT_IF_SERIES_LIMIT}. ` +
        'Give a category or a sku.',
    )
  if (selection.length > 0) return selection
  throw fault(
    404,
    'unknown_series',
    `No forecasts for store "${store_id}"${category === undefined ? '' : ` and category "${category}"`} at origin ` +
      `${features.build.origin}. Take a store and a category that have products.`,
  )
}

/** Series of the same model whose rows follow each other: scored in one go, which is many times faster. */
function runsOf(serving: Serving, selection: readonly [string, RowRange][]) {
  const runs: { model: ReadyModel | undefined; range: RowRange; series: RowRange[] }[] = []
  for (const [key, range] of selection) {
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
    const inputs = matrix.subarray(row * width, (row + 1) * width)
    for (const { column, apply } of columns)
      changed[(row - range.from) * width + column] = apply(inputs, horizon)
  }
  return changed
}

function compared(
  features: FeatureRows,
  { from, to }: RowRange,
  { range, version, usual, changed }: Pair,
): WhatIfAnswer['series'][number] {
  const days = Array.from({ length: to - from }, (_, day) => {
    const row = from + day
    const baseline = quantilesAt(usual, row - range.from)
    const scenario = quantilesAt(changed, row - range.from)
    return {
      horizon: features.horizon[row]!,
      target_date: dateOf(features.targetDay[row]!),
      before: baseline,
      after: scenario,
      difference: scenario.mean - baseline.mean,
    }
  })
  const baseline = days.reduce((total, day) => total + day.before.mean, 0)
  const scenario = days.reduce((total, day) => total + day.after.mean, 0)
  return {
    sku: textAt(features.sku, from),
    category: textAt(features.category, from),
    unit: textAt(features.unit, from),
    model_version: version,
    before: baseline,
    after: scenario,
    difference: scenario - baseline,
    days,
  }
}
