/** From tills to Kafka: most messages go out at once; some come late, overtaken, twice, or damaged. */

import { HOUR_MS, instant } from '@shelfcast/contracts/dates'
import type { EventTopic } from '@shelfcast/contracts/topics'
import { type Key, uniformAt, word } from '../sim/random.ts'
import type { Noise } from '../world/world.ts'
import { DRAW, DRAWS } from './draws.ts'
import type { Label } from './truth.ts'

/** Where messages of an hour go. `at` is when one is sent: in the hour or after it. */
export interface Outbox {
  send(topic: EventTopic, store_id: string, at: number, value: Buffer, lines: number): void
  label(label: Label): void
}

export interface Outgoing {
  topic: EventTopic
  store_id: string
  message_id: string
  /** When it would go out, milliseconds since 1970. */
  at: number
  value: Buffer
  lines: number
  /** Key and number of its draws: those of a visit, or of what else it tells. */
  key: Key
  number: number
}

const REPEATED_MS = [2_000, 1_800_000] as const
const LATE_MS = [120_000, 6 * HOUR_MS - 120_000] as const
const OVERTAKEN_MS = [1_000, 45_000] as const
const MALFORMED = ['cut', 'wrong_type', 'not_utf8'] as const

export function deliver(
  { repeated_message, late_message, out_of_order }: Noise,
  outbox: Outbox,
  { topic, store_id, message_id, at, value, lines, key: [low, high], number }: Outgoing,
): void {
  const fault = uniformAt(low, high, number * DRAWS + DRAW.delivery)
  const time = uniformAt(low, high, number * DRAWS + DRAW.deliveryTime)
  let sent = at
  if (fault < repeated_message) {
    note('repeated_message', after(at, REPEATED_MS, time * time))
    outbox.send(topic, store_id, after(at, REPEATED_MS, time * time), value, lines)
  } else if (fault < repeated_message + late_message) {
    sent = after(at, LATE_MS, time * time)
    note('late_message', sent)
  } else if (fault < repeated_message + late_message + out_of_order) {
    sent = after(at, OVERTAKEN_MS, time)
    note('out_of_order', sent)
  }
  outbox.send(topic, store_id, sent, value, lines)

  function note(kind: 'repeated_message' | 'late_message' | 'out_of_order', sentAt: number): void {
    outbox.label({ kind, store_id, at: instant(at), topic, message_id, sent_at: instant(sentAt) })
  }
}

/** A basket's text as bytes with something wrong in it, by which the gate has to refuse it. */
export function damaged(
  text: string,
  basket: { store_id: string; basket_id: string; till_id: number; at: number },
  [low, high]: Key,
  visit: number,
): { value: Buffer; label: Label } {
  const how = word(low, high, visit * DRAWS + DRAW.malformedHow)
  const form = MALFORMED[how % MALFORMED.length]!
  const { store_id, basket_id, till_id, at } = basket
  return { value: damage(), label: { kind: 'malformed', store_id, at: instant(at), basket_id, form } }

  function damage(): Buffer {
    if (form === 'wrong_type') {
      return Buffer.from(text.replace(`"till_id":${till_id},`, `"till_id":"${till_id}",`), 'latin1')
    }
    const value = Buffer.from(text, 'latin1')
    // The parts that say which basket it was stay readable for a person.
    if (form === 'cut') return value.subarray(0, Math.floor(value.length * (0.4 + (how % 1_000) / 2_000)))
    value[text.indexOf('"cashier_id":"') + '"cashier_id":"'.length] = 0xff
    return value
  }
}

function after(at: number, [least, more]: readonly [number, number], share: number): number {
  return at + least + Math.floor(share * more)
}
