/** A trained model as files: a folder with a manifest, which the training package writes and Node serves. */

import { type Static, Type } from 'typebox'
import { CalendarDate } from './events.ts'
import { Baseline, Reason } from './training.ts'

const strict = { additionalProperties: false } as const

/** Folder of the models inside the features bucket: models/<model>/<version>/<file>. */
export const MODELS_PREFIX = 'models/'
export const MODEL_MANIFEST_NAME = 'manifest.json'

/** Models beside the forecast: each has its own query and hash. */
export const OTHER_MODELS = ['anomaly', 'slow-mover', 'lead-time'] as const
export const MODELS = ['demand', ...OTHER_MODELS] as const
export const ModelName = Type.Enum([...MODELS])
export type ModelName = Static<typeof ModelName>
/** Part of object keys and URLs. */
export const VersionName = Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{0,63}$' })
/** Digits of the content hash of feature definitions. */
export const FEATURE_HASH_DIGITS = 12
export const FeatureHash = Type.String({ pattern: `^[0-9a-f]{${FEATURE_HASH_DIGITS}}$` })

const Metrics = Type.Record(Type.String(), Type.Number(), {
  description: 'by name, the unit in the name where it is not a ratio',
})

export const ModelFile = Type.Object(
  {
    name: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$' }),
    bytes: Type.Integer({ minimum: 1 }),
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  },
  strict,
)
export type ModelFile = Static<typeof ModelFile>

/** An ONNX model, and what the training library says of the same rows: Node has to say it too. */
export const ModelHead = Type.Object(
  {
    head: Type.String({ description: 'mean, p10, p50, p90, score, ...' }),
    file: Type.String({ description: 'ONNX; one input x [rows, inputs] float32; its first output is taken' }),
    parity: Type.String({
      description:
        'Arrow file: one float32 column for each input, in their order, and a column "expected" of the library',
    }),
  },
  strict,
)
export type ModelHead = Static<typeof ModelHead>

/** What is done to the quantiles that the trees give, by band of the horizon; found on held-out time. */
export const CalibrationBand = Type.Object(
  {
    from: Type.Integer({ minimum: 1 }),
    to: Type.Integer({ minimum: 1, description: 'included' }),
    p90_factor: Type.Number({ exclusiveMinimum: 0, description: 'p90 is multiplied by it' }),
    p90_offset: Type.Number({ description: 'and this is added, in units of the series' }),
  },
  strict,
)
export type CalibrationBand = Static<typeof CalibrationBand>

/** Figures of one model, or of one baseline, over the same backtest. */
export const BacktestRow = Type.Object(
  {
    name: Type.String({ description: 'model, champion, or a baseline' }),
    metrics: Metrics,
  },
  strict,
)

export const Backtest = Type.Object(
  {
    origins: Type.Array(CalendarDate, { description: 'of the windows, each of 28 days after its origin' }),
    rows: Type.Array(BacktestRow),
    by_horizon_week: Type.Array(
      Type.Object(
        { week: Type.Integer({ minimum: 1 }), metrics: Metrics },
        { ...strict, description: 'of the model: wape, coverage, upper_tail, ...' },
      ),
    ),
  },
  strict,
)
export type Backtest = Static<typeof Backtest>

/** What the trees of all heads tell a multiple of: their graphs multiply by it, and the reasons have to know. */
export const Level = Type.Object(
  {
    input: Type.String({ description: 'one of the inputs, such as recent sales a day' }),
    floor: Type.Number({
      exclusiveMinimum: 0,
      description: 'counts where the input is less, or has no value',
    }),
    reference: Type.Number({
      description: 'weighed mean of its logarithm over the rows that were learned from',
    }),
  },
  strict,
)
export type Level = Static<typeof Level>

/**
 * How sums of days are distributed around the sum of their means, found on held-out windows: for series of a class and for
 * the days 1 to `days` after the origin. services/planning/demand makes a distribution of it.
 */
export const SumBand = Type.Object(
  {
    goods: Type.Optional(
      Type.Enum(['pieces', 'weighed'], {
        description: 'weighed: those whose units are kilograms or litres; absent: pieces',
      }),
    ),
    from_mean: Type.Number({
      minimum: 0,
      description:
        'class of series: those whose forecast is at least so many pieces, kilograms or litres a day',
    }),
    days: Type.Integer({ minimum: 1 }),
    factor: Type.Number({ exclusiveMinimum: 0, description: 'the sum of the means is multiplied by it' }),
    dispersion: Type.Number({
      minimum: 0,
      description: 'variance = mean + dispersion * mean^2, in pieces; for kilograms and litres, see `scale`',
    }),
    scale: Type.Number({
      minimum: 0,
      description: 'of weighed goods: variance = scale * mean + dispersion * mean^2, in kilograms or litres',
    }),
    levels: Type.Array(
      Type.Object(
        { stated: Type.Number({ minimum: 0, maximum: 1 }), actual: Type.Number({ minimum: 0, maximum: 1 }) },
        strict,
      ),
      {
        description:
          'share of held-out sums that were at most the quantile `stated` of that distribution, ascending: what is asked for as `actual` is taken at `stated`',
      },
    ),
  },
  strict,
)
export type SumBand = Static<typeof SumBand>

/** What only the demand model has. */
export const DemandPart = Type.Object(
  {
    trees: Type.String({ description: 'file of the mean model as XGBoost saves it (JSON), for the reasons' }),
    best_iteration: Type.Integer({ minimum: 0, description: 'trees past it do not count' }),
    level: Type.Optional(Type.Union([Level, Type.Null()], { description: 'null: forecasts are told whole' })),
    calibration: Type.Array(CalibrationBand),
    reconciliation: Type.Object(
      {
        level: Type.Number({ exclusiveMinimum: 0, description: 'factor on the means of all series' }),
        category: Type.Number({ minimum: 0, maximum: 1 }),
        store: Type.Number({ minimum: 0, maximum: 1 }),
      },
      {
        ...strict,
        description:
          'the level, then how much of the direct forecast of a total (columns total_category and total_store of the features) goes into the ' +
          'total that the series are scaled to, the rest being their sum: first by store and category, then by store',
      },
    ),
    baseline: Baseline,
    sums: Type.Optional(
      Type.Object(
        { model: Type.Array(SumBand), baseline: Type.Array(SumBand) },
        { ...strict, description: 'absent: of a version from before there were any' },
      ),
    ),
    drift: Type.Array(
      Type.Object(
        {
          input: Type.String(),
          edges: Type.Array(Type.Number(), { description: 'inner edges of the bins, ascending' }),
          shares: Type.Array(Type.Number(), {
            description: 'of the training rows by bin: one more than edges; then the share of missing values',
          }),
        },
        strict,
      ),
      { description: 'how the inputs were distributed in training, for the population stability index' },
    ),
  },
  strict,
)
export type DemandPart = Static<typeof DemandPart>

export const ModelManifest = Type.Object(
  {
    model: ModelName,
    version: VersionName,
    created_at: Type.String({ format: 'date-time' }),
    /** Of the training package: what made the files can be found again. */
    code_version: Type.String({ minLength: 1 }),
    seed: Type.Integer(),
    /** Content hash of the feature definitions that it was trained on. */
    feature_hash: FeatureHash,
    /** Columns of x, in their order. */
    inputs: Type.Array(
      Type.Object({ name: Type.String(), reason: Type.Union([Reason, Type.Null()]) }, strict),
    ),
    /** Days of the targets that it learned from, both included. */
    window: Type.Object({ from: CalendarDate, to: CalendarDate }, strict),
    parameters: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
    heads: Type.Array(ModelHead),
    files: Type.Array(ModelFile),
    metrics: Metrics,
    backtest: Type.Union([Backtest, Type.Null()]),
    demand: Type.Union([DemandPart, Type.Null()]),
  },
  strict,
)
export type ModelManifest = Static<typeof ModelManifest>
