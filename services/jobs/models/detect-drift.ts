/** Forecasts held against what came, and their inputs against training: alerts, and a retraining where it is needed. */
import { addDays } from '@shelfcast/contracts/dates'
import type { Accuracy } from '@shelfcast/contracts/model-answers'
import type { ModelVersion } from '@shelfcast/contracts/models'
import { featureTable } from '@shelfcast/contracts/warehouse'
import { measureAccuracy, readAccuracy } from '@shelfcast/warehouse/queries/accuracy'
import { newestBuild } from '@shelfcast/warehouse/queries/builds'
import { lastDay } from '@shelfcast/warehouse/queries/days'
import { readerOf, rowsOf } from '@shelfcast/warehouse/queries/rows'
import { populationStability } from '@shelfcast/warehouse/queries/stability'
import type { Backends } from '../backends.ts'
import type { Job } from '../engine/job.ts'

/** Days that are measured anew at each run, since sales come late. */
const MEASURED_DAYS = 7
/** Errors are those of the last four weeks; fewer series days than this say nothing. */
const WINDOW_DAYS = 28
const LEAST_SERIES_DAYS = 500
/** A large change by the usual reading of the index. */
const PSI_LIMIT = 0.25
/**
 * Inputs that follow the calendar move with it, those that closed days are zeros of too; those of a whole store are a
 * handful of values on a day, no distribution.
 */
const EXPECTED_TO_MOVE =
  /^(season_|event_|days_|zeros_|holiday|flag|weekday$|temperature_|rain_|price_relative_364|known_days|day_of|store_)/
/** How many inputs have to have moved before training anew can help. */
const DRIFTED_INPUTS = 3
const ERROR_GROWTH = 1.25
/** Of a store or a category: how hard it is to tell is what a plain method shows on the same days. */
const BASELINE_GROWTH = 1.25
const BIAS_LIMIT = 0.1
const COVERAGE = [0.7, 0.93] as const

interface Measure {
  measure: string
  object: string
  value: number
  threshold: number
  breached: boolean
}

export function detectDrift(): Job<'detect-drift'> {
  return {
    name: 'detect-drift',
    async run({ backends, now }) {
      const { warehouse, registry } = backends
      const champion = await registry.champion('demand')
      const last = await lastDay(readerOf(warehouse))
      if (!champion || last === undefined)
        return {
          figures: { measures: 0, breaches: 0 },
          shortfalls: ['There is no champion whose forecasts could be held against what came.'],
        }
      const from = await measureFrom(backends, last)
      await measureAccuracy(warehouse, from, last)
      const measures = [...(await errors(backends, champion, last)), ...(await inputs(backends, champion))]
      await record(backends, champion, last, measures, now())
      const breaches = measures.filter(({ breached }) => breached)
      await tell(backends, champion, measures)
      return { figures: { measures: measures.length, breaches: breaches.length }, shortfalls: [] }
    },
  }
}

/** Days since the last measure, and the last week again. */
async function measureFrom({ warehouse }: Backends, last: string): Promise<string> {
  const [newest] = await rowsOf<{ day: string; rows: number }>(
    warehouse,
    'select toString(max(target_date)) as day, count() as rows from forecast_accuracy',
  )
  const week = addDays(last, 1 - MEASURED_DAYS)
  if (!newest || newest.rows === 0) return addDays(last, 1 - WINDOW_DAYS)
  return newest.day < week ? newest.day : week
}

/** Figures of days on which something was sold, which have errors to look at. */
type MeasuredAccuracy = { [figure in keyof Accuracy]: number }
const isMeasured = <Row extends Accuracy>(row: Row): row is Row & MeasuredAccuracy =>
  row.forecasts >= LEAST_SERIES_DAYS && row.wape !== null

async function errors({ warehouse }: Backends, champion: ModelVersion, last: string): Promise<Measure[]> {
  const read = readerOf(warehouse)
  const accuracyBy = async (by: string) => {
    const rows = await readAccuracy(
      read,
      { by, where: 'model_version = {version:String} and target_date between {from:Date} and {to:Date}' },
      { version: champion.version, from: addDays(last, 1 - WINDOW_DAYS), to: last },
    )
    return rows.filter(isMeasured)
  }
  const [overall] = await accuracyBy("'all'")
  if (!overall) return []
  const measures = [...measuresOf('all', overall, champion.manifest.metrics)]
  for (const [word, by] of [
    ['store', 'store_id'],
    ['category', 'category'],
  ] as const)
    for (const row of await accuracyBy(by))
      measures.push(wapeOf(`${word} ${row.of}`, row, row.baseline_wape * BASELINE_GROWTH))
  return measures
}

/** @param training figures of the version when it was trained */
function* measuresOf(
  object: string,
  live: MeasuredAccuracy,
  training: Record<string, number>,
): Generator<Measure> {
  yield wapeOf(object, live, (training.wape ?? 1) * ERROR_GROWTH)
  yield {
    measure: 'bias',
    object,
    value: live.bias,
    threshold: BIAS_LIMIT,
    breached: Math.abs(live.bias) > BIAS_LIMIT,
  }
  const [least, most] = COVERAGE
  yield {
    measure: 'coverage_80',
    object,
    value: live.coverage_80,
    threshold: live.coverage_80 < 0.8 ? least : most,
    breached: live.coverage_80 < least || live.coverage_80 > most,
  }
  yield {
    measure: 'against baseline',
    object,
    value: live.wape / live.baseline_wape,
    threshold: 1,
    breached: live.wape > live.baseline_wape,
  }
}

const wapeOf = (object: string, { wape }: MeasuredAccuracy, threshold: number): Measure => ({
  measure: 'wape',
  object,
  value: wape,
  threshold,
  breached: wape > threshold,
})

async function inputs({ warehouse }: Backends, { manifest, feature_hash }: ModelVersion): Promise<Measure[]> {
  const read = readerOf(warehouse)
  const build = await newestBuild(read, { feature_hash })
  if (!build || !manifest.demand) return []
  const indices = await populationStability(
    read,
    manifest.demand.drift,
    featureTable(feature_hash),
    build.origin,
  )
  return indices.map(({ input, psi }) => ({
    measure: 'psi',
    object: input,
    value: psi,
    threshold: PSI_LIMIT,
    breached: psi > PSI_LIMIT && !EXPECTED_TO_MOVE.test(input),
  }))
}

async function record(
  { warehouse }: Backends,
  { version }: ModelVersion,
  origin: string,
  measures: readonly Measure[],
  at: number,
): Promise<void> {
  if (measures.length === 0) return
  await warehouse.insert({
    table: 'forecast_drift',
    columns: [
      'model_version',
      'measure',
      'object',
      'value',
      'threshold',
      'breached',
      'origin',
      'measured_at',
    ],
    values: measures.map((each) => ({ ...each, model_version: version, origin, measured_at: at })),
    format: 'JSONEachRow',
    clickhouse_settings: { async_insert: 0 },
  })
}

const WORDS: Record<string, string> = {
  wape: 'The error (WAPE)',
  bias: 'The bias',
  coverage_80: 'The coverage of the 80% interval',
  'against baseline': 'The error relative to the baseline',
}

async function tell(
  { alerts, runs }: Backends,
  { version }: ModelVersion,
  measures: readonly Measure[],
): Promise<void> {
  const errorBreaches = measures.filter(({ measure, breached }) => breached && measure !== 'psi')
  const drifted = measures.filter(({ measure, breached }) => breached && measure === 'psi')
  for (const { measure, object, value, threshold, breached } of measures) {
    if (measure === 'psi') continue
    const kind = `error-drift: ${measure}`
    if (!breached) await alerts.clear(kind, object)
    else
      await alerts.raise({
        kind,
        object,
        severity: object === 'all' ? 'critical' : 'warning',
        text: `${WORDS[measure]} of ${object === 'all' ? 'all series' : object} is ${value.toFixed(3)} over four weeks; the limit is ${threshold.toFixed(3)}.`,
        detail: { model_version: version, value, threshold },
      })
  }
  const hasDrifted = drifted.length >= DRIFTED_INPUTS
  if (hasDrifted)
    await alerts.raise({
      kind: 'feature-drift',
      object: 'demand',
      severity: 'warning',
      text: `${drifted.length} inputs are distributed otherwise than in training: ${drifted
        .slice(0, 5)
        .map(({ object, value }) => `${object} (PSI ${value.toFixed(2)})`)
        .join(', ')}.`,
      detail: { model_version: version, inputs: drifted.map(({ object }) => object) },
    })
  else await alerts.clear('feature-drift', 'demand')
  const reasons = [
    ...errorBreaches.filter(({ object }) => object === 'all').map(({ measure }) => measure),
    ...(hasDrifted ? ['feature drift'] : []),
  ]
  if (reasons.length > 0 && !(await triedLately(runs)))
    await runs.request({
      job: 'train',
      requested_by: 'job detect-drift',
      reason: `Drift: ${reasons.join(', ')}`,
    })
}

/** A retraining that did not help would be asked for again every ten minutes. */
const RETRAIN_PAUSE_MS = 6 * 3_600_000

async function triedLately(runs: Backends['runs']): Promise<boolean> {
  const [last] = await runs.list({ jobs: ['train'], model: 'demand', limit: 1 })
  return last !== undefined && Date.now() - Date.parse(last.requested_at) < RETRAIN_PAUSE_MS
}
