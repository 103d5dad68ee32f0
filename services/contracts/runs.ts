/**
 * Runs: what is asked for, worked on and ended, whoever asks (the schedule, a page, a program, a person at a terminal),
 * and the jobs that there are to ask for. services/jobs does them; services/operational keeps the runs.
 */
import { type Static, type TObject, type TSchema, Type } from 'typebox'
import { Value } from 'typebox/value'
import { MODELS, ModelName } from './manifest.ts'
import { limit, line, STRICT, WholeNumber } from './outside.ts'

const Force = Type.Object(
  {
    force: Type.Boolean({ default: false, description: 'also where the last result still holds' }),
  },
  STRICT,
)
const Nothing = Type.Object({}, STRICT)

interface JobContract {
  /** What it does, in one line. */
  does: string
  parameters: TObject
  /** How often it is begun again when its worker dies; 0: it is failed, and somebody has to ask for it anew. */
  restarts: number
}

export const JOBS = {
  'fetch-weather': {
    does: 'real weather where the stores are: forecasts and past years, from Open-Meteo',
    parameters: Force,
    restarts: 1,
  },
  'fetch-holidays': {
    does: 'public holidays of the countries with stores, from Nager.Date or, without it, a library',
    parameters: Force,
    restarts: 1,
  },
  'fetch-macro': {
    does: 'inflation, growth and unemployment of the countries with stores, from the World Bank',
    parameters: Force,
    restarts: 1,
  },
  'build-features': {
    does: 'daily series, and what was known of the days to come, for the days that are over',
    parameters: Type.Object(
      {
        force: Type.Boolean({ default: false, description: 'also the origins that a training takes' }),
      },
      STRICT,
    ),
    restarts: 1,
  },
  train: {
    does: 'a model anew; it serves when it passes the gate',
    parameters: Type.Object({ model: Type.Enum([...MODELS], { default: 'demand' }) }, STRICT),
    restarts: 1,
  },
  score: {
    does: 'forecasts of all series for the next 28 days, with their reasons',
    parameters: Force,
    restarts: 1,
  },
  'roll-back': {
    does: 'the demand model that served before serves again',
    parameters: Nothing,
    // Done twice, it goes back twice.
    restarts: 0,
  },
  'detect-drift': {
    does: 'forecasts held against what came, inputs against training; alerts, and a retraining where one is needed',
    parameters: Nothing,
    restarts: 1,
  },
  'detect-anomalies': {
    does: 'sales and counts of stock that are not as usual, for the days that are over',
    parameters: Force,
    restarts: 1,
  },
  'find-slow-movers': {
    does: 'lots that will expire before they are sold, the markdown that saves most of them, and transfers between stores',
    parameters: Nothing,
    restarts: 1,
  },
  'plan-orders': {
    does: 'orders of all stores for the day that comes, as drafts by supplier, each line with its arithmetic',
    parameters: Force,
    restarts: 1,
  },
  'calibrate-risks': {
    does: 'what became of risks of running out, learned for those to come',
    parameters: Nothing,
    restarts: 1,
  },
  'measure-overrides': {
    does: "planners' changes of forecasts held against what came, for the days that are over",
    parameters: Nothing,
    restarts: 1,
  },
  compact: {
    does: 'rows of the lake into the curated tables, their files merged, old snapshots removed',
    parameters: Nothing,
    restarts: 1,
  },
  'prune-runs': {
    does: 'runs that ended long ago, and answers that nobody asks for again, out of the operational store',
    parameters: Nothing,
    restarts: 1,
  },
} as const satisfies Record<string, JobContract>
export type JobName = keyof typeof JOBS
export const JOB_NAMES = Object.keys(JOBS) as [JobName, ...JobName[]]
export const JobName = Type.Enum(JOB_NAMES)
export type JobParameters<Name extends JobName = JobName> = Static<(typeof JOBS)[Name]['parameters']>

/**
 * What a job is given, with its defaults.
 * @throws a RangeError that names the parameter and what it should be
 */
export function parametersOf<Name extends JobName>(job: Name, request: unknown = {}): JobParameters<Name> {
  const schema: TObject = JOBS[job].parameters
  const parameters: unknown = Value.Default(schema, Value.Clone(request))
  if (Value.Check(schema, parameters)) return parameters as JobParameters<Name>
  const names = Object.keys(schema.properties)
  const takes = names.length === 0 ? 'It takes none.' : `It takes ${names.join(', ')}.`
  const [fault] = Value.Errors(schema, parameters)
  const name = fault?.instancePath.slice(1)
  throw new RangeError(
    name
      ? `Parameter "${name.slice(0, 40)}" of the job ${job} ${fault!.message}. ${takes}`
      : `The parameters of the job ${job} are not as it takes them. ${takes}`,
  )
}

export const RUN_STATES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const
export const RunState = Type.Enum([...RUN_STATES])
export type RunState = Static<typeof RunState>

const Instant = Type.String({ format: 'date-time' })
const InstantOrNull = Type.Union([Instant, Type.Null()])

/** What a run that succeeded tells. */
export const RunResult = Type.Object(
  {
    figures: Type.Record(Type.String(), Type.Number(), {
      description: 'by name, with the unit in the name where it is not a count',
    }),
    shortfalls: Type.Array(Type.String(), {
      description: 'what could not be done and what serves instead: sentences; empty when all was done',
    }),
    detail: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), { description: 'what only this job tells' }),
    ),
  },
  STRICT,
)
export type RunResult = Static<typeof RunResult>

export const Run = Type.Object(
  {
    id: Type.Integer(),
    job: Type.String({ description: 'train, score, fetch-weather, ...' }),
    parameters: Type.Record(Type.String(), Type.Unknown()),
    state: RunState,
    requested_by: Type.String({ description: 'a person, or the part that asked' }),
    reason: Type.String(),
    requested_at: Instant,
    attempts: Type.Integer({ minimum: 0, description: 'how often a worker has begun it' }),
    worker: Type.Union([Type.String(), Type.Null()], { description: 'who works on it, or did' }),
    started_at: InstantOrNull,
    heartbeat_at: InstantOrNull,
    cancel_requested_at: InstantOrNull,
    ended_at: InstantOrNull,
    step: Type.String({ description: 'what it is at' }),
    done: Type.Number({ description: 'of total, in whatever the step counts' }),
    total: Type.Number({ description: '0 where nobody knows' }),
    text: Type.String({ description: 'progress in words' }),
    error: Type.Union([Type.String(), Type.Null()]),
    result: Type.Union([RunResult, Type.Null()]),
  },
  STRICT,
)
export type Run = Static<typeof Run>

/** What a run said. */
export const RunLine = Type.Object({ at: Instant, level: Type.String(), text: Type.String() }, STRICT)
export type RunLine = Static<typeof RunLine>

/** Characters of a request's key and reason. */
const KEY_LENGTH = 120
const REASON_LENGTH = 200

type ParameterName = { [Name in JobName]: keyof (typeof JOBS)[Name]['parameters']['properties'] }[JobName]
/** Of all jobs, without their defaults: each job has its own. */
const PARAMETERS = {
  force: Type.Optional(Type.Boolean()),
  model: Type.Optional(ModelName),
} satisfies Record<ParameterName, TSchema>

export const RunRequest = Type.Object(
  {
    job: JobName,
    parameters: Type.Optional(
      Type.Object(PARAMETERS, { ...STRICT, description: 'of the job; what it does not take is refused' }),
    ),
    reason: Type.Optional(line(REASON_LENGTH)),
    key: Type.Optional(
      line(KEY_LENGTH, {
        minLength: 1,
        description: 'who asks twice with the same key gets the same run, whatever has become of it',
      }),
    ),
  },
  STRICT,
)
export type RunRequest = Static<typeof RunRequest>

export const RunFilter = Type.Object(
  {
    job: Type.Optional(JobName),
    state: Type.Optional(RunState),
    model: Type.Optional(ModelName),
    before: Type.Optional(WholeNumber),
    limit: Type.Optional(limit(200, '50 where it is left out')),
  },
  STRICT,
)
export type RunFilter = Static<typeof RunFilter>

export const RunAnswer = Type.Object(
  { run: Run, joined: Type.Boolean({ description: 'it was asked for already' }) },
  { $id: 'RunAnswer' },
)
export type RunAnswer = Static<typeof RunAnswer>

export const RunList = Type.Object(
  { runs: Type.Array(Run, { description: 'newest first' }) },
  { $id: 'RunList' },
)
export type RunList = Static<typeof RunList>

export const RunDetail = Type.Object(
  { run: Run, lines: Type.Array(RunLine, { description: 'the last that it said, oldest first' }) },
  { $id: 'RunDetail' },
)
export type RunDetail = Static<typeof RunDetail>
