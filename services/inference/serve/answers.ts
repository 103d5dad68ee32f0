/** Answers of the service about one series or the state, from what serves at the moment. */
import { dateOf } from '@shelfcast/contracts/dates'
import type {
  CurrentModels,
  DayForecast,
  ForecastQuestion,
  SeriesForecast,
} from '@shelfcast/contracts/inference'
import { REASONS } from '@shelfcast/contracts/training'
import { sentences, whyBaseline } from '@shelfcast/contracts/words'
import { type Coded, type FeatureRows, type RowRange, seriesKey } from '../features/rows.ts'
import { baselineForecasts, baselineVersion } from '../model/baseline.ts'
import { type Forecasts, type Quantiles, scoreRows, scoringRows } from '../model/forecast.ts'
import { modelOf, type ReadyModel, type Serving } from '../model/serving.ts'
import { fault } from './errors.ts'

/** What serves, when there is something to forecast from. */
export type Answerable = Serving & { features: FeatureRows }

/**
 * @param trouble of the last look at registry and features
 * @throws what is missing, when nothing can be forecast
 */
export function answerable(serving: Serving | undefined, trouble: string | undefined): Answerable {
  if (serving?.features) return { ...serving, features: serving.features }
  if (trouble !== undefined)
    throw fault(
      503,
      'not_ready',
      `There are no features to forecast from: ${trouble}. Mend it, then ask again.`,
    )
  throw serving
    ? fault(
        503,
        'no_features',
        'There are no features to forecast from. Build them: npm run jobs -- build-features',
      )
    : fault(503, 'not_ready', 'The features have not been read yet. Ask again in a second.')
}

/** How an answer tells who made it. */
export function servedBy(serving: Answerable, model: ReadyModel | undefined) {
  const { origin, feature_hash } = serving.features.build
  return {
    served_by: model ? ('model' as const) : ('baseline' as const),
    model_version: versionOf(serving, model),
    served_because: model ? null : (serving.because ?? whyBaseline(undefined, serving.baseline)),
    origin,
    feature_hash,
  }
}

/** @param model that serves; undefined: the baseline */
export function versionOf({ baseline }: Serving, model: ReadyModel | undefined): string {
  return model?.bundle.manifest.version ?? baselineVersion(baseline)
}

/**
 * Forecasts of a part of the rows.
 * @param inputs of these rows, where they are others than the features say
 */
export function scorePart(
  features: FeatureRows,
  { bundle, matrix, factors }: ReadyModel,
  { from, to }: RowRange,
  options: { reasons: boolean; inputs?: Float32Array },
): Promise<Forecasts> {
  const width = bundle.manifest.inputs.length
  const part = {
    ...scoringRows(features, options.inputs ?? matrix.subarray(from * width, to * width)),
    rows: to - from,
    horizon: features.horizon.subarray(from, to),
    unitScale: features.unitScale.subarray(from, to),
  }
  // Sums over a part would be wrong: the factors are of all rows.
  return scoreRows(bundle, part, { reasons: options.reasons, factors: factors.subarray(from, to) })
}

export function quantilesAt({ p10, p50, p90, mean }: Quantiles, row: number): DayForecast {
  return { p10: p10[row]!, p50: p50[row]!, p90: p90[row]!, mean: mean[row]! }
}

export function textAt({ values, codes }: Coded, row: number): string {
  return values[codes[row]!]!
}

export function rangeOf(features: FeatureRows, storeId: string, sku: string): RowRange {
  const range = features.series.get(seriesKey(storeId, sku))
  if (range) return range
  throw fault(
    404,
    'unknown_series',
    `No forecast for SKU "${sku}" in store "${storeId}" at origin ${features.build.origin}: ` +
      'it is not sold there, or its features were not built.',
  )
}

export async function forecastSeries(
  serving: Answerable,
  { store_id, sku }: ForecastQuestion,
): Promise<SeriesForecast> {
  const { features } = serving
  const range = rangeOf(features, store_id, sku)
  const model = modelOf(serving, seriesKey(store_id, sku))
  const forecast: Quantiles & Partial<Forecasts> = model
    ? await scorePart(features, model, range, { reasons: true })
    : baselineForecasts(features, serving.baseline, range)
  const baselineName = model?.bundle.demand?.part.baseline ?? serving.baseline
  const unit = textAt(features.unit, range.from)
  return {
    store_id,
    sku,
    unit,
    category: textAt(features.category, range.from),
    ...servedBy(serving, model),
    baseline_name: baselineName,
    days: Array.from(forecast.mean, (mean, day) => {
      const row = range.from + day
      const targetDate = dateOf(features.targetDay[row]!)
      return {
        horizon: features.horizon[row]!,
        target_date: targetDate,
        ...quantilesAt(forecast, day),
        baseline: features.baselines[baselineName][row]!,
        ...explanation(forecast.explained, day, { mean, unit, targetDate }),
      }
    }),
  }
}

function explanation(
  explained: Forecasts['explained'],
  day: number,
  facts: { mean: number; unit: string; targetDate: string },
) {
  if (!explained) return { base: null, reasons: null, words: [] }
  const base = explained.base[day]!
  const reasons = explained.reasons.subarray(day * REASONS.length, (day + 1) * REASONS.length)
  return {
    base,
    reasons: Object.fromEntries(REASONS.map((reason, index) => [reason, reasons[index]!])),
    words: sentences(reasons, { ...facts, base }),
  }
}

export function currentModels(serving: Serving | undefined, swaps: number): CurrentModels {
  const summaryOf = ({ bundle: { manifest } }: ReadyModel) => ({
    version: manifest.version,
    feature_hash: manifest.feature_hash,
    manifest,
  })
  const experiment = serving?.experiment
  return {
    model: 'demand',
    champion: serving?.champion ? summaryOf(serving.champion) : null,
    experiment: experiment
      ? { mode: experiment.mode, share: experiment.share, challenger: summaryOf(experiment.challenger) }
      : null,
    trouble: serving?.because ?? serving?.challengerTrouble ?? null,
    origin: serving?.features?.build.origin ?? null,
    series: serving?.features?.series.size ?? 0,
    swaps,
  }
}
