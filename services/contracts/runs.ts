/** Something that takes a while, from the request to its result. */
import { type Static, Type } from 'typebox'
import { ModelName } from './manifest.ts'

const Instant = Type.String({ format: 'date-time' })

export const RUN_STATES = ['queued', 'running', 'done', 'failed'] as const
export const Run = Type.Object(
  {
    id: Type.Integer(),
    kind: Type.String({ description: 'train, score, build-features, detect-drift, ...' }),
    model: Type.Union([ModelName, Type.Null()]),
    state: Type.Enum([...RUN_STATES]),
    step: Type.String({ description: 'what it is at' }),
    done: Type.Number({ description: 'of total, in whatever the step counts' }),
    total: Type.Number({ description: '0 where nobody knows' }),
    text: Type.String({ description: 'progress in words' }),
    requested_by: Type.String(),
    reason: Type.String(),
    requested_at: Instant,
    started_at: Type.Union([Instant, Type.Null()]),
    heartbeat_at: Type.Union([Instant, Type.Null()]),
    ended_at: Type.Union([Instant, Type.Null()]),
    error: Type.Union([Type.String(), Type.Null()]),
    result: Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()]),
  },
  { additionalProperties: false },
)
export type Run = Static<typeof Run>
