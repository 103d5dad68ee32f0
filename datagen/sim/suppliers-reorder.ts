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

export interface Reorder {
  day: number
  policy: ReorderPolicy
  /** By slot: what the store believes it has, and what it sells a day. */
  book: Int32Array
  rate: Float64Array
}

/** A function for each store, that places the orders of a day with its suppliers. */
export function createReorder(world: World, range: StoreRange, suppliers: Suppliers) {
  const { store_id } = world.stores[range.store]!
  const bySupplier = world.suppliers.map((_, supplier) => {
    const slots = Array.from(range.supplier.keys()).filter((slot) => range.supplier[slot] === supplier)
    return Int32Array.from(slots)
  })
  // Minor units of a piece or a gram.
  const cost = Float64Array.from(range.product, (product) => {
    const item = world.products[product]!
    return item.unit === 'each' ? item.cost : item.cost / 1000
  })

  return function place(reorder: Reorder): PurchaseOrder[] {
    const placed: PurchaseOrder[] = []
    for (const [supplier, terms] of world.suppliers.entries()) {
      if (bySupplier[supplier]!.length === 0 || daysToOrder(terms.order_weekdays, reorder.day) > 0) continue
      const lines = linesFor(supplier, reorder)
      if (lines.slots.length === 0) continue
      const purchase_order_id = `${store_id}-${reorder.day}-${terms.supplier_id}`
      placed.push(suppliers.place({ purchase_order_id, supplier, ...lines }, reorder.day))
    }
    return placed
  }

  function linesFor(supplier: number, { day, policy, book, rate }: Reorder) {
    const { lead_time_days, order_weekdays, minimum_order } = world.suppliers[supplier]!
    const lead = lead_time_days.usual
    const review = 1 + daysToOrder(order_weekdays, day + 1)
    const slots: number[] = []
    const quantities: number[] = []
    let total = 0
    let isUrgent = false
    for (const slot of bySupplier[supplier]!) {
      if (!isOrdered(slot, day, lead + review)) continue
      const position = book[slot]! + suppliers.onOrder[slot]!
      const sale = rate[slot]!
      const life = range.shelfLife[slot]!
      const cover = Math.min(lead + review + policy.safetyDays, lead + life)
      // One piece or portion more, so that there is something to show.
      const packs = (sale * cover + range.portion[slot]! - position) / range.pack[slot]!
      if (packs <= 0) continue
      const isShort = position < sale * (lead + review)
      let whole = life < PERISHABLE_DAYS ? Math.round(packs) : Math.ceil(packs)
      if (whole === 0 && isShort) whole = 1
      if (whole === 0) continue
      slots.push(slot)
      quantities.push(whole * range.pack[slot]!)
      total += whole * range.pack[slot]! * cost[slot]!
      isUrgent ||= position < sale * lead
    }
    if (total >= minimum_order) return { slots, quantities }
    // An order below the minimum waits for the supplier's next day, unless something would run out before it comes.
    if (!isUrgent) return { slots: [], quantities: [] }
    return toppedUp()

    /** By a pack of what would be sold first, again and again. */
    function toppedUp() {
      const more = new Map(slots.map((slot, line) => [slot, quantities[line]!]))
      const choices = Array.from(bySupplier[supplier]!).filter(
        (slot) => rate[slot]! > 0 && isOrdered(slot, day, lead + review),
      )
      const covers = choices.map((slot) => coverOf(slot))
      while (total < minimum_order) {
        let least = 0
        for (let choice = 1; choice < covers.length; choice++) {
          if (covers[choice]! < covers[least]!) least = choice
        }
        const slot = choices[least]!
        more.set(slot, (more.get(slot) ?? 0) + range.pack[slot]!)
        total += range.pack[slot]! * cost[slot]!
        covers[least] = coverOf(slot)
      }
      return { slots: [...more.keys()], quantities: [...more.values()] }

      function coverOf(slot: number): number {
        const position = book[slot]! + suppliers.onOrder[slot]! + (more.get(slot) ?? 0)
        return position / (rate[slot]! * Math.min(range.shelfLife[slot]!, LONG_DAYS))
      }
    }
  }

  /** From early enough for the first day of sale, and for as long as an order comes in time for the last. */
  function isOrdered(slot: number, day: number, ahead: number): boolean {
    return day + ahead + 1 >= range.launched[slot]! && day + ahead <= range.withdrawn[slot]!
  }
}
