/** Which dead letters are asked for, as SQL with parameters, and where a page begins. */
import type { DeadLetterFilter, DeadLetterState } from '@shelfcast/contracts/dead-letters'
import { type Position, parsePosition, positionText } from '@shelfcast/contracts/lake'
import { SETTLED_REASONS } from '@shelfcast/contracts/refusals'
import { DEAD_LETTER_TABLE } from '@shelfcast/contracts/warehouse'
import { TupleParam } from '@shelfcast/warehouse/client'
import { fault } from '../http/errors.ts'

/** View of services/warehouse/views: dead letters with their position as text, their origin and their state. */
export const STATES_VIEW = 'dead_letter_states'

export interface Condition {
  sql: string
  parameters: Record<string, unknown>
}

const EQUAL = ['topic', 'reason', 'store_id', 'message_id'] as const

/** All of the filter but its state, which no column says. */
export function matching(filter: DeadLetterFilter): Condition {
  const parts: string[] = []
  const parameters: Record<string, unknown> = {}
  for (const name of EQUAL) {
    if (filter[name] === undefined) continue
    parts.push(`${name} = {${name}:String}`)
    parameters[name] = filter[name]
  }
  for (const [name, operator] of [
    ['from', '>='],
    ['to', '<'],
  ] as const) {
    if (filter[name] === undefined) continue
    parts.push(`produced_at ${operator} {${name}:DateTime64(3, 'UTC')}`)
    parameters[name] = new Date(filter[name])
  }
  return { sql: parts.join(' and ') || 'true', parameters }
}

/** Whatever became of it since: what is settled by rule and is no replay cannot be open. */
export const MAY_BE_OPEN: Condition = {
  sql: "reason not in {settled:Array(String)} or replay_of != ''",
  parameters: { settled: SETTLED_REASONS },
}

/** Sent again, or itself a replay. */
const IS_SENT: Condition = {
  sql: `replay_of != '' or (topic, epoch, partition, offset, line_no)
        in (select topic, epoch, partition, offset, line_no from replayed_places)`,
  parameters: {},
}

/**
 * All that is not settled, and little of what is. A state is worked out row by row from texts; this is told by columns,
 * and leaves out nine of ten.
 */
export const MAY_NOT_BE_SETTLED: Condition = {
  sql: `(${MAY_BE_OPEN.sql}) or ${IS_SENT.sql}`,
  parameters: MAY_BE_OPEN.parameters,
}

const CANDIDATES: Record<DeadLetterState, Condition> = {
  open: MAY_BE_OPEN,
  replayed: IS_SENT,
  accepted: IS_SENT,
  settled: { sql: 'reason in {settled:Array(String)}', parameters: MAY_BE_OPEN.parameters },
}

/** What columns tell of letters in one of the states: others may be among them. */
export function candidatesOf(states: readonly DeadLetterState[]): Condition {
  const candidates = states.map((state) => CANDIDATES[state])
  return {
    sql: candidates.map(({ sql }) => `(${sql})`).join(' or '),
    parameters: Object.assign({}, ...candidates.map(({ parameters }) => parameters)),
  }
}

/** In one of the states: for the view. */
export const inStates = (states: readonly DeadLetterState[]): Condition =>
  both(candidatesOf(states), { sql: 'state in {states:Array(String)}', parameters: { states } })

export function both(one: Condition, other: Condition): Condition {
  return {
    sql: `(${one.sql}) and (${other.sql})`,
    parameters: { ...one.parameters, ...other.parameters },
  }
}

/** The row after which a page begins. */
export interface Mark {
  /** Milliseconds since 1970. */
  produced_ms: number
  position: Position
}

const ORDERS = {
  newest: { sql: 'produced_at desc', beyond: '<', within: '>=', last: 'minOrNull' },
  oldest: { sql: 'produced_at', beyond: '>', within: '<=', last: 'maxOrNull' },
} as const
export type Order = keyof typeof ORDERS

/** Rows of one millisecond are in the order of their positions, whichever way the times go. */
export const orderBy = (order: Order): string =>
  `${ORDERS[order].sql}, topic, epoch, partition, offset, line_no`

export function after({ produced_ms, position }: Mark, order: Order): Condition {
  const at = "{mark_at:DateTime64(3, 'UTC')}"
  return {
    sql: `produced_at ${ORDERS[order].beyond} ${at} or (produced_at = ${at}
        and (topic, epoch, partition, offset, line_no)
            > ({mark_topic:String}, {mark_epoch:Int32}, {mark_partition:Int32}, {mark_offset:Int64}, {mark_line:Int32}))`,
    parameters: {
      mark_at: new Date(produced_ms),
      mark_topic: position.topic,
      mark_epoch: position.epoch,
      mark_partition: position.partition,
      mark_offset: String(position.offset),
      mark_line: position.line,
    },
  }
}

/** Among the first rows of the table by the order, so many of them as the limit says; later ones of the same time too. */
export function withinFirst(rows: Condition, order: Order, limit: number): Condition {
  const { sql, within, last } = ORDERS[order]
  return {
    sql: `produced_at ${within}
        (
            select ${last}(produced_at)
            from (select produced_at from ${DEAD_LETTER_TABLE} where ${rows.sql} order by ${sql} limit {first:UInt32})
        )`,
    parameters: { ...rows.parameters, first: limit },
  }
}

/** These positions and no others. */
export function among(positions: readonly Position[]): Condition {
  return {
    sql: `(topic, epoch, partition, offset, line_no)
        in {positions:Array(Tuple(String, Int32, Int32, Int64, Int32))}`,
    parameters: {
      positions: positions.map(
        ({ topic, epoch, partition, offset, line }) =>
          new TupleParam([topic, epoch, partition, offset, line]),
      ),
    },
  }
}

export const cursorOf = ({ produced_ms, position }: Mark): string =>
  `${produced_ms}~${positionText(position)}`

/** Milliseconds of 13 digits end in 2286, which the warehouse still holds. */
const CURSOR = /^(\d{1,13})~(.+)$/

/** @throws when the text is no cursor of ours */
export function markOf(cursor: string): Mark {
  const [, at, text = ''] = CURSOR.exec(cursor) ?? []
  const position = parsePosition(text)
  if (!position) {
    throw fault(
      400,
      'cursor_unknown',
      `The cursor is "${cursor}". Give back \`next\` of the page before as it is, or leave it out for the first page.`,
    )
  }
  return { produced_ms: Number(at), position }
}

/** @throws when the text names no position */
export function positionOf(text: string): Position {
  const position = parsePosition(text)
  if (!position) {
    throw fault(
      400,
      'position_unknown',
      `"${text}" is no position of a dead letter. It is topic/partition/offset/line, as in sales-transactions/3/1200/2.`,
    )
  }
  return position
}
