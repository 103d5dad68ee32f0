/** Where a trained model stands in its life: what the registry keeps of it, and which version serves. */
import { type Static, Type } from 'typebox'
import { CalendarDate } from './events.ts'
import { ModelManifest, ModelName } from './manifest.ts'

const strict = { additionalProperties: false } as const

export const MODEL_STATES = ['challenger', 'champion', 'retired'] as const
export const ModelState = Type.Enum([...MODEL_STATES])
export type ModelState = Static<typeof ModelState>
/** One condition of the promotion gate, in words and figures. */
export const GateCheck = Type.Object(
  {
    check: Type.String({ description: 'beats champion, coverage of the 80% interval, ...' }),
    passed: Type.Boolean(),
    found: Type.String({ description: 'WAPE 0.412 against 0.437' }),
  },
  strict,
)
export type GateCheck = Static<typeof GateCheck>

export const GateVerdict = Type.Object({ passed: Type.Boolean(), checks: Type.Array(GateCheck) }, strict)
export type GateVerdict = Static<typeof GateVerdict>

const Instant = Type.String({ format: 'date-time' })
const Detail = Type.Record(Type.String(), Type.Unknown())

/** A version as the registry knows it. */
export const ModelVersion = Type.Object(
  {
    model: ModelName,
    version: Type.String(),
    state: ModelState,
    created_at: Instant,
    registered_at: Instant,
    manifest: ModelManifest,
    prefix: Type.String({
      description: 'folder of its files in the features bucket, with a slash at its end',
    }),
    parent: Type.Union([Type.String(), Type.Null()], {
      description: 'champion that it was trained to follow',
    }),
    feature_hash: Type.String(),
    code_version: Type.String(),
    window_from: CalendarDate,
    window_to: CalendarDate,
    gate: Type.Union([GateVerdict, Type.Null()], { description: 'null: no gate was held' }),
    note: Type.String(),
  },
  strict,
)
export type ModelVersion = Static<typeof ModelVersion>

export const MODEL_EVENTS = [
  'registered',
  'refused',
  'promoted',
  'retired',
  'rolled_back',
  'shadow_started',
  'ab_started',
  'experiment_ended',
] as const
/** What happened to a version; the list is only ever added to. */
export const ModelEvent = Type.Object(
  {
    id: Type.Integer(),
    model: ModelName,
    version: Type.String(),
    event: Type.Enum([...MODEL_EVENTS]),
    actor: Type.String({ description: 'a person, or the job that did it' }),
    at: Instant,
    detail: Detail,
  },
  strict,
)
export type ModelEvent = Static<typeof ModelEvent>

/** A challenger beside the champion: in its shadow, or serving a share of the series. */
export const Experiment = Type.Object(
  {
    id: Type.Integer(),
    model: ModelName,
    challenger: Type.String(),
    mode: Type.Enum(['shadow', 'ab']),
    share: Type.Number({ exclusiveMinimum: 0, maximum: 1, description: 'of the series; 1 for a shadow' }),
    started_at: Instant,
    ended_at: Type.Union([Instant, Type.Null()]),
    outcome: Type.Union([Detail, Type.Null()]),
  },
  strict,
)
export type Experiment = Static<typeof Experiment>
