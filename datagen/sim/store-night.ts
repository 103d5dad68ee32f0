/**
 * The evening of a store day: what was sold leaves the lots, what expires is thrown away, some goods are damaged or
 * gone, customers have brought some back, and what there is too much of goes to another store. Then the day's figures
 * are written down by product.
 */
import { THEFT_RUN, type WeekAnomalies } from './anomalies.ts'
import type { Anomaly, Conditions, CustomerReturn, DayConditions, Movement, Transfer } from './model.ts'
import { indexAt, uniformAt } from './random.ts'
import { LOTS, lotName } from './shelf.ts'
import { lists } from './store-range.ts'
import type { DayArrays, StoreSlots } from './store-slots.ts'
import type { StoreState } from './store-state.ts'
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

/** What the evening of a day is about. Movements and anomalies are added to. */
interface Evening {
  today: DayConditions
  week: WeekAnomalies
  movements: Movement[]
  anomalies: Anomaly[]
}

export class Night {
  readonly #conditions: Conditions
  readonly #state: StoreState
  readonly #slots: StoreSlots
  readonly #arrays: DayArrays
  readonly #hour: number
  /** By slot. */
  readonly #category: Int32Array
  readonly #returnShare: Float64Array
  /** Other stores of the cluster. */
  readonly #neighbours: readonly number[]
  // Of the day that is closed.
  #day = 0
  #movements: Movement[] = []
  #returns: CustomerReturn[] = []
  #transfers: Transfer[] = []

  /** @param hour local hour after the last customer */
  constructor(conditions: Conditions, state: StoreState, slots: StoreSlots, arrays: DayArrays, hour: number) {
    const { stores, products, categories } = conditions.world
    const { store, product } = state.range
    this.#conditions = conditions
    this.#state = state
    this.#slots = slots
    this.#arrays = arrays
    this.#hour = hour
    const categoryIndex = new Map(categories.map(({ category }, index) => [category, index]))
    this.#category = Int32Array.from(product, (index) => categoryIndex.get(products[index]!.category)!)
    this.#returnShare = Float64Array.from(this.#category, (category) => categories[category]!.return_share)
    this.#neighbours = Array.from(stores.keys()).filter(
      (other) => other !== store && stores[other]!.cluster === stores[store]!.cluster,
    )
  }

  /** @returns what customers brought back, and what goes to other stores */
  close({ today, week, movements, anomalies }: Evening): {
    returns: readonly CustomerReturn[]
    transfers: readonly Transfer[]
  } {
    const { range, shelf, rate } = this.#state
    const { stock } = shelf
    const { day } = today
    const isOpen = today.storeFactor[range.store]! > 0
    this.#day = day
    this.#movements = movements
    this.#returns = []
    this.#transfers = []
    for (const values of Object.values(this.#arrays)) values.fill(0)
    for (let slot = 0; slot < range.count; slot++) {
      const isReturned = this.#sellOut(slot, isOpen)
      if (week.kind[slot] === THEFT_RUN && week.from[slot]! <= day && day <= week.to[slot]!) {
        const size = this.#steal(slot, Math.ceil(stock[slot]! * week.size[slot]!))
        const product = range.product[slot]!
        if (size > 0) anomalies.push({ kind: 'theft', store: range.store, product, day, size })
      }
      if (stock[slot]! > 0) this.#throwAway(slot)
      if (isReturned) this.#shelve(slot)
      if (isOpen && stock[slot]! > TOO_MUCH_COVER * rate[slot]!) this.#giveAway(slot)
      this.#writeDown(slot)
    }
    return { returns: this.#returns, transfers: this.#transfers }
  }

  /** What was sold leaves the lots, and some goods are damaged or gone. @returns whether a piece goes back to the shelf */
  #sellOut(slot: number, isOpen: boolean): boolean {
    const { world, range, shelf, book, rate } = this.#state
    const { shrinkage } = world.noise
    const slots = this.#slots
    const sold = slots.sold[slot]!
    let isReturned = false
    if (isOpen && slots.onSale[slot] === 1) {
      isReturned = this.#bringBack(slot)
      if (shelf.stock[slot] === 0) slots.stockout[slot] = 1
      // Of a shelf that was empty from the morning on, the store learns nothing.
      else rate[slot]! += SMOOTHING * (sold - rate[slot]!)
    }
    const outflow = sold + slots.stolen[slot]!
    if (outflow > 0) shelf.take(slot, outflow)
    book[slot]! -= sold
    if (sold > 0) {
      const chance = (DAMAGE * sold) / range.portion[slot]!
      if (this.#share(slot, DRAW.damage) < chance) this.#damage(slot)
      if (shrinkage > 0) this.#steal(slot, Math.floor(sold * shrinkage + this.#share(slot, DRAW.shrinkage)))
    }
    return isReturned
  }

  /** What is drawn for a slot's day, from 0 to 1. */
  #share(slot: number, purpose: number): number {
    const { low, high } = this.#state.range
    return uniformAt(low[slot]!, high[slot]!, this.#day * DRAWS + purpose)
  }

  #move(
    slot: number,
    kind: Movement['kind'],
    quantity: number,
    lot?: { lot: string; expires: number },
  ): void {
    this.#state.book[slot]! += quantity
    const product = this.#state.range.product[slot]!
    this.#movements.push({ kind, product, quantity, hour: this.#hour, ...lot })
  }

  /** By what was sold on the days before. @returns whether a piece goes back to the shelf */
  #bringBack(slot: number): boolean {
    const { range, rate } = this.#state
    const mean = (this.#returnShare[slot]! * rate[slot]!) / range.portion[slot]!
    if (this.#share(slot, DRAW.returned) >= mean) return false
    const hours = this.#conditions.hours(range.store, this.#category[slot]!, this.#day)
    const hour = indexAt(hours, this.#share(slot, DRAW.returnHour))
    this.#returns.push({ product: range.product[slot]!, quantity: range.portion[slot]!, hour })
    const isFitForSale = range.weighed[slot] === 0 && range.shelfLife[slot]! > KEEPS_DAYS
    return isFitForSale && this.#share(slot, DRAW.resale) < RESALEABLE_SHARE
  }

  /** It was bought lately, so it keeps nearly as long as what came today. */
  #shelve(slot: number): void {
    const { world, range, shelf } = this.#state
    const received = this.#day - RETURNED_AGE
    const expires = received + range.shelfLife[slot]!
    shelf.add(slot, 1, expires, received)
    this.#move(slot, 'return', 1, { lot: lotName(world, range.product[slot]!, received), expires })
  }

  #damage(slot: number): void {
    const { range, shelf } = this.#state
    const quantity = Math.min(range.portion[slot]!, shelf.stock[slot]!)
    if (quantity === 0) return
    shelf.take(slot, quantity)
    this.#move(slot, 'adjustment', -quantity)
  }

  /** The book does not know. @returns what there was to steal */
  #steal(slot: number, quantity: number): number {
    const { shelf } = this.#state
    const size = Math.min(quantity, shelf.stock[slot]!)
    if (size > 0) shelf.take(slot, size)
    this.#slots.stolen[slot]! += size
    return size
  }

  #throwAway(slot: number): void {
    const { world, range, shelf } = this.#state
    const first = slot * LOTS
    while (shelf.lots[slot]! > 0 && shelf.expires[first]! <= this.#day) {
      const quantity = shelf.quantity[first]!
      this.#slots.wasted[slot]! += quantity
      const lot = lotName(world, range.product[slot]!, shelf.received[first]!)
      const expires = shelf.expires[first]!
      shelf.dropFirst(slot)
      this.#move(slot, 'waste', -quantity, { lot, expires })
    }
  }

  /** The lot that keeps longest, so that it is of use to the other store. */
  #giveAway(slot: number): void {
    const { world, seed, range, shelf, rate } = this.#state
    const neighbours = this.#neighbours
    if (neighbours.length === 0 || range.shelfLife[slot]! <= KEEPS_DAYS) return
    if (this.#slots.onSale[slot] === 0) return
    if (this.#share(slot, DRAW.transfer) >= TRANSFER_CHANCE) return
    const to = neighbours[Math.floor(this.#share(slot, DRAW.transferTo) * neighbours.length)]!
    const product = range.product[slot]!
    if (!lists(world, seed, to, product)) return
    const last = slot * LOTS + shelf.lots[slot]! - 1
    const surplus = Math.floor((shelf.stock[slot]! - KEPT_COVER * rate[slot]!) / 2)
    const quantity = Math.min(surplus, shelf.quantity[last]!)
    const expires = shelf.expires[last]!
    if (quantity < TRANSFER_LEAST * range.portion[slot]! || expires < this.#day + KEEPS_DAYS) return
    const lot = lotName(world, product, shelf.received[last]!)
    shelf.takeLast(slot, quantity)
    this.#move(slot, 'transfer', -quantity, { lot, expires })
    const due = this.#day + TRANSFER_DAYS
    this.#transfers.push({ from: range.store, to, product, quantity, lot, expires, due })
  }

  #writeDown(slot: number): void {
    const { range, shelf, book } = this.#state
    const arrays = this.#arrays
    const slots = this.#slots
    const at = range.product[slot]!
    arrays.demand[at] = slots.demand[slot]!
    arrays.sold[at] = slots.sold[slot]!
    arrays.lost[at] = slots.lost[slot]!
    arrays.replaced[at] = slots.replaced[slot]!
    arrays.revenue[at] = slots.revenue[slot]!
    arrays.price[at] = slots.price[slot]!
    arrays.promotion[at] = slots.promotion[slot]!
    arrays.stockout[at] = slots.stockout[slot]!
    arrays.listed[at] = slots.onSale[slot]!
    arrays.onHand[at] = shelf.stock[slot]!
    arrays.book[at] = book[slot]!
    arrays.stolen[at] = slots.stolen[slot]!
    arrays.wasted[at] = slots.wasted[slot]!
  }
}
