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
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import {
  after,
  among,
  both,
  type Condition,
  cursorOf,
  type Mark,
  matching,
  orderBy,
  STATES_VIEW,
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
    readLetters(read, matching(filter), { ...page, order: 'newest', limit: page.limit + 1 }),
    readCounts(read, filter),
  ])
  const rows = letters.slice(0, page.limit)
  return {
    letters: rows.map(summaryOf),
    next: letters.length > page.limit ? cursorOf(markAt(rows.at(-1)!)) : null,
    ...counts,
  }
}

export async function readLetters(
  read: Reader,
  condition: Condition,
  page: { after?: Mark; order: 'newest' | 'oldest'; limit: number },
): Promise<Letter[]> {
  const { sql, parameters } = page.after ? both(condition, after(page.after, page.order)) : condition
  const rows = await read<Row>(
    `
    select ${COLUMNS}
    from ${STATES_VIEW}
    where ${sql}
    order by ${orderBy(page.order)}
    limit {limit:UInt32}`,
    { ...parameters, limit: page.limit },
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

export async function countLetters(read: Reader, { sql, parameters }: Condition): Promise<number> {
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
  const cells = await read<{ state: DeadLetterState; reason: string; letters: number; lines: number }>(
    `
    select state, reason, count() as letters, sum(line_count) as lines
    from ${STATES_VIEW}
    where ${sql}
    group by state, reason`,
    parameters,
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
