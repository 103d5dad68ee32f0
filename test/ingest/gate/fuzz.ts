/** Right messages with their bytes flipped, cut, put in and spliced: what the fast route still takes must be right. */
import { isDeepStrictEqual } from 'node:util'
import type { EventTopic } from '@shelfcast/contracts/topics'
import { basket, createRoutes, line, message, movement, posEvent, readingOf } from './fixture.ts'

const SEEDS: Record<EventTopic, (id: string) => object[]> = {
  'sales-transactions': (basket_id) => [
    basket({ basket_id }),
    basket({
      basket_id,
      customer_id: 'K1',
      kind: 'return',
      lines: [line({ promotion_id: 'P1' }), line({ unit: 'g' })],
    }),
    reversed(basket({ basket_id, payment: 'cash', till_id: 0, lines: [line(), line()] })),
  ],
  'inventory-updates': (movement_id) => [
    movement({ movement_id }),
    movement({
      movement_id,
      kind: 'waste',
      quantity: -3,
      unit: 'ml',
      lot: 'L-1',
      expires_on: '2028-02-29',
    }),
    reversed(movement({ movement_id, purchase_order_id: 'PO.7' })),
  ],
  'pos-events': (event_id) => [
    posEvent({ event_id }),
    posEvent({
      event_id,
      kind: 'void',
      cashier_id: 'C1',
      basket_id: 'B1',
      sku: 'A1',
      amount: -250,
      detail: 'a void',
    }),
    reversed(posEvent({ event_id, kind: 'heartbeat', detail: '' })),
  ],
}

const reversed = (message: object) => Object.fromEntries(Object.entries(message).reverse())

/** Right messages as they may be written, dense and with white space. */
function seedsOf(topic: EventTopic, id: string): Buffer[] {
  return SEEDS[topic](id).flatMap((value) => [
    Buffer.from(JSON.stringify(value)),
    Buffer.from(JSON.stringify(value, null, 1)),
  ])
}

/** A right message with one to three changes. */
export function mutant(topic: EventTopic, id: string, random: (below: number) => number): Buffer {
  const seeds = seedsOf(topic, id)
  let bytes = seeds[random(seeds.length)]!
  for (let change = random(3); change >= 0; change--) bytes = changed(bytes, seeds, random)
  return bytes
}

/** Bytes that mean something in JSON or in a field, and some that should not be there at all. */
const BYTES = Buffer.from('{}[]",:\\ \n\t0123456789-+.eEtfnulTZaAzZ_~\u0000\u007fé', 'utf8')
/** Room for the decoder to look past the message, filled with what could go on where it ends. */
const AFTER = 2_048

/**
 * @returns how many messages were tried, and how many of them the fast route took
 * @throws at the first one that the two routes read differently
 */
export function fuzz(topic: EventTopic, tries: number, seed: number): { tried: number; taken: number } {
  const { fast, slow, fastScratch, slowScratch } = createRoutes(topic)
  const random = randomOf(seed)
  const seeds = seedsOf(topic, 'B1')
  let taken = 0
  for (let tried = 0; tried < tries; tried++) {
    const original = seeds[random(seeds.length)]!
    let bytes: Buffer = original
    for (let change = random(3); change >= 0; change--) bytes = changed(bytes, seeds, random)
    const view = message(bytes)
    // What was cut off may follow, as the message before may lie in memory that is used again.
    if (random(2) === 0) {
      const rest = original.subarray(Math.min(bytes.length, original.length))
      view.bytes = Buffer.concat([bytes, rest, original, Buffer.alloc(AFTER, ' ')])
    }
    if (!fast(view)) continue
    taken++
    slow(view)
    if (!isDeepStrictEqual(readingOf(fastScratch), readingOf(slowScratch))) {
      throw new Error(
        `The routes read ${JSON.stringify(bytes.toString('latin1'))} differently (seed ${seed}, try ${tried}).`,
      )
    }
  }
  return { tried: tries, taken }
}

function changed(bytes: Buffer, seeds: readonly Buffer[], random: (below: number) => number): Buffer {
  const at = random(bytes.length + 1)
  const before = bytes.subarray(0, at)
  const odd = BYTES.subarray(random(BYTES.length)).subarray(0, 1)
  switch (random(8)) {
    case 0: {
      const flipped = Buffer.from(bytes)
      if (at < bytes.length) flipped[at]! ^= 1 << random(8)
      return flipped
    }
    case 1:
      return before
    case 2:
      return Buffer.concat([before, bytes.subarray(at + 1 + random(4))])
    case 3:
      return Buffer.concat([before, odd, bytes.subarray(at)])
    case 4:
      return Buffer.concat([before, odd, bytes.subarray(at + 1)])
    case 5: {
      // A stretch of another message, or of itself, goes in.
      const other = seeds[random(seeds.length)]!
      const from = random(other.length)
      const stretch = other.subarray(from, from + 1 + random(40))
      return Buffer.concat([before, stretch, bytes.subarray(at + random(2) * stretch.length)])
    }
    default: {
      // Digits stay digits more often than not, so that much of what is tried comes near to being right.
      const close = Buffer.from(bytes)
      const digit = bytes.subarray(at).findIndex((byte) => byte >= 0x30 && byte <= 0x39)
      if (digit !== -1) close[at + digit] = 0x30 + random(10)
      return close
    }
  }
}

/** Whole numbers from 0, the same for the same seed (mulberry32). */
export function randomOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}
