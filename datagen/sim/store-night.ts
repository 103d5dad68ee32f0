/**
 * The evening of a store day: what was sold leaves the lots, what expires is thrown away, some goods are damaged or
 * gone, customers have brought some back, and what there is too much of goes to another store. Then the day's figures
 * are written down by product.
 */
import { THEFT_RUN, type WeekAnomalies } from './anomalies.ts'
import type { Anomaly, Conditions, CustomerReturn, DayConditions, Movement, Transfer } from './model.ts'
import { indexAt, uniformAt } from './random.ts'
import { LOTS, lotName, type Shelf } from './shelf.ts'
import { lists, type StoreRange } from './store-range.ts'
import type { DayArrays, StoreSlots } from './store-slots.ts'
import { DRAW, DRAWS } from './wants.ts'

/** How fast the average rate of sale follows the sales. */
const SMOOTHING = 0.1
/** Pieces or portions damaged, as share of those sold. */
const DAMAGE = 0.002
/** Goods that keep longer than this many days go back to the shelf, or to another store. */
const KEEPS_DAYS = 20
const RESALEABLE_SHARE = 0.7
/** A store that has more than this many days of sale of a SKU may give half of what is beyond `KEPT_COVER` away. */
const TOO_MUCH_COVER = 45
const KEPT_COVER = 30
/** Chance on each day of such a SKU, and the fewest pieces or portions for which a van goes. */
const TRANSFER_CHANCE = 0.02
const TRANSFER_LEAST = 3
const TRANSFER_DAYS = 2
/** Days since a piece that a customer brings back was bought. */
const RETURNED_AGE = 3

export interface NightOptions {
  conditions: Conditions
  range: StoreRange
  slots: StoreSlots
  shelf: Shelf
  book: Int32Array
  rate: Float64Array
  arrays: DayArrays
  /** Local hour after the last customer. */
  evening: number
}

export interface Night {
  today: DayConditions
  week: WeekAnomalies
  /** Both are added to. */
  movements: Movement[]
  anomalies: Anomaly[]
}

/** A function for each store. */
export function createNight({ conditions, range, slots, shelf, book, rate, arrays, evening }: NightOptions) {
  const { world, seed } = conditions
  const { store, product, low, high, portion } = range
  const { stock } = shelf
  const { shrinkage } = world.noise
  const categoryIndex = new Map(world.categories.map(({ category }, index) => [category, index]))
  const categoryOf = Int32Array.from(product, (index) => categoryIndex.get(world.products[index]!.category)!)
  const returnShare = Float64Array.from(categoryOf, (category) => world.categories[category]!.return_share)
  const neighbours = Array.from(world.stores.keys()).filter(
    (other) => other !== store && world.stores[other]!.cluster === world.stores[store]!.cluster,
  )

  return function close({ today, week, movements, anomalies }: Night) {
    const { day } = today
    const isOpen = today.storeFactor[store]! > 0
    const returns: CustomerReturn[] = []
    const sent: Transfer[] = []
    for (const values of Object.values(arrays)) values.fill(0)
    for (let slot = 0; slot < range.count; slot++) {
      const sold = slots.sold[slot]!
      let isBroughtBack = false
      if (isOpen && slots.onSale[slot] === 1) {
        isBroughtBack = bringBack(slot)
        if (stock[slot] === 0) slots.stockout[slot] = 1
        // Of a shelf that was empty from the morning on, the store learns nothing.
        else rate[slot]! += SMOOTHING * (sold - rate[slot]!)
      }
      const taken = sold + slots.stolen[slot]!
      if (taken > 0) shelf.take(slot, taken)
      book[slot]! -= sold
      if (sold > 0) {
        const chance = (DAMAGE * sold) / portion[slot]!
        if (drawn(slot, DRAW.damage) < chance) damage(slot)
        if (shrinkage > 0) steal(slot, Math.floor(sold * shrinkage + drawn(slot, DRAW.shrinkage)))
      }
      if (week.kind[slot] === THEFT_RUN && week.from[slot]! <= day && day <= week.to[slot]!) {
        const size = steal(slot, Math.ceil(stock[slot]! * week.size[slot]!))
        if (size > 0) anomalies.push({ kind: 'theft', store, product: product[slot]!, day, size })
      }
      if (stock[slot]! > 0) throwAway(slot)
      if (isBroughtBack) shelve(slot)
      if (isOpen && stock[slot]! > TOO_MUCH_COVER * rate[slot]!) giveAway(slot)
      writeDown(slot)
    }
    return { returns, sent }

    function drawn(slot: number, purpose: number): number {
      return uniformAt(low[slot]!, high[slot]!, day * DRAWS + purpose)
    }

    function move(slot: number, kind: Movement['kind'], quantity: number): void {
      book[slot]! += quantity
      movements.push({ kind, product: product[slot]!, quantity, hour: evening })
    }

    /** By what was sold on the days before. @returns whether a piece goes back to the shelf */
    function bringBack(slot: number): boolean {
      const mean = (returnShare[slot]! * rate[slot]!) / portion[slot]!
      if (drawn(slot, DRAW.returned) >= mean) return false
      const hours = conditions.hours(store, categoryOf[slot]!, day)
      const hour = indexAt(hours, drawn(slot, DRAW.returnHour))
      returns.push({ product: product[slot]!, quantity: portion[slot]!, hour })
      const isFitForSale = range.weighed[slot] === 0 && range.shelfLife[slot]! > KEEPS_DAYS
      return isFitForSale && drawn(slot, DRAW.resale) < RESALEABLE_SHARE
    }

    /** It was bought lately, so it keeps nearly as long as what came today. */
    function shelve(slot: number): void {
      const received = day - RETURNED_AGE
      const expires = received + range.shelfLife[slot]!
      shelf.add(slot, 1, expires, received)
      move(slot, 'return', 1)
      Object.assign(movements.at(-1)!, { lot: lotName(world, product[slot]!, received), expires })
    }

    function damage(slot: number): void {
      const quantity = Math.min(portion[slot]!, stock[slot]!)
      if (quantity === 0) return
      shelf.take(slot, quantity)
      move(slot, 'adjustment', -quantity)
    }

    /** The book does not know. @returns what there was to steal */
    function steal(slot: number, quantity: number): number {
      const size = Math.min(quantity, stock[slot]!)
      if (size > 0) shelf.take(slot, size)
      slots.stolen[slot]! += size
      return size
    }

    function throwAway(slot: number): void {
      const first = slot * LOTS
      while (shelf.lots[slot]! > 0 && shelf.expires[first]! <= day) {
        const quantity = shelf.quantity[first]!
        slots.wasted[slot]! += quantity
        const lot = lotName(world, product[slot]!, shelf.received[first]!)
        const expires = shelf.expires[first]!
        shelf.dropFirst(slot)
        move(slot, 'waste', -quantity)
        Object.assign(movements.at(-1)!, { lot, expires })
      }
    }

    /** The lot that keeps longest, so that it is of use to the other store. */
    function giveAway(slot: number): void {
      if (neighbours.length === 0 || range.shelfLife[slot]! <= KEEPS_DAYS || slots.onSale[slot] === 0) return
      if (drawn(slot, DRAW.transfer) >= TRANSFER_CHANCE) return
      const to = neighbours[Math.floor(drawn(slot, DRAW.transferTo) * neighbours.length)]!
      if (!lists(world, seed, to, product[slot]!)) return
      const last = slot * LOTS + shelf.lots[slot]! - 1
      const surplus = Math.floor((stock[slot]! - KEPT_COVER * rate[slot]!) / 2)
      const quantity = Math.min(surplus, shelf.quantity[last]!)
      const expires = shelf.expires[last]!
      if (quantity < TRANSFER_LEAST * portion[slot]! || expires < day + KEEPS_DAYS) return
      const lot = lotName(world, product[slot]!, shelf.received[last]!)
      shelf.takeLast(slot, quantity)
      move(slot, 'transfer', -quantity)
      Object.assign(movements.at(-1)!, { lot, expires })
      const due = day + TRANSFER_DAYS
      sent.push({ from: store, to, product: product[slot]!, quantity, lot, expires, due })
    }

    function writeDown(slot: number): void {
      const at = product[slot]!
      arrays.demand[at] = slots.demand[slot]!
      arrays.sold[at] = slots.sold[slot]!
      arrays.lost[at] = slots.lost[slot]!
      arrays.replaced[at] = slots.replaced[slot]!
      arrays.revenue[at] = slots.revenue[slot]!
      arrays.price[at] = slots.price[slot]!
      arrays.promotion[at] = slots.promotion[slot]!
      arrays.stockout[at] = slots.stockout[slot]!
      arrays.listed[at] = slots.onSale[slot]!
      arrays.onHand[at] = stock[slot]!
      arrays.book[at] = book[slot]!
      arrays.stolen[at] = slots.stolen[slot]!
      arrays.wasted[at] = slots.wasted[slot]!
    }
  }
}
