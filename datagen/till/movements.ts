/** Stock movements of a store as messages. */
import { dateOf, instant } from '@shelfcast/contracts/dates'
import type { InventoryMovement } from '@shelfcast/contracts/events'
import type { Movement, StockLevel } from '../sim/model.ts'
import { type Key, keyOf, uniformAt } from '../sim/random.ts'
import type { World } from '../world/world.ts'
import { DRAWS } from './draws.ts'
import { AFTER_SALES_MS, BEFORE_SALES_MS } from './service.ts'
import { type Message, messageOf, type StoreHour } from './store-hour.ts'

const HOURS = 24

/** In the order in which they happened: before noon before what is sold in their hour, later after it. */
export function* movementMessages(
  world: World,
  store: { key: Key; store_id: string },
  storeHour: StoreHour,
): Generator<Message> {
  const { day, hour, slice, id } = storeHour
  const movements = storeHour.movements.get(hour)
  if (!movements) return
  const key = keyOf(store.key, 'movements', day.day * HOURS + hour)
  const [first, length] = timeOfMovements(storeHour)
  for (const [index, movement] of movements.entries()) {
    const share = (index + uniformAt(...key, index * DRAWS)) / movements.length
    const at = first + Math.floor(share * length)
    if (at < slice.begin || at >= slice.end) continue
    const event = movementEvent(world, store.store_id, id('M', index + 1), at, movement)
    yield messageOf(event, at, key, index)
  }
}

/** @returns its begin and its length */
function timeOfMovements({ hour, span, open }: StoreHour): [number, number] {
  const isOpen = open && open.first <= hour && hour <= open.last
  if (!isOpen) return [span.begin, span.end - span.begin]
  return hour < 12 ? [span.begin, BEFORE_SALES_MS] : [span.end - AFTER_SALES_MS, AFTER_SALES_MS]
}

/**
 * The stock that a day begins with, as a count of each lot.
 * @param day its number and when it begins
 * @param id by number, from 1
 */
export function* openingMessages(
  world: World,
  store: { key: Key; store_id: string },
  day: { number: number; begin: number },
  stock: readonly StockLevel[],
  id: (number: number) => string,
): Generator<Message> {
  const key = keyOf(store.key, 'opening', day.number)
  for (const [index, count] of openingCounts(stock).entries()) {
    // The last moment of the day before: the count has nothing of what this day moves.
    const event = movementEvent(world, store.store_id, id(index + 1), day.begin - 1, count)
    yield messageOf(event, day.begin, key, index)
  }
}

/** Of each product what its lots hold, and what the book has besides; 0 where there is nothing. */
function openingCounts(stock: readonly StockLevel[]): Omit<Movement, 'hour'>[] {
  const kind = 'count'
  return stock.flatMap(({ product, book, lots }) => {
    const rest = lots.reduce((left, { quantity }) => left - quantity, book)
    const counts: Omit<Movement, 'hour'>[] = lots.map((lot) => ({ kind, product, ...lot }))
    return rest > 0 || lots.length === 0 ? [...counts, { kind, product, quantity: rest }] : counts
  })
}

function movementEvent(
  { products }: World,
  store_id: string,
  movement_id: string,
  at: number,
  { kind, product, quantity, lot, expires, purchase_order_id }: Omit<Movement, 'hour'>,
): InventoryMovement {
  const { sku, unit } = products[product]!
  return {
    movement_id,
    kind,
    store_id,
    sku,
    event_time: instant(at),
    quantity,
    unit,
    ...(lot !== undefined && { lot }),
    ...(expires !== undefined && { expires_on: dateOf(expires) }),
    ...(purchase_order_id !== undefined && { purchase_order_id }),
  }
}
