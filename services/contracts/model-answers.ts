/** What the API answers about models: what is registered, how it does, and what is under way. */

import { type Static, Type } from 'typebox'
import { Alert } from './alerts.ts'
import { CalendarDate } from './events.ts'
import { Backtest, ModelManifest, ModelName, VersionName } from './manifest.ts'
import { Experiment, GateVerdict, ModelEvent, ModelVersion } from './models.ts'
import { Run } from './runs.ts'

const strict = { additionalProperties: false } as const
const Instant = Type.String({ format: 'date-time' })
const Ratio = Type.Union([Type.Number(), Type.Null()])

/** How forecasts did by what came, over some days; ratios are null where nothing was sold. */
const accuracy = {
  forecasts: Type.Integer({ minimum: 0, description: 'series, days and horizons that were measured' }),
  wape: Ratio,
  bias: Ratio,
  coverage_80: Ratio,
  below_p90: Ratio,
  rmsse: Ratio,
  baseline_wape: Ratio,
}
export const Accuracy = Type.Object(accuracy)
export type Accuracy = Static<typeof Accuracy>
export const AccuracyOf = Type.Object({ of: Type.String(), ...accuracy })
export type AccuracyOf = Static<typeof AccuracyOf>

export const LiveAccuracy = Type.Object(
  {
    from: CalendarDate,
    to: CalendarDate,
    versions: Type.Array(Type.String(), { description: 'that served on these days' }),
    total: Accuracy,
    by_day: Type.Array(AccuracyOf, { description: 'of: target day, the oldest first' }),
    by_store: Type.Array(AccuracyOf),
    by_category: Type.Array(AccuracyOf),
    by_horizon_week: Type.Array(AccuracyOf, { description: 'of: 1 to 4' }),
  },
  { description: 'of what served, over the last 28 days that are over; by_day over the last 90' },
)
export type LiveAccuracy = Static<typeof LiveAccuracy>

export const Drift = Type.Object({
  measure: Type.String({ description: 'psi, wape, bias, ...' }),
  object: Type.String({ description: 'input, store, category, or all' }),
  value: Type.Number(),
  threshold: Type.Number(),
  breached: Type.Boolean(),
  origin: CalendarDate,
})
export type Drift = Static<typeof Drift>

const { model, version, state, created_at, registered_at, parent, window_from, window_to, note } =
  ModelVersion.properties
export const VersionSummary = Type.Object({
  model,
  version,
  state,
  created_at,
  registered_at,
  parent,
  window_from,
  window_to,
  note,
  feature_hash: ModelVersion.properties.feature_hash,
  code_version: ModelVersion.properties.code_version,
  seed: ModelManifest.properties.seed,
  parameters: ModelManifest.properties.parameters,
  inputs: Type.Integer({ minimum: 0 }),
  metrics: ModelManifest.properties.metrics,
  backtest: Type.Union([Backtest, Type.Null()]),
  baseline: Type.Union([Type.String(), Type.Null()], {
    description: 'that serves in its place when it cannot',
  }),
  gate: Type.Union([GateVerdict, Type.Null()]),
})
export type VersionSummary = Static<typeof VersionSummary>

export const ExperimentState = Type.Object(
  {
    ...Experiment.properties,
    comparison: Type.Union([Type.Object({ champion: Accuracy, challenger: Accuracy }), Type.Null()], {
      description: 'on what came since it began, by the same days; null: nothing yet',
    }),
  },
  strict,
)

export const ModelState = Type.Object({
  model: ModelName,
  champion: Type.Union([Type.String(), Type.Null()]),
  versions: Type.Array(VersionSummary, { description: 'newest first' }),
  events: Type.Array(ModelEvent, { description: 'newest first' }),
  experiment: Type.Union([ExperimentState, Type.Null()]),
  live: Type.Union([LiveAccuracy, Type.Null()]),
  drift: Type.Array(Drift, { description: 'as last measured, the largest against its threshold first' }),
})
export type ModelState = Static<typeof ModelState>

export const ModelsState = Type.Object(
  {
    at: Instant,
    models: Type.Array(ModelState),
    alerts: Type.Array(Alert, { description: 'open ones first, then those that were cleared' }),
  },
  { $id: 'ModelsState' },
)
export type ModelsState = Static<typeof ModelsState>

export const RunsState = Type.Object(
  {
    at: Instant,
    runs: Type.Array(Run, {
      description:
        'trainings, features and forecasts: queued, running, and the last that ended; newest first',
    }),
    champions: Type.Array(Type.Object({ model: ModelName, version: Type.String() })),
    alerts_open: Type.Integer({ minimum: 0 }),
  },
  { $id: 'RunsState' },
)
export type RunsState = Static<typeof RunsState>

export const VersionAnswer = Type.Object(VersionSummary.properties, { $id: 'VersionAnswer' })
export type VersionAnswer = Static<typeof VersionAnswer>
export const ExperimentAnswer = Type.Object(Experiment.properties, { $id: 'ExperimentAnswer' })
export type ExperimentAnswer = Static<typeof ExperimentAnswer>

export const PromoteRequest = Type.Object(
  { force: Type.Optional(Type.Boolean({ description: 'although it lost the gate' })) },
  strict,
)
export const ExperimentRequest = Type.Object(
  {
    challenger: VersionName,
    mode: Experiment.properties.mode,
    share: Type.Optional(
      Type.Number({ minimum: 0, maximum: 1, description: 'of the series that the challenger serves' }),
    ),
  },
  strict,
)
export type ExperimentRequest = Static<typeof ExperimentRequest>
