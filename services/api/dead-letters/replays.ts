/** Sends dead letters again: chosen ones, or all that match a filter. */
import {
  DEAD_LETTER_STATES,
  type DeadLetterFilter,
  type DeadLetterState,
  type ReplayAnswer,
  type ReplayRequest,
} from '@shelfcast/contracts/dead-letters'
import { parsePosition } from '@shelfcast/contracts/lake'
import { EVENT_TOPICS } from '@shelfcast/contracts/topics'
import type { Logger } from '@shelfcast/runtime/log'
import type { Warehouse } from '@shelfcast/warehouse/client'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import PQueue from 'p-queue'
import { fault, reasonOf } from '../http/errors.ts'
import { readEnvelopes } from './blocks.ts'
import { type Mark, positionOf } from './filter.ts'
import { countLetters, type Letter, markAt, readAt, readLetters, readPayloads } from './letters.ts'
import { type ReplayMessage, replayMessage, schemaFaults } from './message.ts'
import type { Sender } from './sender.ts'

/** Letters that are read and sent together: their bytes are in memory at once, and a message may have a megabyte. */
const BATCH = 200
const DEFAULT_LIMIT = 1_000
/** Calls that wait for the one that sends; more are turned away. */
const WAITING_LIMIT = 8

export const REPLAYS_TABLE = 'dead_letter_replays'

export type Replay = (request: ReplayRequest) => Promise<ReplayAnswer>

interface Parts {
  read: Reader
  warehouse: Warehouse
  sender: Sender
  log: Logger
}

/** One call sends at a time, so that of two that want the same letters the second finds them sent. */
export function createReplay(parts: Parts): Replay {
  const replays = new PQueue({ concurrency: 1 })

  return async (request) => {
    checkRequest(request)
    if (replays.size >= WAITING_LIMIT) {
      throw fault(
        429,
        'too_many_replays',
        `${replays.size + replays.pending} replays are under way or waiting. Try again when they are done.`,
      )
    }
    return replays.add(() => (request.filter ? replayMatching : replayChosen)(parts, request))
  }
}

function checkRequest({ positions, filter, value, limit }: ReplayRequest): void {
  const refuse = (message: string) => fault(400, 'invalid_request', message)
  if ((positions === undefined) === (filter === undefined)) {
    throw refuse(
      'The body has to have either "positions" or "filter". An empty filter means all dead letters.',
    )
  }
  if (value !== undefined && positions?.length !== 1) {
    throw refuse('"value" corrects one dead letter. Give it with one entry in "positions".')
  }
  if (limit !== undefined && filter === undefined) {
    throw refuse('"limit" belongs to "filter". Leave it out, or give fewer positions.')
  }
}

async function replayChosen(parts: Parts, request: ReplayRequest): Promise<ReplayAnswer> {
  const { positions = [], value, again = false, force = false } = request
  const places = new Map(positions.map((text) => [text, positionOf(text)]))
  const letters = await readAt(parts.read, [...places.values()])
  const letterAt = new Map(letters.map((letter) => [letter.position, letter]))
  for (const text of places.keys()) if (!letterAt.has(text)) throw absent(text)
  if (value !== undefined && !force) checkValue(letters[0]!, value)

  const answer: ReplayAnswer = { sent: [], skipped: [], left: 0 }
  const due = letters.filter((letter) => {
    const why = again ? undefined : WHY_SKIPPED[letter.state]
    if (why !== undefined) answer.skipped.push({ position: letter.position, why })
    return why === undefined
  })
  for (let at = 0; at < due.length; at += BATCH) {
    await sendBatch(parts, due.slice(at, at + BATCH), value, answer)
  }
  return answer
}

/** Oldest first, as they would have come. */
async function replayMatching(parts: Parts, request: ReplayRequest): Promise<ReplayAnswer> {
  const { filter = {}, limit = DEFAULT_LIMIT, again = false } = request
  const answer: ReplayAnswer = { sent: [], skipped: [], left: 0 }
  const states = statesToSend(filter.state, again)
  if (states.length === 0) return answer
  const selection = { filter: until(filter, new Date()), states }
  const matches = await countLetters(parts.read, selection)
  let mark: Mark | undefined
  let handled = 0
  while (handled < limit) {
    const page = { order: 'oldest' as const, limit: Math.min(BATCH, limit - handled) }
    const letters = await readLetters(parts.read, selection, mark ? { ...page, after: mark } : page)
    if (letters.length === 0) break
    await sendBatch(parts, letters, undefined, answer)
    handled += letters.length
    mark = markAt(letters.at(-1)!)
  }
  answer.left = Math.max(0, matches - handled)
  return answer
}

/** What is settled by rule would be refused once more, and then be open: it goes out only where that is asked for. */
function statesToSend(state: DeadLetterState | undefined, again: boolean): readonly DeadLetterState[] {
  if (state !== undefined) return again || WHY_SKIPPED[state] === undefined ? [state] : []
  return again ? DEAD_LETTER_STATES.filter((other) => other !== 'settled') : ['open']
}

/** Without what comes from now on: a replay that is refused at once would be sent again by the same call. */
function until(filter: DeadLetterFilter, now: Date): DeadLetterFilter {
  const to = filter.to === undefined ? now : new Date(Math.min(Date.parse(filter.to), now.getTime()))
  return { ...filter, to: to.toISOString() }
}

/** Why a letter of a state is not sent without `again`. */
const WHY_SKIPPED: Record<DeadLetterState, string | undefined> = {
  open: undefined,
  replayed: 'sent before; ask with "again" to send it once more',
  accepted: 'a replay of it was accepted; ask with "again" to send it once more',
  settled: undefined,
}

export function absent(position: string) {
  return fault(
    404,
    'no_such_dead_letter',
    `There is no dead letter at ${position}. It may not be loaded yet, or the message was accepted.`,
  )
}

function checkValue(letter: Letter, value: string): void {
  const faults = schemaFaults(letter, value)
  if (faults.length === 0) return
  throw fault(
    400,
    'value_refused',
    `The corrected ${letter.line > 0 ? 'line' : 'message'} would be refused again: ${faults.join('; ')}. ` +
      'Correct it, or send it all the same with "force".',
  )
}

/** Sends letters, records where they went, and adds both to the answer. */
async function sendBatch(
  parts: Parts,
  letters: readonly Letter[],
  value: string | undefined,
  answer: ReplayAnswer,
): Promise<void> {
  const now = Date.now()
  const due = await messagesOf(parts, letters, value, now, answer)
  const rows: object[] = []
  try {
    for (const topic of EVENT_TOPICS) {
      const batch = due.filter(({ message }) => message.topic === topic)
      if (batch.length === 0) continue
      const receipts = await parts.sender.send(
        topic,
        batch.map(({ message }) => message),
      )
      for (const [index, { letter }] of batch.entries()) {
        const row = { replay_of: letter.origin, position: letter.position, topic, ...receipts[index]! }
        answer.sent.push(row)
        rows.push({ ...row, replayed_at: now })
      }
    }
  } catch (error) {
    if (error instanceof Error && answer.sent.length > 0) {
      error.message += ` ${answer.sent.length} went out before that and stay sent.`
    }
    throw error
  } finally {
    if (rows.length > 0) await record(parts, rows)
  }
}

/** Letters with the messages that they are sent as; those of lines whose basket cannot be found are skipped. */
async function messagesOf(
  { read }: Parts,
  letters: readonly Letter[],
  value: string | undefined,
  now: number,
  answer: ReplayAnswer,
): Promise<{ letter: Letter; message: ReplayMessage }[]> {
  const lines = letters.filter(({ line }) => line > 0)
  const [payloads, envelopes] = await Promise.all([
    value === undefined
      ? readPayloads(
          read,
          letters.map(({ position }) => parsePosition(position)!),
        )
      : new Map(letters.map(({ position }) => [position, Buffer.from(value)])),
    readEnvelopes(read, lines),
  ])
  const envelopeOf = new Map(lines.map(({ position }, index) => [position, envelopes[index]]))
  return letters.flatMap((letter) => {
    const envelope = envelopeOf.get(letter.position)
    if (letter.line > 0 && !envelope) {
      answer.skipped.push({
        position: letter.position,
        why: 'the block with its basket is not in the ledger yet',
      })
      return []
    }
    const content = { ...letter, value: payloads.get(letter.position)!, envelope }
    return { letter, message: replayMessage(content, now) }
  })
}

/** What was sent is sent: where this fails, the state is known when the message is loaded. */
async function record({ warehouse, log }: Parts, rows: object[]): Promise<void> {
  try {
    await warehouse.insert({
      table: REPLAYS_TABLE,
      values: rows,
      format: 'JSONEachRow',
      clickhouse_settings: { async_insert: 0 },
    })
  } catch (error) {
    log.warn({ reason: reasonOf(error), replays: rows.length }, 'replays were sent and could not be recorded')
  }
}
