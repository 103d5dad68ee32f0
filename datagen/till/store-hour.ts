/** One local hour of one store: its baskets, the life of its tills, and its stock movements, as messages. */

import { dateOf, dayHours, instant } from '@shelfcast/contracts/dates'
import type { InventoryMovement, PosEvent } from '@shelfcast/contracts/events'
import { happeningsByHour, tillsOut } from '../sim/happenings.ts'
import type { Conditions, Happening, Movement, StockLevel, StoreDay, Wants } from '../sim/model.ts'
import { type Key, keyOf, uniformAt } from '../sim/random.ts'
import { createBaskets } from './baskets.ts'
import { deliver, type Outbox, type Outgoing } from './delivery.ts'
import { DRAWS } from './draws.ts'
import type { ProductTexts } from './encode.ts'
import { createMissingHours } from './missing-hours.ts'
import { AFTER_SALES_MS, BEFORE_SALES_MS, type Span } from './service.ts'
import { cashierAt, skewOf } from './staff.ts'

const HOURS = 24

/** A store day that is being told, with what its hours need. */
export interface OpenDay {
  day: StoreDay
  wants: Wants
  /** By local hour: the index of its first want; the last is the number of wants. */
  firstWant: Int32Array
  /** By local hour: from when until when. An hour that the clock skips shares the next one's time. */
  spans: readonly Span[]
  happenings: readonly (readonly Happening[])[]
  /** First and last local hour in which customers can come; undefined when the store is closed. */
  open: { first: number; last: number } | undefined
  /** Milliseconds by which the clock of each till is wrong, by number. */
  skew: Int32Array
  /** By local hour, in the order in which they happened. */
  movements: Map<number, Movement[]>
}

/** What all messages of a local hour share. */
export interface StoreHour extends OpenDay {
  hour: number
  span: Span
  /** The part of it that is being made. */
  slice: Span
  active: readonly Happening[]
  /** Tills that work, ascending. */
  inService: readonly number[]
  /** Unique for ever within the store, in the order of letters and numbers. */
  id(letter: string, number: number): string
  post(message: Message): void
  label: Outbox['label']
}

export interface Message extends Outgoing {
  /** 0 when it comes from no till. */
  till: number
  /** Minor units, of a basket. */
  amount: number
}

export interface StoreTills {
  open(day: StoreDay, happenings: readonly Happening[]): OpenDay
  /** Tells the stock that a day begins with, as a count of each lot. @param begin of the day */
  count(day: number, begin: number, stock: readonly StockLevel[], outbox: Outbox): void
  /** Makes the messages of a local hour that fall into a slice of time. */
  make(day: OpenDay, hour: number, slice: Span, outbox: Outbox): void
}

/** @param run short name, the beginning of every id */
export function createStoreTills(
  conditions: Conditions,
  store: number,
  run: string,
  texts: ProductTexts,
): StoreTills {
  const { world, seed } = conditions
  const { store_id, time_zone, tills, hours } = world.stores[store]!
  const key = keyOf(undefined, seed, 'till', store_id)
  const baskets = createBaskets(conditions, store, key, texts)
  const missingHours = createMissingHours(world, store, key)
  const allDay = hours[1]! - hours[0]! === HOURS
  const idOf = (hour: number, letter: string, number: number) =>
    `${run}-${hour.toString(36).toUpperCase()}-${letter}${number}`

  return {
    open(day, happenings) {
      const wants = day.wants!
      return {
        day,
        wants,
        firstWant: firstWants(wants),
        spans: spansOf(time_zone, day.day),
        happenings: happeningsByHour(world, store, day.day, happenings),
        open: openHours(day.day),
        movements: Map.groupBy(day.movements, ({ hour }) => hour),
        skew: Int32Array.from({ length: tills + 1 }, (_, till) =>
          till === 0 ? 0 : skewOf(world.noise, keyOf(key, 'clock', day.day), till),
        ),
      }
    },
    make(day, hour, slice, outbox) {
      const span = day.spans[hour]!
      const active = day.happenings[hour]!
      const out = tillsOut(tills, active)
      const number = day.day.day * HOURS + hour
      const part = { begin: Math.max(slice.begin, span.begin), end: Math.min(slice.end, span.end) }
      const missing = missingHours(number, part)
      const storeHour: StoreHour = {
        ...day,
        hour,
        span,
        slice: part,
        active,
        inService: Array.from({ length: tills }, (_, index) => index + 1).filter(
          (till) => !out.includes(till),
        ),
        id: (letter, place) => idOf(number, letter, place),
        post(message) {
          if (!missing.take(message)) deliver(world.noise, outbox, message)
        },
        label: outbox.label,
      }
      if (out.length > 0) {
        const until = instant(part.end)
        outbox.label({ kind: 'till_outage', store_id, at: instant(part.begin), till_ids: out, until })
      }
      baskets(storeHour, missing.isMissing)
      tillLife(storeHour)
      movements(storeHour)
      for (const label of missing.labels()) outbox.label(label)
    },
    count(day, begin, stock, outbox) {
      const countKey = keyOf(key, 'opening', day)
      for (const [index, counted] of openingCounts(stock).entries()) {
        const { sku, unit } = world.products[counted.product]!
        const movement_id = idOf(day * HOURS - 1, 'O', index + 1)
        const value: InventoryMovement = {
          movement_id,
          kind: 'count',
          store_id,
          sku,
          // The last moment of the day before: the count has nothing of what this day moves.
          event_time: instant(begin - 1),
          quantity: counted.quantity,
          unit,
          ...(counted.lot !== undefined && { lot: counted.lot }),
          ...(counted.expires !== undefined && { expires_on: dateOf(counted.expires) }),
        }
        deliver(
          world.noise,
          outbox,
          messageOf('inventory-updates', movement_id, value, begin, 0, countKey, index),
        )
      }
    },
  }

  /** By when the customers of all categories come. */
  function openHours(day: number): OpenDay['open'] {
    if (conditions.on(day).storeFactor[store] === 0) return undefined
    let first = HOURS
    let last = -1
    for (let category = 0; category < world.categories.length; category++) {
      const shares = conditions.hours(store, category, day)
      for (let hour = 0; hour < HOURS; hour++) {
        if (shares[hour]! === (hour === 0 ? 0 : shares[hour - 1]!)) continue
        if (hour < first) first = hour
        if (hour > last) last = hour
      }
    }
    return last < 0 ? undefined : { first, last }
  }

  function tillLife(storeHour: StoreHour): void {
    const { open, hour, span, inService, day, id } = storeHour
    if (!open || hour < open.first || hour > open.last) return
    const hourKey = keyOf(key, 'life', day.day * HOURS + hour)
    for (const till of inService) {
      const share = uniformAt(...hourKey, till)
      const say = (kind: PosEvent['kind'], letter: string, at: number, number: number) => {
        if (at < storeHour.slice.begin || at >= storeHour.slice.end) return
        const event_id = id(letter, till)
        const event: PosEvent = {
          event_id,
          kind,
          store_id,
          till_id: till,
          cashier_id: cashierAt(world.stores[store]!, till, hour),
          event_time: instant(at + storeHour.skew[till]!),
        }
        storeHour.post(messageOf('pos-events', event_id, event, at, till, hourKey, number))
      }
      const length = span.end - span.begin
      if (hour === open.first && !allDay)
        say('opened', 'A', span.begin + Math.floor(share * 60_000), 3 * till)
      const beat = 120_000 + Math.floor(share * (length - 240_000))
      say('heartbeat', 'H', span.begin + beat, 3 * till + 1)
      if (hour === open.last && !allDay) {
        say('closed', 'Z', span.end - 1 - Math.floor(share * 60_000), 3 * till + 2)
      }
    }
  }

  /** In the order in which they happened: before noon before what is sold in their hour, later after it. */
  function movements(storeHour: StoreHour): void {
    const { day, hour, span, slice, open, id } = storeHour
    const moved = storeHour.movements.get(hour)
    if (!moved) return
    const hourKey = keyOf(key, 'movements', day.day * HOURS + hour)
    const isOpen = open && open.first <= hour && hour <= open.last
    const [first, length] = !isOpen
      ? [span.begin, span.end - span.begin]
      : hour < 12
        ? [span.begin, BEFORE_SALES_MS]
        : [span.end - AFTER_SALES_MS, AFTER_SALES_MS]
    for (const [index, movement] of moved.entries()) {
      const share = (index + uniformAt(...hourKey, index * DRAWS)) / moved.length
      const at = first + Math.floor(share * length)
      if (at < slice.begin || at >= slice.end) continue
      const { sku, unit } = world.products[movement.product]!
      const movement_id = id('M', index + 1)
      const value: InventoryMovement = {
        movement_id,
        kind: movement.kind,
        store_id,
        sku,
        event_time: instant(at),
        quantity: movement.quantity,
        unit,
        ...(movement.lot !== undefined && { lot: movement.lot }),
        ...(movement.expires !== undefined && { expires_on: dateOf(movement.expires) }),
        ...(movement.purchase_order_id !== undefined && { purchase_order_id: movement.purchase_order_id }),
      }
      storeHour.post(messageOf('inventory-updates', movement_id, value, at, 0, hourKey, index))
    }
  }
}

interface Counted {
  product: number
  quantity: number
  lot?: string
  expires?: number
}

/** Of each product what its lots hold, and what the book has besides; 0 where there is nothing. */
function openingCounts(stock: readonly StockLevel[]): Counted[] {
  return stock.flatMap(({ product, book, lots }) => {
    const rest = lots.reduce((left, { quantity }) => left - quantity, book)
    const counted: Counted[] = lots.map((lot) => ({ product, ...lot }))
    return rest > 0 || lots.length === 0 ? [...counted, { product, quantity: rest }] : counted
  })
}

export function messageOf(
  topic: 'inventory-updates' | 'pos-events',
  message_id: string,
  event: PosEvent | InventoryMovement,
  at: number,
  till: number,
  key: Key,
  number: number,
): Message {
  const value = Buffer.from(JSON.stringify(event))
  return { topic, store_id: event.store_id, message_id, at, value, lines: 1, key, number, till, amount: 0 }
}

/** When each local hour of a day is, as UTC. The hour that comes twice in autumn lasts two hours. */
export function spansOf(timeZone: string, day: number): Span[] {
  const begins = [...dayHours(timeZone, day), dayHours(timeZone, day + 1)[0]!]
  return Array.from({ length: HOURS }, (_, hour) => {
    const begin = begins[hour]!
    return { begin, end: begins.find((next) => next > begin)! }
  })
}

function firstWants({ hour, count }: Wants): Int32Array {
  const first = new Int32Array(HOURS + 1).fill(count)
  for (let index = count - 1; index >= 0; index--) first[hour[index]!] = index
  for (let h = HOURS - 1; h >= 0; h--) first[h] = Math.min(first[h]!, first[h + 1]!)
  return first
}
