/**
 * One store, day after day: what comes in the morning, what customers want and get, what the evening takes, and what
 * is ordered for the days to come.
 */
import type { TwinStore, World } from '../world/world.ts'
import { DROP, SPIKE, type WeekAnomalies } from './anomalies.ts'
import { happeningsByHour } from './happenings.ts'
import {
  type Anomaly,
  type Conditions,
  type DayConditions,
  type Happening,
  type Movement,
  PLAIN_POLICY,
  type PostedOrder,
  type PurchaseOrder,
  type ReorderPolicy,
  type StockLevel,
  type StoreDay,
  type Transfer,
} from './model.ts'
import { Reordering } from './reordering.ts'
import { LOTS, lotName, lotReceived, Shelf } from './shelf.ts'
import { stockUp } from './shelf-start.ts'
import { Night } from './store-night.ts'
import { COUNT_CYCLE, type StoreRange, storeRange } from './store-range.ts'
import { type DayArrays, dayArrays, type StoreSlots, storeSlots } from './store-slots.ts'
import { openState, type StoreState, saveState } from './store-state.ts'
import { Trading } from './store-trading.ts'
import { Suppliers } from './suppliers.ts'

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

/**
 * One store, day after day. The state between two days is all it needs to go on: `save` gives it, and a store made of
 * it goes on. Nothing is drawn from a stream that runs on, so a store opened again goes on exactly as it would have.
 */
export class StoreSimulation {
  readonly store: number
  readonly #conditions: Conditions
  readonly #world: World
  readonly #range: StoreRange
  readonly #arrays: DayArrays
  readonly #slots: StoreSlots
  readonly #shelf: Shelf
  readonly #suppliers: Suppliers
  /** By slot: what the store believes it has. */
  readonly #book: Int32Array
  /** By slot: pieces or grams that it sells a day, on an average that follows the sales. */
  readonly #rate: Float64Array
  readonly #state: StoreState
  readonly #workHours: WorkHours
  readonly #trading: Trading
  readonly #night: Night
  readonly #reordering: Reordering
  readonly #policy: ReorderPolicy
  /** Slots of products that will not be sold for ever. */
  readonly #leaving: readonly number[]
  #day: number
  #incoming: Transfer[] = []
  #outgoing: readonly Transfer[] = []

  constructor(options: StoreSimulationOptions) {
    const { conditions, store, from, policy = PLAIN_POLICY, saved } = options
    const { world, seed } = conditions
    const range = storeRange(world, seed, store)
    this.store = store
    this.#conditions = conditions
    this.#world = world
    this.#range = range
    this.#arrays = options.arrays ?? dayArrays(world.products.length)
    this.#slots = storeSlots(range.count)
    this.#shelf = new Shelf(range.count)
    this.#suppliers = new Suppliers(world, seed, range)
    this.#book = new Int32Array(range.count)
    this.#rate = new Float64Array(range.count)
    this.#state = {
      world,
      seed,
      range,
      shelf: this.#shelf,
      book: this.#book,
      rate: this.#rate,
      suppliers: this.#suppliers,
    }
    this.#workHours = workHours(world.stores[store]!)
    this.#trading = new Trading(conditions, range, this.#slots, this.#shelf)
    this.#night = new Night(conditions, this.#state, this.#slots, this.#arrays, this.#workHours.evening)
    this.#reordering = new Reordering(world, range, this.#suppliers)
    this.#policy = policy
    this.#leaving = Array.from(range.product.keys()).filter(
      (slot) => world.products[range.product[slot]!]!.withdrawn_on !== undefined,
    )
    this.#day = from
    if (saved) this.restore(saved)
    else stockUp({ conditions, range, shelf: this.#shelf, book: this.#book, rate: this.#rate, day: from })
  }

  /** The day that comes next. */
  get day(): number {
    return this.#day
  }

  /** Transfers that this store sent on the day before `day`; they arrive at `to` on the day named. */
  sent(): readonly Transfer[] {
    return this.#outgoing
  }

  receive(transfer: Transfer): void {
    this.#incoming.push(transfer)
  }

  save(): Uint8Array {
    return saveState(this.#state, this.#day, this.#incoming)
  }

  /** Goes on from what `save` gave, as a store opened with it would. */
  restore(saved: Uint8Array): void {
    const { day, incoming } = openState(this.#state, saved)
    this.#day = day
    this.#incoming = incoming
    this.#outgoing = []
  }

  /** What the store believes it has before `day`, product by product of all that it lists. */
  stock(): StockLevel[] {
    return Array.from(this.#range.product, (product, slot) => ({
      product,
      book: this.#book[slot]!,
      lots: this.#lotsOf(slot),
    }))
  }

  /** Orders on their way before `day`. */
  openOrders(): PurchaseOrder[] {
    return this.#suppliers.open.map((order) => this.#suppliers.purchaseOrder(order))
  }

  /**
   * Simulates the next day.
   * @param options.wants whether to keep the wants of all products, which the live stream needs
   * @param options.happenings of this store and day; what they change begins at their hour
   * @param options.orders posted since the last day began, and before this one ends
   * @param options.policy how it reorders at the end of this day; as it was created when absent
   * The arrays of the result are used again by the next call.
   */
  next(options: {
    wants: boolean
    happenings?: readonly Happening[]
    orders?: readonly PostedOrder[]
    policy?: ReorderPolicy
  }): StoreDay {
    const { happenings = [], orders = [], policy = this.#policy } = options
    const day = this.#day
    const today = this.#conditions.on(day)
    const movements: Movement[] = []
    const anomalies: Anomaly[] = []
    const posted = orders.flatMap((order) => this.#suppliers.post(order))
    this.#delay(happenings)
    if (today.storeFactor[this.store]! > 0) this.#takeIn(movements)
    const week = this.#trading.begin(today)
    this.#labelDemand(today, week, anomalies)
    this.#sendBack(movements)
    this.#count(movements)

    const wants =
      happenings.length > 0
        ? this.#trading.serveStirred(today, happenings, anomalies)
        : options.wants
          ? this.#trading.serveAll(today)
          : this.#trading.serveShort(today)

    const { returns, transfers } = this.#night.close({ today, week, movements, anomalies })
    this.#outgoing = transfers
    const placed =
      policy.kind === 'plain'
        ? this.#reordering.place({ day, policy, book: this.#book, rate: this.#rate })
        : []
    for (let slot = 0; slot < this.#range.count; slot++) {
      this.#arrays.onOrder[this.#range.product[slot]!] = this.#suppliers.onOrder[slot]!
    }
    this.#day++
    return {
      store: this.store,
      day,
      conditions: today,
      ...this.#arrays,
      anomalies,
      movements,
      returns,
      orders: [...posted, ...placed],
      ...(options.wants && wants ? { wants } : {}),
    }
  }

  #lotsOf(slot: number): StockLevel['lots'] {
    const shelf = this.#shelf
    return Array.from({ length: shelf.lots[slot]! }, (_, place) => {
      const at = slot * LOTS + place
      const lot = lotName(this.#world, this.#range.product[slot]!, shelf.received[at]!)
      return { lot, expires: shelf.expires[at]!, quantity: shelf.quantity[at]! }
    })
  }

  /** A supplier in trouble when the store expects goods brings them later. */
  #delay(happenings: readonly Happening[]): void {
    if (happenings.length === 0) return
    const byHour = happeningsByHour(this.#world, this.store, this.#day, happenings)
    for (const { kind, supplier, strength } of byHour[this.#workHours.receiving]!) {
      if (kind !== 'supplier_delay') continue
      const days = Math.max(1, Math.round(strength))
      const late = supplier === undefined ? this.#world.suppliers.keys() : [supplier]
      for (const index of late) this.#suppliers.delay(this.#day, days, index)
    }
  }

  #takeIn(movements: Movement[]): void {
    const day = this.#day
    const range = this.#range
    const hour = this.#workHours.receiving
    this.#suppliers.deliver(day, ({ slot, quantity, purchase_order_id }) => {
      const product = range.product[slot]!
      const expires = day + range.shelfLife[slot]!
      this.#shelf.add(slot, quantity, expires, day)
      this.#book[slot]! += quantity
      const lot = lotName(this.#world, product, day)
      movements.push({ kind: 'receipt', product, quantity, hour, lot, expires, purchase_order_id })
    })
    if (this.#incoming.length === 0) return
    for (const { due, product, quantity, lot, expires } of this.#incoming) {
      if (due > day) continue
      const slot = range.slotOf[product]!
      this.#shelf.add(slot, quantity, expires, lotReceived(lot))
      this.#book[slot]! += quantity
      movements.push({ kind: 'transfer', product, quantity, hour, lot, expires })
    }
    this.#incoming = this.#incoming.filter(({ due }) => due > day)
  }

  #labelDemand({ day }: DayConditions, week: WeekAnomalies, anomalies: Anomaly[]): void {
    for (const slot of week.slots) {
      const kind = week.kind[slot] === SPIKE ? 'spike' : week.kind[slot] === DROP ? 'drop' : undefined
      if (!kind || day < week.from[slot]! || day > week.to[slot]!) continue
      if (this.#slots.expected[slot] === 0) continue
      const product = this.#range.product[slot]!
      anomalies.push({ kind, store: this.store, product, day, size: week.size[slot]! })
    }
  }

  /** What is not sold any more goes back to the supplier, and what the book has besides was never there. */
  #sendBack(movements: Movement[]): void {
    const hour = this.#workHours.counting
    for (const slot of this.#leaving) {
      if (this.#day <= this.#range.withdrawn[slot]! || this.#slots.onSale[slot] === 1) continue
      const product = this.#range.product[slot]!
      const quantity = this.#shelf.stock[slot]!
      if (quantity > 0) movements.push({ kind: 'adjustment', product, quantity: -quantity, hour })
      if (this.#book[slot]! > quantity) movements.push({ kind: 'count', product, quantity: 0, hour })
      this.#shelf.take(slot, quantity)
      this.#book[slot] = 0
    }
  }

  #count(movements: Movement[]): void {
    const hour = this.#workHours.counting
    for (const slot of this.#range.counted[this.#day % COUNT_CYCLE]!) {
      const quantity = this.#shelf.stock[slot]!
      if (this.#slots.onSale[slot] === 0 && quantity === 0 && this.#book[slot] === 0) continue
      movements.push({ kind: 'count', product: this.#range.product[slot]!, quantity, hour })
      this.#book[slot] = quantity
    }
  }
}

interface WorkHours {
  receiving: number
  counting: number
  evening: number
}

/** Local hours at which a store does what customers do not see: before the first comes, and after the last. */
function workHours({ hours }: TwinStore): WorkHours {
  const [open, close] = hours as [number, number]
  return {
    receiving: Math.max(0, Math.min(5, open - 1)),
    counting: Math.max(0, Math.min(6, open - 1)),
    evening: Math.min(23, Math.max(21, close)),
  }
}
