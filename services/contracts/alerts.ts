/** What a person should look at, until it is over. */
import { type Static, Type } from 'typebox'

const Instant = Type.String({ format: 'date-time' })

export const ALERT_SEVERITIES = ['warning', 'critical'] as const
export const Alert = Type.Object(
  {
    id: Type.Integer(),
    kind: Type.String({ description: 'feature-drift, error-drift, coverage, ...' }),
    object: Type.String({ description: 'what it is about: a model, a store and category, ...' }),
    severity: Type.Enum([...ALERT_SEVERITIES]),
    text: Type.String(),
    detail: Type.Record(Type.String(), Type.Unknown()),
    raised_at: Instant,
    last_seen_at: Instant,
    cleared_at: Type.Union([Instant, Type.Null()]),
  },
  { additionalProperties: false },
)
export type Alert = Static<typeof Alert>
