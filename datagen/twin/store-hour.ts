/** One hour of one store: every event of it, from seed and hour alone. */
import type { Basket, InventoryMovement, PosEvent } from '@shelfcast/contracts/events'
import type { EventTopic } from '@shelfcast/contracts/topics'
import type { SourceEvent } from '../source.ts'
import { ARTICLES } from './assortment.ts'
import { cashierAt, drawBasket, drawReturn, instant, type Offer, totalOf } from './baskets.ts'
import { createRandom, type Random } from './random.ts'
import { expectedBaskets, type TwinStore } from './stores.ts'

export const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000

/** What was done wrong on purpose. It is never sent; scoring and tests go by it. */
export type Dirt = 'repeated_basket' | 'duplicate_line' | 'unknown_sku' | 'malformed'

export interface TwinEvent extends SourceEvent {
  dirt?: Dirt
}

/** Share of baskets. */
const DIRT_SHARES: Record<Dirt, number> = {
  repeated_basket: 0.002,
  duplicate_line: 0.004,
  unknown_sku: 0.002,
  malformed: 0.0005,
}
const RETURN_SHARE = 0.012
const VOID_SHARE = 0.01
const OVERRIDE_SHARE = 0.006
const SCANNER_FAULT_SHARE = 0.003
const DELIVERY_HOUR = 5
// A fifth of the assortment comes each day.
const DELIVERED_SHARE = 0.2
const WASTE_A_DAY = 4
/** Goods that keep longer are not thrown away. */
const PERISHABLE_DAYS = 9

export interface StoreHour {
  seed: number
  store: TwinStore
  offer: Offer
  /** Milliseconds since 1970. */
  begin: number
  /** 0 to 23 at the store. */
  localHour: number
  /** Monday is 0. */
  weekday: number
}

/** Events in the order they are sent. */
export function storeHour(hour: StoreHour): TwinEvent[] {
  const random = createRandom(hour.seed, hour.store.store_id, hour.begin)
  const events = [...sales(hour, random), ...tillLife(hour, random), ...movements(hour, random)]
  return events.sort((a, b) => a.event_time - b.event_time)
}

/** Ids name seed and hour, so no two hours share one, whenever they are made. */
function idOf(hour: StoreHour, letter: string, number: number): string {
  const hourCode = (hour.begin / HOUR_MS).toString(36).toUpperCase()
  return `T${hour.seed}-${hourCode}-${letter}${String(number).padStart(3, '0')}`
}

function* sales(hour: StoreHour, random: Random): Generator<TwinEvent> {
  const { store, offer, begin, weekday, localHour } = hour
  const count = random.poisson(expectedBaskets(store, weekday, localHour))
  for (let number = 1; number <= count; number++) {
    const at = begin + random.integer(0, HOUR_MS - 1)
    const id = idOf(hour, 'B', number)
    const isReturn = random.chance(RETURN_SHARE)
    const basket = (isReturn ? drawReturn : drawBasket)(random, store, offer, id, at)
    const dirt = drawDirt(random)
    yield* basketEvents(soiled(random, basket, dirt), at, dirt, begin + HOUR_MS - 1)
    yield* incidents(hour, random, basket, at, number)
  }
}

function* basketEvents(
  basket: Basket,
  at: number,
  dirt: Dirt | undefined,
  hourEnd: number,
): Generator<TwinEvent> {
  const event = saleEvent(basket, at)
  if (dirt === 'malformed') {
    const cut = Math.floor(event.value.length * 0.7)
    yield { ...event, value: event.value.subarray(0, cut), lines: 1, dirt }
  } else if (dirt === 'repeated_basket') {
    yield event
    yield { ...event, event_time: Math.min(at + 20_000, hourEnd), dirt }
  } else yield dirt ? { ...event, dirt } : event
}

function drawDirt(random: Random): Dirt | undefined {
  let point = random.uniform()
  for (const [dirt, share] of Object.entries(DIRT_SHARES) as [Dirt, number][]) {
    point -= share
    if (point < 0) return dirt
  }
  return undefined
}

function soiled(random: Random, basket: Basket, dirt: Dirt | undefined): Basket {
  const line = basket.lines.at(-1)!
  if (dirt === 'duplicate_line') {
    const lines = [...basket.lines, { ...line, line_no: line.line_no + 1 }]
    return { ...basket, lines, total: totalOf(lines) }
  }
  if (dirt === 'unknown_sku') {
    const unknown = { ...line, sku: `P-${random.integer(9_001, 9_009)}` }
    return { ...basket, lines: [...basket.lines.slice(0, -1), unknown] }
  }
  return basket
}

/** What happens at the till around a basket. */
function* incidents(
  hour: StoreHour,
  random: Random,
  basket: Basket,
  at: number,
  number: number,
): Generator<TwinEvent> {
  const { sku, unit_price } = basket.lines[0]!
  const about = { basket_id: basket.basket_id, till_id: basket.till_id, cashier_id: basket.cashier_id }
  const incident = (kind: PosEvent['kind'], letter: string, rest: Partial<PosEvent>) =>
    posEvent(hour, { event_id: idOf(hour, letter, number), kind, ...about, ...rest }, at)

  if (basket.kind === 'return') yield incident('refund', 'R', { amount: basket.total })
  if (random.chance(VOID_SHARE)) yield incident('void', 'V', { sku, amount: unit_price })
  if (random.chance(OVERRIDE_SHARE)) {
    yield incident('price_override', 'O', { sku, amount: unit_price, detail: 'damaged packaging' })
  }
  if (random.chance(SCANNER_FAULT_SHARE)) {
    yield incident('scanner_fault', 'F', { detail: 'barcode not read, keyed by hand' })
  }
}

function* tillLife(hour: StoreHour, random: Random): Generator<TwinEvent> {
  const { store, begin, localHour } = hour
  const [opens, closes] = store.hours
  if (localHour < opens || localHour >= closes) return
  const allDay = closes - opens === 24
  for (let till = 1; till <= store.tills; till++) {
    const event = (kind: PosEvent['kind'], letter: string, at: number) =>
      posEvent(
        hour,
        { event_id: idOf(hour, letter, till), kind, till_id: till, cashier_id: cashierAt(store, till, at) },
        at,
      )
    if (localHour === opens && !allDay) yield event('opened', 'A', begin + random.integer(0, 60_000))
    yield event('heartbeat', 'H', begin + random.integer(120_000, HOUR_MS - 120_000))
    if (localHour === closes - 1 && !allDay) {
      yield event('closed', 'Z', begin + HOUR_MS - random.integer(1, 60_000))
    }
  }
}

function* movements(hour: StoreHour, random: Random): Generator<TwinEvent> {
  const { begin, localHour } = hour
  if (localHour === DELIVERY_HOUR) {
    const delivered = ARTICLES.filter(() => random.chance(DELIVERED_SHARE))
    for (const [index, { sku, unit, shelfLife }] of delivered.entries()) {
      const at = begin + random.integer(0, HOUR_MS - 1)
      const quantity = unit === 'g' ? random.integer(4, 20) * 1_000 : random.integer(2, 8) * 6
      yield movementEvent(hour, at, {
        movement_id: idOf(hour, 'M', index + 1),
        kind: 'receipt',
        sku,
        quantity,
        unit,
        lot: `L${Math.floor(at / DAY_MS)}-${sku}`,
        expires_on: instant(at + shelfLife * DAY_MS).slice(0, 10),
      })
    }
  }
  // Shelves are gone through in the evening.
  if (localHour === 21) {
    const perishable = ARTICLES.filter(({ shelfLife }) => shelfLife <= PERISHABLE_DAYS)
    const count = random.poisson(WASTE_A_DAY)
    for (let number = 1; number <= count; number++) {
      const { sku, unit } = random.pick(perishable)
      yield movementEvent(hour, begin + random.integer(0, HOUR_MS - 1), {
        movement_id: idOf(hour, 'W', number),
        kind: 'waste',
        sku,
        quantity: unit === 'g' ? -random.integer(100, 2_000) : -random.integer(1, 4),
        unit,
      })
    }
  }
}

function saleEvent(basket: Basket, at: number): TwinEvent {
  return { ...message('sales-transactions', basket, at), lines: basket.lines.length }
}

function posEvent(hour: StoreHour, event: Omit<PosEvent, 'store_id' | 'event_time'>, at: number): TwinEvent {
  const { store_id } = hour.store
  const value: PosEvent = { ...event, store_id, event_time: instant(at) }
  return message('pos-events', value, at)
}

function movementEvent(
  hour: StoreHour,
  at: number,
  movement: Omit<InventoryMovement, 'store_id' | 'event_time'>,
): TwinEvent {
  const value: InventoryMovement = { ...movement, store_id: hour.store.store_id, event_time: instant(at) }
  return message('inventory-updates', value, at)
}

function message(topic: EventTopic, value: { store_id: string }, at: number): TwinEvent {
  const { store_id } = value
  return { topic, store_id, event_time: at, value: Buffer.from(JSON.stringify(value)), lines: 1 }
}
