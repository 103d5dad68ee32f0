/** Baskets as tills send them, always the same for the same number, whose right outcome is known line by line. */

import type { Product } from '@shelfcast/contracts/datasets/products'
import type { Store } from '@shelfcast/contracts/datasets/stores'
import { DAY_MS } from '@shelfcast/contracts/dates'
import type { Basket, SaleLine } from '@shelfcast/contracts/events'
import { netAmount } from '@shelfcast/contracts/events'
import { TOPIC_SETTINGS } from '@shelfcast/contracts/topics'
import { PARTITIONER } from '@shelfcast/runtime/kafka'

/** What must come of a topic's messages. */
export interface Outcome {
  messages: number
  /** Bytes of the values. */
  bytes: number
  /** Lines of all messages; one that is no basket counts as one. */
  lines: number
  /** Lines of the messages that are JSON. */
  legible: number
  accepted: number
  refused: number
}

export interface BasketMessage {
  store: Store
  value: Buffer
  lines: number
  isJson: boolean
  accepted: number
}

export const LINES = 5
export const TOPIC = 'sales-transactions'
const PARTITIONS = TOPIC_SETTINGS[TOPIC].partitions
const STORES = 12
const SKUS = 2_000
const DAY = Date.UTC(2026, 0, 5)
/** One message in a hundred has dirt of one of these kinds, in turn; one in two hundred is sent twice. */
const DIRT = ['price_zero', 'unknown_sku', 'quantity_not_positive', 'duplicate_line', 'not_json'] as const
const DIRT_EVERY = 100
const REPEAT_EVERY = 200

/** Stores whose keys Kafka's own partitioner spreads evenly, in the order of their partitions. */
const stores: readonly Store[] = evenlySpread()

const products: readonly Product[] = Array.from({ length: SKUS }, (_, index) => {
  const number = String(index).padStart(8, '0')
  const isWeighed = index % 10 === 0
  return {
    sku: `SKU-${number}`,
    name: `Product ${number}`,
    department: 'food',
    category: 'bench',
    brand: 'bench',
    unit: isWeighed ? 'g' : 'each',
    kind: 'merchandise',
    price: 90 + ((index * 37) % 2_400),
  }
})

export const reference = { stores, products }

/** Each basket is of the store after the one before. */
export const storeOf = (number: number): Store => stores[number % STORES]!
export const partitionOf = (number: number): number => Math.floor((number % STORES) / (STORES / PARTITIONS))

export const nothing = (): Outcome => ({
  messages: 0,
  bytes: 0,
  lines: 0,
  legible: 0,
  accepted: 0,
  refused: 0,
})

/**
 * Messages of one business day, in the order of its time.
 * @param count baskets; those that are sent twice come on top
 */
export function* messages(count: number, seed = 1): Generator<BasketMessage> {
  for (let index = 0; index < count; index++) {
    const random = createRandom(seed * 1_000_003 + index)
    const store = storeOf(index)
    const basket = createBasket(store, index, DAY + Math.floor((index / count) * DAY_MS), random)
    const dirt = index % DIRT_EVERY === 50 ? DIRT[Math.floor(index / DIRT_EVERY) % DIRT.length]! : undefined
    if (dirt === 'not_json') {
      const cut = JSON.stringify(basket).slice(0, -20)
      yield { store, value: Buffer.from(cut), lines: 1, isJson: false, accepted: 0 }
      continue
    }
    if (dirt) soil(basket, dirt)
    const value = Buffer.from(JSON.stringify(basket))
    const sent = { store, value, lines: LINES, isJson: true }
    yield { ...sent, accepted: dirt ? LINES - 1 : LINES }
    if (index % REPEAT_EVERY === 0) yield { ...sent, accepted: 0 }
  }
}

/** A clean basket with an id of its own, that ends at `time`. */
export function createBasket(store: Store, number: number, time: number, random: () => number): Basket {
  const whole = (below: number) => Math.floor(random() * below)
  const first = whole(SKUS)
  let scanned = time - LINES * 4_000
  const lines = Array.from({ length: LINES }, (_, place): SaleLine => {
    // Steps of a prime number of products: no product comes twice, so none looks like a double scan.
    const product = products[(first + place * 397) % SKUS]!
    const isPromoted = random() < 0.1
    scanned += 1_500 + whole(2_000)
    const quantity = product.unit === 'g' ? 100 + whole(1_900) : 1 + whole(3)
    return {
      line_no: place + 1,
      sku: product.sku,
      quantity,
      unit: product.unit,
      unit_price: product.price!,
      discount: isPromoted ? Math.floor((product.price! * Math.min(quantity, 100)) / 1_000) : 0,
      ...(isPromoted && { promotion_id: `PROMO-2026-${String(whole(40)).padStart(3, '0')}` }),
      scanned_at: new Date(scanned).toISOString(),
    }
  })
  return {
    basket_id: `${store.store_id}-20260105-${String(number).padStart(9, '0')}`,
    kind: whole(50) === 0 ? 'return' : 'sale',
    store_id: store.store_id,
    till_id: 1 + whole(12),
    cashier_id: `CASHIER-${String(whole(60)).padStart(3, '0')}`,
    ...(random() < 0.5 && { customer_id: `LOYAL-${String(whole(200_000)).padStart(7, '0')}` }),
    event_time: new Date(time).toISOString(),
    currency: 'EUR',
    lines,
    payment: random() < 0.7 ? 'card' : 'cash',
    total: lines.reduce((sum, line) => sum + netAmount(line), 0),
  }
}

function soil(basket: Basket, dirt: Exclude<(typeof DIRT)[number], 'not_json'>): void {
  const line = basket.lines[2]!
  switch (dirt) {
    case 'price_zero':
      line.unit_price = 0
      break
    case 'unknown_sku':
      line.sku = 'SKU-99999999'
      break
    case 'quantity_not_positive':
      line.quantity = -1
      break
    case 'duplicate_line':
      basket.lines[3] = { ...line, line_no: 4 }
  }
}

export function count(outcome: Outcome, { value, lines, isJson, accepted }: BasketMessage): void {
  outcome.messages++
  outcome.bytes += value.length
  outcome.lines += lines
  if (isJson) outcome.legible += lines
  outcome.accepted += accepted
  outcome.refused += lines - accepted
}

/** Numbers from 0 to below 1 (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function evenlySpread(): Store[] {
  const partitionOf = PARTITIONER()
  const partitionMetadata = Array.from({ length: PARTITIONS }, (_, partitionId) => ({
    partitionId,
    leader: 1,
    partitionErrorCode: 0,
    replicas: [1],
    isr: [1],
  }))
  const chosen: Store[][] = Array.from({ length: PARTITIONS }, () => [])
  for (let number = 1; chosen.some((group) => group.length < STORES / PARTITIONS); number++) {
    const store_id = `STORE-${String(number).padStart(4, '0')}`
    const message = { key: store_id, value: null }
    const group = chosen[partitionOf({ topic: '', partitionMetadata, message })]!
    if (group.length === STORES / PARTITIONS) continue
    group.push({
      store_id,
      name: `Store ${number}`,
      profile: 'supermarket',
      region: 'bench',
      time_zone: 'Europe/London',
      currency: 'EUR',
    })
  }
  return chosen.flat()
}
