/** What a source asks ingest about the messages that it has sent: how far they are loaded, and what became of their lines. */
import { type Static, Type } from 'typebox'
import { SmallNumber, STRICT, WholeNumber } from './outside.ts'
import { EVENT_TOPICS } from './topics.ts'

/** By topic and partition, the first offset that is not yet in the warehouse, of the newest life of the topic. */
export const LandedEnds = Type.Object(
  {
    ends: Type.Array(
      Type.Object({ topic: Type.Enum([...EVENT_TOPICS]), partition: SmallNumber, end: WholeNumber }, STRICT),
    ),
  },
  STRICT,
)
export type LandedEnds = Static<typeof LandedEnds>

/** Ranges in one question: a live twin between the messages of a replay makes many of them. */
export const MOST_RANGES = 500

/** Messages of one partition of `sales-transactions`, in the order of their offsets. */
export const LandedQuestion = Type.Object(
  {
    partition: SmallNumber,
    ranges: Type.Array(
      Type.Object(
        { begin: WholeNumber, end: Type.Intersect([WholeNumber], { description: 'exclusive' }) },
        STRICT,
      ),
      { minItems: 1, maxItems: MOST_RANGES },
    ),
  },
  STRICT,
)
export type LandedQuestion = Static<typeof LandedQuestion>

/** Lines of messages by what the gate made of them. */
export const LandedLines = Type.Object(
  {
    accepted: Type.Intersect([WholeNumber], { description: 'lines of sales' }),
    reversed: Type.Intersect([WholeNumber], { description: 'lines of returns' }),
    refused: Type.Record(Type.String(), WholeNumber, { description: 'lines by reason' }),
  },
  STRICT,
)
export type LandedLines = Static<typeof LandedLines>
