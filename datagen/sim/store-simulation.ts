/**
 * One store, day after day: what comes in the morning, what customers want and get, what the evening takes, and what
 * is ordered for the days to come.
 */
import type { TwinStore } from '../world/world.ts'
import { DROP, SPIKE, type WeekAnomalies } from './anomalies.ts'
import { happeningsByHour } from './happenings.ts'
import {
  type Anomaly,
  type Conditions,
  type DayConditions,
  type Happening,
  type Movement,
  PLAIN_POLICY,
  type ReorderPolicy,
  type StoreDay,
  type StoreSimulation,
  type Transfer,
} from './model.ts'
import { LOTS, lotName, lotReceived, Shelf } from './shelf.ts'
import { stockUp } from './shelf-start.ts'
import { createNight } from './store-night.ts'
import { COUNT_CYCLE, storeRange } from './store-range.ts'
import { type DayArrays, dayArrays, storeSlots } from './store-slots.ts'
import { openState, saveState } from './store-state.ts'
import { createTrading } from './store-trading.ts'
import { Suppliers } from './suppliers.ts'
import { createReorder } from './suppliers-reorder.ts'

export interface StoreSimulationOptions {
  /** World and seed are the conditions'. */
  conditions: Conditions
  store: number
  /** First day; a saved store goes on with its own next day. */
  from: number
  policy?: ReorderPolicy
  /** What `save` gave. */
  saved?: Uint8Array
  /** Of its own when absent. */
  arrays?: DayArrays
}

export function createStoreSimulation(options: StoreSimulationOptions): StoreSimulation {
  const { conditions, store } = options
  const { world, seed } = conditions
  const range = storeRange(world, seed, store)
  const arrays = options.arrays ?? dayArrays(world.products.length)
  const slots = storeSlots(range.count)
  const shelf = new Shelf(range.count)
  const suppliers = new Suppliers(world, seed, range)
  // By slot: what the store believes it has; pieces or grams that it sells a day, on an average that follows the sales.
  const book = new Int32Array(range.count)
  const rate = new Float64Array(range.count)
  const state = { world, seed, range, shelf, book, rate, suppliers }
  const { receiving, counting, evening } = workHours(world.stores[store]!)
  const trading = createTrading(conditions, range, slots, shelf)
  const closeDay = createNight({ conditions, range, slots, shelf, book, rate, arrays, evening })
  const reorder = createReorder(world, range, suppliers)
  const leaving = Array.from(range.product.keys()).filter(
    (slot) => world.products[range.product[slot]!]!.withdrawn_on !== undefined,
  )
  let day = options.from
  let incoming: Transfer[] = []
  let sent: readonly Transfer[] = []
  if (options.saved) restore(options.saved)
  else stockUp({ conditions, range, shelf, book, rate, day })

  return {
    store,
    get day() {
      return day
    },
    next,
    sent: () => sent,
    receive(transfer) {
      incoming.push(transfer)
    },
    save: () => saveState(state, day, incoming),
    restore,
    stock: () =>
      Array.from(range.product, (product, slot) => ({ product, book: book[slot]!, lots: lotsOf(slot) })),
    openOrders: () => suppliers.open.map((order) => suppliers.told(order)),
  }

  function lotsOf(slot: number) {
    return Array.from({ length: shelf.lots[slot]! }, (_, place) => {
      const at = slot * LOTS + place
      const lot = lotName(world, range.product[slot]!, shelf.received[at]!)
      return { lot, expires: shelf.expires[at]!, quantity: shelf.quantity[at]! }
    })
  }

  function restore(saved: Uint8Array): void {
    const opened = openState(state, saved)
    day = opened.day
    incoming = opened.incoming
    sent = []
  }

  function next({
    wants: keepsWants,
    happenings = [],
    orders = [],
    policy = options.policy ?? PLAIN_POLICY,
  }: Parameters<StoreSimulation['next']>[0]): StoreDay {
    const today = conditions.on(day)
    const movements: Movement[] = []
    const anomalies: Anomaly[] = []
    const posted = orders.flatMap((order) => suppliers.post(order))
    delay(happenings)
    if (today.storeFactor[store]! > 0) takeIn(movements)
    const week = trading.begin(today)
    labelDemand(today, week, anomalies)
    sendBack(movements)
    count(movements)

    const served =
      happenings.length > 0
        ? trading.serveStirred(today, happenings, anomalies)
        : keepsWants
          ? trading.serveAll(today)
          : trading.serveShort(today)

    const closed = closeDay({ today, week, movements, anomalies })
    sent = closed.sent
    const placed = policy.kind === 'plain' ? reorder({ day, policy, book, rate }) : []
    for (let slot = 0; slot < range.count; slot++) {
      arrays.onOrder[range.product[slot]!] = suppliers.onOrder[slot]!
    }
    day++
    return {
      store,
      day: today.day,
      conditions: today,
      ...arrays,
      anomalies,
      movements,
      returns: closed.returns,
      orders: [...posted, ...placed],
      ...(keepsWants && served ? { wants: served } : {}),
    }
  }

  /** A supplier in trouble when the store expects goods brings them later. */
  function delay(happenings: readonly Happening[]): void {
    if (happenings.length === 0) return
    const active = happeningsByHour(world, store, day, happenings)[receiving]!
    for (const { kind, supplier, strength } of active) {
      if (kind !== 'supplier_delay') continue
      const days = Math.max(1, Math.round(strength))
      const late = supplier === undefined ? world.suppliers.keys() : [supplier]
      for (const index of late) suppliers.delay(day, days, index)
    }
  }

  function takeIn(movements: Movement[]): void {
    suppliers.deliver(day, ({ slot, quantity, purchase_order_id }) => {
      const product = range.product[slot]!
      const expires = day + range.shelfLife[slot]!
      shelf.add(slot, quantity, expires, day)
      book[slot]! += quantity
      const lot = lotName(world, product, day)
      movements.push({ kind: 'receipt', product, quantity, hour: receiving, lot, expires, purchase_order_id })
    })
    if (incoming.length === 0) return
    for (const { due, product, quantity, lot, expires } of incoming) {
      if (due > day) continue
      const slot = range.slotOf[product]!
      shelf.add(slot, quantity, expires, lotReceived(lot))
      book[slot]! += quantity
      movements.push({ kind: 'transfer', product, quantity, hour: receiving, lot, expires })
    }
    incoming = incoming.filter(({ due }) => due > day)
  }

  function labelDemand(today: DayConditions, week: WeekAnomalies, anomalies: Anomaly[]): void {
    for (const slot of week.slots) {
      const kind = week.kind[slot] === SPIKE ? 'spike' : week.kind[slot] === DROP ? 'drop' : undefined
      if (!kind || today.day < week.from[slot]! || today.day > week.to[slot]!) continue
      if (slots.expected[slot] === 0) continue
      anomalies.push({ kind, store, product: range.product[slot]!, day, size: week.size[slot]! })
    }
  }

  /** What is not sold any more goes back to the supplier, and what the book has besides was never there. */
  function sendBack(movements: Movement[]): void {
    for (const slot of leaving) {
      if (day <= range.withdrawn[slot]! || slots.onSale[slot] === 1) continue
      const product = range.product[slot]!
      const quantity = shelf.stock[slot]!
      if (quantity > 0) {
        movements.push({ kind: 'adjustment', product, quantity: -quantity, hour: counting })
      }
      if (book[slot]! > quantity) movements.push({ kind: 'count', product, quantity: 0, hour: counting })
      shelf.take(slot, quantity)
      book[slot] = 0
    }
  }

  function count(movements: Movement[]): void {
    for (const slot of range.counted[day % COUNT_CYCLE]!) {
      const quantity = shelf.stock[slot]!
      if (slots.onSale[slot] === 0 && quantity === 0 && book[slot] === 0) continue
      movements.push({ kind: 'count', product: range.product[slot]!, quantity, hour: counting })
      book[slot] = quantity
    }
  }
}

/** Local hours at which a store does what customers do not see: before the first comes, and after the last. */
function workHours({ hours }: TwinStore): { receiving: number; counting: number; evening: number } {
  const [open, close] = hours as [number, number]
  return {
    receiving: Math.max(0, Math.min(5, open - 1)),
    counting: Math.max(0, Math.min(6, open - 1)),
    evening: Math.min(23, Math.max(21, close)),
  }
}
