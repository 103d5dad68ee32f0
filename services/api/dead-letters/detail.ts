/** One dead letter with all that is known of it. */
import { isUtf8 } from 'node:buffer'
import type { DeadLetterDetail } from '@shelfcast/contracts/dead-letters'
import { type Position, positionText } from '@shelfcast/contracts/lake'
import { explain } from '@shelfcast/contracts/refusals'
import type { Logger } from '@shelfcast/runtime/log'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import { reasonOf } from '../http/errors.ts'
import { readBlocks, readEnvelopes } from './blocks.ts'
import { positionOf } from './filter.ts'
import { type Letter, readAt, readPayloads, summaryOf } from './letters.ts'
import { readAttempts } from './outcomes.ts'
import { absent } from './replays.ts'

/** Replays of replays that are followed back: more are a loop that somebody wrote into the headers. */
const ORIGIN_LIMIT = 20

/** @throws when there is no dead letter at the position */
export async function readDetail(read: Reader, log: Logger, position: Position): Promise<DeadLetterDetail> {
  const [letter] = await readAt(read, [position])
  if (!letter) throw absent(positionText(position))
  const [payloads, [block], envelope, origins, attempts] = await Promise.all([
    readPayloads(read, [position]),
    readBlocks(read, [letter]),
    envelopeOf(read, log, letter),
    originsOf(read, letter),
    readAttempts(read, letter.origin),
  ])
  const payload = payloads.get(letter.position)!
  return {
    ...summaryOf(letter),
    // The attempts were read a moment later, and who polls stops when they are decided.
    state: attempts.some(({ outcome }) => outcome === 'accepted') ? 'accepted' : letter.state,
    ...explain(letter.reason),
    payload: {
      bytes: payload.byteLength,
      text: isUtf8(payload) ? payload.toString('utf8') : null,
      base64: payload.toString('base64'),
    },
    envelope,
    block: block ?? null,
    origins,
    attempts,
  }
}

/** A lake that is away leaves the rest of the answer as it is. */
async function envelopeOf(read: Reader, log: Logger, letter: Letter) {
  if (letter.line === 0) return null
  try {
    const [envelope] = await readEnvelopes(read, [letter])
    return envelope ?? null
  } catch (error) {
    log.warn({ reason: reasonOf(error), position: letter.position }, 'dead letter without its basket')
    return null
  }
}

/** What a letter is a replay of, and that of, the first refusal first. */
async function originsOf(read: Reader, letter: Letter): Promise<DeadLetterDetail['origins']> {
  const origins: Letter[] = []
  let { replay_of } = letter
  while (replay_of !== '' && origins.length < ORIGIN_LIMIT) {
    const [earlier] = await readAt(read, [positionOf(replay_of)])
    if (!earlier || earlier.position === letter.position) break
    origins.unshift(earlier)
    replay_of = earlier.replay_of
  }
  return origins.map(summaryOf)
}
