/**
 * The state of a store between two days as bytes: words of 32 bits, then text. Words: mark, version, digest of world
 * and seed (2), day, number of words; then for each slot its number of lots, each lot's quantity, last day of sale and
 * day of receipt, the book, and the average rate (2). The text is JSON: orders and transfers on their way.
 */
import type { World } from '../world/world.ts'
import type { Transfer } from './model.ts'
import { type Key, keyOf } from './random.ts'
import { LOTS, type Shelf } from './shelf.ts'
import type { StoreRange } from './store-range.ts'
import type { OpenOrder, Suppliers } from './suppliers.ts'

const MARK = 0x52545321
const VERSION = 2
const HEADER_WORDS = 6
const SLOT_WORDS = 4

export interface StoreState {
  world: World
  seed: number
  range: StoreRange
  shelf: Shelf
  book: Int32Array
  rate: Float64Array
  suppliers: Suppliers
}

export function saveState(state: StoreState, day: number, incoming: readonly Transfer[]): Uint8Array {
  const { range, shelf, book, rate, suppliers } = state
  const lots = shelf.lots.reduce((sum, count) => sum + count, 0)
  const words = new Int32Array(HEADER_WORDS + range.count * SLOT_WORDS + lots * 3)
  words.set([MARK, VERSION, ...digestOf(state), day, words.length])
  let at = HEADER_WORDS
  for (let slot = 0; slot < range.count; slot++) {
    words[at++] = shelf.lots[slot]!
    for (let lot = slot * LOTS; lot < slot * LOTS + shelf.lots[slot]!; lot++) {
      words[at++] = shelf.quantity[lot]!
      words[at++] = shelf.expires[lot]!
      words[at++] = shelf.received[lot]!
    }
    words[at++] = book[slot]!
    words.set(wordsOf(rate[slot]!), at)
    at += 2
  }
  const text = Buffer.from(JSON.stringify({ open: suppliers.open, incoming }))
  return Buffer.concat([Buffer.from(words.buffer), text])
}

/** Fills the state. @throws when it is that of another world, seed or version */
export function openState(state: StoreState, saved: Uint8Array): { day: number; incoming: Transfer[] } {
  const { range, shelf, book, rate, suppliers } = state
  const { store_id } = state.world.stores[range.store]!
  // A copy, which begins at a whole word wherever the saved bytes do.
  const bytes = new Uint8Array(saved)
  const header = new Int32Array(bytes.buffer, 0, Math.min(HEADER_WORDS, bytes.length >> 2))
  if (header[0] !== MARK || header[1] !== VERSION) {
    throw new Error(
      `The saved state of store ${store_id} is not one of version ${VERSION}. Begin a new run of the twin.`,
    )
  }
  const [low, high] = digestOf(state)
  if (header[2] !== (low | 0) || header[3] !== (high | 0)) {
    throw new Error(
      `The saved state of store ${store_id} was made with another world or seed than this one, whose seed is ` +
        `${state.seed}. Use the world and the seed it was made with, or begin a new run of the twin.`,
    )
  }
  const words = new Int32Array(bytes.buffer, 0, header[5])
  let at = HEADER_WORDS
  for (let slot = 0; slot < range.count; slot++) {
    const lots = words[at++]!
    shelf.lots[slot] = lots
    shelf.stock[slot] = 0
    for (let lot = slot * LOTS; lot < slot * LOTS + lots; lot++) {
      shelf.stock[slot]! += words[at]!
      shelf.quantity[lot] = words[at++]!
      shelf.expires[lot] = words[at++]!
      shelf.received[lot] = words[at++]!
    }
    book[slot] = words[at++]!
    rate[slot] = numberOf(words[at++]!, words[at++]!)
  }
  const text = Buffer.from(bytes.buffer, words.byteLength).toString()
  const { open, incoming } = JSON.parse(text) as { open: OpenOrder[]; incoming: Transfer[] }
  suppliers.open = open
  return { day: header[4]!, incoming }
}

/** Of all that gives slots and suppliers their meaning. */
function digestOf({ world, seed, range }: StoreState): Key {
  return keyOf(
    undefined,
    seed,
    world.stores[range.store]!.store_id,
    ...Array.from(range.product, (product) => world.products[product]!.sku),
    ...world.suppliers.map(({ supplier_id }) => supplier_id),
    world.products.length,
    world.stores.length,
  )
}

const FLOAT = new Float64Array(1)
const FLOAT_WORDS = new Int32Array(FLOAT.buffer)

function wordsOf(value: number): Int32Array {
  FLOAT[0] = value
  return FLOAT_WORDS
}

function numberOf(low: number, high: number): number {
  FLOAT_WORDS[0] = low
  FLOAT_WORDS[1] = high
  return FLOAT[0]!
}
