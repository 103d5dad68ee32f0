/**
 * What training, scoring and serving have to agree on: days, quantiles, baselines, reasons, limits. The Python of models/
 * reads it from its contract.json.
 */
import { type Static, Type } from 'typebox'

/** Days ahead: 1 is the day after the origin. */
export const HORIZONS = 28
/** Days between origins to learn from: as many as are forecast, so that each day is a target once. */
export const STEP_DAYS = HORIZONS

export const TRAINING = {
  /** Windows that a model is trained on. */
  origins: 20,
  /** The newest windows, on which it is measured by models that have not seen them. */
  windows: 3,
  /** The windows before those, on which its recipe is chosen. */
  tuning_windows: 2,
} as const

/** The newest origin, those of all windows, and those that the oldest of them is learned from. */
export const TRAINING_ORIGINS = 1 + TRAINING.windows + TRAINING.tuning_windows + TRAINING.origins

/** What `shelfcast-models train --progress json` says on standard output: a line of JSON each. */
export const TrainingStep = Type.Object(
  {
    step: Type.String(),
    done: Type.Number({ minimum: 0, description: 'of the total, in the unit of the step' }),
    total: Type.Number({ minimum: 0 }),
    text: Type.String({ description: 'empty where there is nothing to say' }),
  },
  { additionalProperties: false },
)
export type TrainingStep = Static<typeof TrainingStep>

/** Heads of the demand model beside its mean, by the share of days that end at or below them. */
export const QUANTILES = { p10: 0.1, p50: 0.5, p90: 0.9 } as const
export type Quantile = keyof typeof QUANTILES
export const MEAN_HEAD = 'mean'
export const DEMAND_HEADS = [MEAN_HEAD, 'p10', 'p50', 'p90'] as const satisfies ('mean' | Quantile)[]

/**
 * Plain methods that a model has to beat, the simplest first. The feature store computes them, as the columns
 * `baseline_NAME`; the parameters are those of its SQL.
 */
export const BASELINES = {
  naive: { title: 'the last day' },
  seasonal_naive: { title: 'the same weekday a week ago', days: 7 },
  moving_average: { title: 'the mean of 28 days', days: 28 },
  ses: { title: 'exponential smoothing', alpha: 0.1 },
  tsb: { title: 'TSB', alpha: 0.1 },
} as const satisfies Record<string, { title: string; days?: number; alpha?: number }>
export const BASELINE_NAMES = Object.keys(BASELINES) as (keyof typeof BASELINES)[]
export const Baseline = Type.Enum([...BASELINE_NAMES])
export type Baseline = Static<typeof Baseline>
/** Serves where nothing has been measured: it needs no training, and no single day decides it. */
export const LAST_RESORT: Baseline = 'moving_average'

/**
 * How far Node may be from the training library: relative to what the library says, which counts as at least a share of
 * what the head says on average. A quantile near 0 is the rest of float32 leaves that cancel out, and differs in its last
 * digits by the order in which they are added.
 */
export const PARITY = { limit: 1e-4, smallest_share: 1e-2 } as const

/** What a planner reads as the reason of a forecast. Each input of the demand model belongs to one of them. */
export const REASONS = [
  'recent sales',
  'weekday',
  'season',
  'trend',
  'price',
  'promotion',
  'holiday',
  'weather',
  'store',
  // Not of an input: what reconciliation with the totals of store and category changed.
  'totals',
] as const
export const Reason = Type.Enum([...REASONS])
export type Reason = Static<typeof Reason>
