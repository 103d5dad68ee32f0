/** Dead letters as the API tells of them, and how they are sent again. */
import { type Static, Type } from 'typebox'
import { Count, explanation, Time } from './api.ts'
import { BasketId, StoreId } from './events.ts'
import { instant, limit, line, lines, STRICT } from './outside.ts'
import { EVENT_TOPICS } from './topics.ts'

/** Most dead letters in one page of a list. */
export const PAGE_LIMIT = 200
/** Most dead letters that one call sends again: some seconds of work. */
export const REPLAY_LIMIT = 10_000
/** Characters of a corrected message: more than a topic takes, which is a megabyte. */
const VALUE_LIMIT = 1_048_576

/**
 * `open`: somebody has to act: it was never sent again, or is itself a replay that was refused and not sent again since.
 * `replayed`: sent again, and either not loaded yet or refused once more, as a dead letter of its own. `accepted`:
 * something of a replay was. `settled`: by the rule of its reason (refusals.ts) nobody has to act, and nobody has.
 */
export const DEAD_LETTER_STATES = ['open', 'replayed', 'accepted', 'settled'] as const
export const DeadLetterState = Type.Enum(DEAD_LETTER_STATES)
export type DeadLetterState = Static<typeof DeadLetterState>

const Topic = Type.Enum(EVENT_TOPICS)
/** As `positionText` of contracts/lake.ts writes it. */
const PositionText = Type.String({ description: 'topic[@epoch]/partition/offset/line' })

/** Which dead letters: all parts that are given must hold. */
export const DeadLetterFilter = Type.Object(
  {
    topic: Type.Optional(Topic),
    reason: Type.Optional(
      Type.String({ pattern: '^[a-z_]{1,40}$', description: 'code, as in docs/refusals.md' }),
    ),
    store_id: Type.Optional(StoreId),
    message_id: Type.Optional({ ...BasketId, description: 'basket, movement or event' }),
    from: Type.Optional(instant('of produced_at')),
    to: Type.Optional(instant('not included')),
    state: Type.Optional(DeadLetterState),
  },
  STRICT,
)
export type DeadLetterFilter = Static<typeof DeadLetterFilter>

const Place = {
  topic: Topic,
  epoch: Count,
  partition: Count,
  offset: Count,
}

const summary = {
  position: PositionText,
  ...Place,
  line: Type.Integer({
    minimum: 0,
    description: "position in the basket's lines, from 1; 0: the whole message",
  }),
  reason: Type.String(),
  detail: Type.String(),
  lines: Type.Integer({ minimum: 0, description: 'lines that it stands for' }),
  store_id: Type.String({ description: 'empty when it could not be read' }),
  message_id: Type.String({ description: 'empty when it could not be read' }),
  produced_at: Time,
  state: DeadLetterState,
  replay_of: Type.String({ description: 'the dead letter that it was a replay of; empty when none' }),
}
export const DeadLetterSummary = Type.Object(summary)
export type DeadLetterSummary = Static<typeof DeadLetterSummary>

const Tally = { letters: Count, lines: Count }

/** A page of dead letters, newest first, with counts of all that match. */
export const DeadLetterList = Type.Object(
  {
    letters: Type.Array(DeadLetterSummary),
    next: Type.Union([Type.String(), Type.Null()], {
      description: 'cursor of the next page; null: the last',
    }),
    states: Type.Array(Type.Object({ state: DeadLetterState, ...Tally }), {
      description: 'all of them, by the filter without its state',
    }),
    reasons: Type.Array(Type.Object({ reason: Type.String(), ...explanation, ...Tally }), {
      description: 'most first, by the filter without its reason',
    }),
  },
  { $id: 'DeadLetterList' },
)
export type DeadLetterList = Static<typeof DeadLetterList>

/** What the basket of a refused line says beside its lines. */
export const Envelope = Type.Object({
  basket_id: Type.String(),
  kind: Type.String(),
  store_id: Type.String(),
  till_id: Type.Integer(),
  cashier_id: Type.String(),
  customer_id: Type.Union([Type.String(), Type.Null()]),
  event_time: Time,
  currency: Type.String(),
  payment: Type.String(),
})
export type Envelope = Static<typeof Envelope>

/** One time that a dead letter was sent again. */
export const Attempt = Type.Object({
  topic: Topic,
  partition: Count,
  offset: Count,
  sent_at: Time,
  outcome: Type.Union([Type.Literal('waiting'), Type.Literal('accepted'), Type.Literal('refused')], {
    description: 'accepted: at least one row was; waiting: not in the warehouse yet',
  }),
  rows_accepted: Count,
  refused: Type.Array(Type.Object({ position: PositionText, reason: Type.String(), detail: Type.String() })),
  block: Type.Union([Type.String(), Type.Null()], { description: 'key of the block that holds the message' }),
})
export type Attempt = Static<typeof Attempt>

export const DeadLetterDetail = Type.Object(
  {
    ...summary,
    ...explanation,
    payload: Type.Object({
      bytes: Count,
      text: Type.Union([Type.String(), Type.Null()], { description: 'null where the bytes are not UTF-8' }),
      base64: Type.String({ description: 'the original bytes, whole' }),
    }),
    envelope: Type.Union([Envelope, Type.Null()], {
      description:
        'of the basket that the line came in; null for a whole message, and where the block cannot be read',
    }),
    block: Type.Union([Type.String(), Type.Null()], {
      description: 'key of the block in the lake that holds it; null until the ledger names it',
    }),
    origins: Type.Array(DeadLetterSummary, {
      description: 'what it is a replay of, the first refusal first; empty when it is no replay',
    }),
    attempts: Type.Array(Attempt, {
      description:
        'replays of the same content, oldest first; of a replay that was refused, it is one of them',
    }),
  },
  { $id: 'DeadLetterDetail' },
)
export type DeadLetterDetail = Static<typeof DeadLetterDetail>

/** Which dead letters are to be sent again: by position, or all that match. */
export const ReplayRequest = Type.Object(
  {
    positions: Type.Optional(
      Type.Array(line(100, { description: 'topic[@epoch]/partition/offset/line' }), {
        minItems: 1,
        maxItems: REPLAY_LIMIT,
      }),
    ),
    value: Type.Optional(
      lines(VALUE_LIMIT, { minLength: 1, description: 'what is sent instead; with one position only' }),
    ),
    filter: Type.Optional(DeadLetterFilter),
    limit: Type.Optional(limit(REPLAY_LIMIT, 'with a filter; oldest first')),
    again: Type.Optional(
      Type.Boolean({
        description:
          'also those that were sent before; those that are settled by rule go out by position, or where the filter says so',
      }),
    ),
    force: Type.Optional(Type.Boolean({ description: 'send `value` also when the schema refuses it' })),
  },
  { ...STRICT, $id: 'ReplayRequest' },
)
export type ReplayRequest = Static<typeof ReplayRequest>

export const ReplayAnswer = Type.Object(
  {
    sent: Type.Array(
      Type.Object({
        position: PositionText,
        replay_of: PositionText,
        topic: Topic,
        partition: Count,
        offset: Count,
      }),
      { description: 'where each went' },
    ),
    skipped: Type.Array(Type.Object({ position: PositionText, why: Type.String() })),
    left: Type.Integer({ minimum: 0, description: 'matched the filter and were beyond the limit' }),
  },
  { $id: 'ReplayAnswer' },
)
export type ReplayAnswer = Static<typeof ReplayAnswer>

/** What became of the messages that were sent again since a time. */
export const ReplayOutcomes = Type.Object(
  { sent: Count, waiting: Count, accepted: Count, refused: Count },
  { $id: 'ReplayOutcomes' },
)
export type ReplayOutcomes = Static<typeof ReplayOutcomes>
