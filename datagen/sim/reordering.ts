/**
 * The plain reorder rule by which a store lives when nobody plans for it: on a supplier's day of orders, what is on
 * the shelf by the book and on order is filled up to what an average rate of sale takes until the order after this
 * one has come, and some days besides.
 */
import type { World } from '../world/world.ts'
import type { PurchaseOrder, ReorderPolicy } from './model.ts'
import type { StoreRange } from './store-range.ts'
import { daysToOrder, type Suppliers } from './suppliers.ts'

/** Below it, what is left over is likely to be thrown away, so packs are not rounded up. */
const PERISHABLE_DAYS = 14
/** Goods that keep longer are as good as goods that keep this long when an order is topped up. */
const LONG_DAYS = 28

/** A store on the evening of a day. */
export interface Evening {
  day: number
  policy: ReorderPolicy
  /** By slot: what the store believes it has, and what it sells a day. */
  book: Int32Array
  rate: Float64Array
}

/** An order in the making. */
interface Draft {
  slots: number[]
  quantities: number[]
  /** Minor units. */
  total: number
  /** Whether something would run out before the supplier's next day of orders brings it. */
  isUrgent: boolean
}

export class Reordering {
  readonly #world: World
  readonly #range: StoreRange
  readonly #suppliers: Suppliers
  readonly #store_id: string
  /** By supplier: the slots of what it brings. */
  readonly #slots: readonly Int32Array[]
  /** By slot: minor units of a piece or a gram. */
  readonly #cost: Float64Array

  constructor(world: World, range: StoreRange, suppliers: Suppliers) {
    this.#world = world
    this.#range = range
    this.#suppliers = suppliers
    this.#store_id = world.stores[range.store]!.store_id
    this.#slots = world.suppliers.map((_, supplier) => {
      const slots = Array.from(range.supplier.keys()).filter((slot) => range.supplier[slot] === supplier)
      return Int32Array.from(slots)
    })
    this.#cost = Float64Array.from(range.product, (product) => {
      const item = world.products[product]!
      return item.unit === 'each' ? item.cost : item.cost / 1000
    })
  }

  /** Places the orders of a day. */
  place(evening: Evening): PurchaseOrder[] {
    const orders: PurchaseOrder[] = []
    const { day } = evening
    for (const [
      supplier,
      { supplier_id, order_weekdays, minimum_order },
    ] of this.#world.suppliers.entries()) {
      if (this.#slots[supplier]!.length === 0 || daysToOrder(order_weekdays, day) > 0) continue
      const draft = this.#draft(supplier, evening)
      if (draft.total < minimum_order) {
        // An order below the minimum waits for the supplier's next day, unless it is urgent.
        if (!draft.isUrgent) continue
        this.#topUp(draft, supplier, evening)
      }
      if (draft.slots.length === 0) continue
      const { slots, quantities } = draft
      const purchase_order_id = `${this.#store_id}-${day}-${supplier_id}`
      orders.push(this.#suppliers.place({ purchase_order_id, supplier, slots, quantities }, day))
    }
    return orders
  }

  #draft(supplier: number, { day, policy, book, rate }: Evening): Draft {
    const { shelfLife, portion, pack } = this.#range
    const { lead, review } = this.#termsOf(supplier, day)
    const draft: Draft = { slots: [], quantities: [], total: 0, isUrgent: false }
    for (const slot of this.#slots[supplier]!) {
      if (!this.#isOrdered(slot, day, lead + review)) continue
      const position = book[slot]! + this.#suppliers.onOrder[slot]!
      const sale = rate[slot]!
      const life = shelfLife[slot]!
      const cover = Math.min(lead + review + policy.safetyDays, lead + life)
      // One piece or portion more, so that there is something to show.
      const packs = (sale * cover + portion[slot]! - position) / pack[slot]!
      if (packs <= 0) continue
      const isShort = position < sale * (lead + review)
      let whole = life < PERISHABLE_DAYS ? Math.round(packs) : Math.ceil(packs)
      if (whole === 0 && isShort) whole = 1
      if (whole === 0) continue
      draft.slots.push(slot)
      draft.quantities.push(whole * pack[slot]!)
      draft.total += whole * pack[slot]! * this.#cost[slot]!
      draft.isUrgent ||= position < sale * lead
    }
    return draft
  }

  /** By a pack of what would be sold first, again and again, until the order has the supplier's minimum. */
  #topUp(draft: Draft, supplier: number, { day, book, rate }: Evening): void {
    const { shelfLife, pack } = this.#range
    const { minimum_order } = this.#world.suppliers[supplier]!
    const { lead, review } = this.#termsOf(supplier, day)
    const ordered = new Map(draft.slots.map((slot, line) => [slot, draft.quantities[line]!]))
    const coverOf = (slot: number) => {
      const position = book[slot]! + this.#suppliers.onOrder[slot]! + (ordered.get(slot) ?? 0)
      return position / (rate[slot]! * Math.min(shelfLife[slot]!, LONG_DAYS))
    }
    const choices = Array.from(this.#slots[supplier]!).filter(
      (slot) => rate[slot]! > 0 && this.#isOrdered(slot, day, lead + review),
    )
    const covers = choices.map(coverOf)
    while (draft.total < minimum_order) {
      let least = 0
      for (let choice = 1; choice < covers.length; choice++) {
        if (covers[choice]! < covers[least]!) least = choice
      }
      const slot = choices[least]!
      ordered.set(slot, (ordered.get(slot) ?? 0) + pack[slot]!)
      draft.total += pack[slot]! * this.#cost[slot]!
      covers[least] = coverOf(slot)
    }
    draft.slots = [...ordered.keys()]
    draft.quantities = [...ordered.values()]
  }

  /** In days. */
  #termsOf(supplier: number, day: number): { lead: number; review: number } {
    const { lead_time_days, order_weekdays } = this.#world.suppliers[supplier]!
    return { lead: lead_time_days.usual, review: 1 + daysToOrder(order_weekdays, day + 1) }
  }

  /** From early enough for the first day of sale, and for as long as an order comes in time for the last. */
  #isOrdered(slot: number, day: number, ahead: number): boolean {
    return day + ahead + 1 >= this.#range.launched[slot]! && day + ahead <= this.#range.withdrawn[slot]!
  }
}
