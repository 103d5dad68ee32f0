/** Which dead letters are asked for, as SQL with parameters, and where a page begins. */
import type { DeadLetterFilter, DeadLetterState } from '@shelfcast/contracts/dead-letters'
import { type Position, parsePosition, positionText } from '@shelfcast/contracts/lake'
import { SETTLED_REASONS } from '@shelfcast/contracts/refusals'
import { TupleParam } from '@shelfcast/warehouse/client'
import { fault } from '../http/errors.ts'

/** View of services/warehouse/views: dead letters with their position as text, their origin and their state. */
export const STATES_VIEW = 'dead_letter_states'

export interface Condition {
  sql: string
  parameters: Record<string, unknown>
}

const EQUAL = ['topic', 'reason', 'store_id', 'message_id'] as const

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
  const condition = { sql: parts.join(' and ') || 'true', parameters }
  return filter.state === undefined ? condition : both(condition, inStates([filter.state]))
}

/** Whatever became of it since: what is settled by rule and is no replay cannot be open. */
export const MAY_BE_OPEN: Condition = {
  sql: "reason not in {settled:Array(String)} or replay_of != ''",
  parameters: { settled: SETTLED_REASONS },
}

/**
 * In one of the states. A state is worked out row by row, so where only open ones are asked for, the nine of ten that
 * cannot be are left out before.
 */
export function inStates(states: readonly DeadLetterState[]): Condition {
  const condition = { sql: 'state in {states:Array(String)}', parameters: { states } }
  return states.every((state) => state === 'open') ? both(condition, MAY_BE_OPEN) : condition
}

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
  newest: { sql: 'produced_at desc', beyond: '<' },
  oldest: { sql: 'produced_at', beyond: '>' },
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
