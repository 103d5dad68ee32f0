/** Dead letters as the warehouse holds them: pages, counts and single ones. */
import {
  DEAD_LETTER_STATES,
  type DeadLetterFilter,
  type DeadLetterList,
  type DeadLetterState,
  type DeadLetterSummary,
} from '@shelfcast/contracts/dead-letters'
import { type Position, parsePosition } from '@shelfcast/contracts/lake'
import { explain } from '@shelfcast/contracts/refusals'
import { DEAD_LETTER_TABLE } from '@shelfcast/contracts/warehouse'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import {
  after,
  among,
  both,
  type Condition,
  candidatesOf,
  cursorOf,
  inStates,
  MAY_NOT_BE_SETTLED,
  type Mark,
  matching,
  type Order,
  orderBy,
  STATES_VIEW,
  withinFirst,
} from './filter.ts'

const COLUMNS = `
        position,
        topic,
        epoch,
        partition,
        offset,
        line_no as line,
        reason,
        detail,
        line_count as lines,
        store_id,
        message_id,
        toUnixTimestamp64Milli(produced_at) as produced_ms,
        state,
        replay_of,
        origin`

type Row = Omit<DeadLetterSummary, 'produced_at'> & { produced_ms: number; origin: string }

export interface Letter extends DeadLetterSummary {
  /** Position of the first refusal of its content: its own, or that of the dead letter it was a replay of. */
  origin: string
}

const letterOf = ({ produced_ms, ...row }: Row): Letter => ({
  ...row,
  produced_at: new Date(produced_ms).toISOString(),
})

/** What the API tells of a letter in a list. */
export const summaryOf = ({ origin: _, ...summary }: Letter): DeadLetterSummary => summary

export const markAt = (letter: Letter): Mark => ({
  produced_ms: Date.parse(letter.produced_at),
  position: parsePosition(letter.position)!,
})

/** Newest first, with the counts of all that match. */
export async function readPage(
  read: Reader,
  filter: DeadLetterFilter,
  page: { after?: Mark; limit: number },
): Promise<DeadLetterList> {
  const [letters, counts] = await Promise.all([
    readLetters(read, selectionOf(filter), { ...page, order: 'newest', limit: page.limit + 1 }),
    readCounts(read, filter),
  ])
  const rows = letters.slice(0, page.limit)
  return {
    letters: rows.map(summaryOf),
    next: letters.length > page.limit ? cursorOf(markAt(rows.at(-1)!)) : null,
    ...counts,
  }
}

export interface Selection {
  /** Its state does not count. */
  filter: DeadLetterFilter
  /** Undefined: all. */
  states: readonly DeadLetterState[] | undefined
}

const selectionOf = (filter: DeadLetterFilter): Selection => ({
  filter,
  states: filter.state && [filter.state],
})

interface LetterPage {
  after?: Mark
  order: Order
  limit: number
}

/** Rows of the table among which a page is looked for first, for each letter of the page: nearly all are in the state. */
const ROWS_PER_LETTER = 20

export async function readLetters(
  read: Reader,
  { filter, states }: Selection,
  page: LetterPage,
): Promise<Letter[]> {
  const start = page.after ? both(matching(filter), after(page.after, page.order)) : matching(filter)
  const condition = states ? both(start, inStates(states)) : start
  const rows = states ? both(start, candidatesOf(states)) : start
  const nearby = withinFirst(rows, page.order, page.limit * ROWS_PER_LETTER)
  const letters = await readOrdered(read, both(condition, nearby), page)
  return letters.length < page.limit ? readOrdered(read, condition, page) : letters
}

async function readOrdered(
  read: Reader,
  { sql, parameters }: Condition,
  { order, limit }: LetterPage,
): Promise<Letter[]> {
  const rows = await read<Row>(
    `
    select ${COLUMNS}
    from ${STATES_VIEW}
    where ${sql}
    order by ${orderBy(order)}
    limit {limit:UInt32}`,
    { ...parameters, limit },
  )
  return rows.map(letterOf)
}

/** Those of the positions at which there is a dead letter, oldest first. */
export async function readAt(read: Reader, positions: readonly Position[]): Promise<Letter[]> {
  const { sql, parameters } = among(positions)
  const rows = await read<Row>(
    `
    select ${COLUMNS}
    from ${STATES_VIEW}
    where ${sql}
    order by ${orderBy('oldest')}`,
    parameters,
  )
  return rows.map(letterOf)
}

/** Original bytes, by position. */
export async function readPayloads(
  read: Reader,
  positions: readonly Position[],
): Promise<Map<string, Buffer>> {
  const { sql, parameters } = among(positions)
  const rows = await read<{ position: string; payload: string }>(
    `select position, base64Encode(payload) as payload from ${STATES_VIEW} where ${sql}`,
    parameters,
  )
  return new Map(rows.map(({ position, payload }) => [position, Buffer.from(payload, 'base64')]))
}

export async function countLetters(read: Reader, { filter, states }: Selection): Promise<number> {
  const { sql, parameters } = states ? both(matching(filter), inStates(states)) : matching(filter)
  const [row] = await read<{ letters: number }>(
    `select count() as letters from ${STATES_VIEW} where ${sql}`,
    parameters,
  )
  return row!.letters
}

type Counts = Pick<DeadLetterList, 'states' | 'reasons'>

/** Each facet is counted without its own part of the filter, so that its other values can be chosen. */
async function readCounts(read: Reader, filter: DeadLetterFilter): Promise<Counts> {
  const { state, reason, ...conditions } = filter
  const { sql, parameters } = matching(conditions)
  const tallies = 'count() as letters, sum(line_count) as lines'
  const cells = await read<{ state: DeadLetterState; reason: string; letters: number; lines: number }>(
    `
    select state, reason, ${tallies}
    from ${STATES_VIEW}
    where (${sql}) and (${MAY_NOT_BE_SETTLED.sql})
    group by state, reason
    union all
    select 'settled', reason, ${tallies}
    from ${DEAD_LETTER_TABLE}
    where (${sql}) and not (${MAY_NOT_BE_SETTLED.sql})
    group by reason`,
    { ...parameters, ...MAY_NOT_BE_SETTLED.parameters },
  )
  const tally = (subset: typeof cells) => ({
    letters: subset.reduce((sum, cell) => sum + cell.letters, 0),
    lines: subset.reduce((sum, cell) => sum + cell.lines, 0),
  })
  const ofState = cells.filter((cell) => state === undefined || cell.state === state)
  const ofReason = cells.filter((cell) => reason === undefined || cell.reason === reason)
  return {
    states: DEAD_LETTER_STATES.map((state) => ({
      state,
      ...tally(ofReason.filter((cell) => cell.state === state)),
    })),
    reasons: [...new Set(ofState.map((cell) => cell.reason))]
      .map((reason) => ({
        reason,
        ...explain(reason),
        ...tally(ofState.filter((cell) => cell.reason === reason)),
      }))
      .sort((one, other) => other.letters - one.letters || (one.reason < other.reason ? -1 : 1)),
  }
}
