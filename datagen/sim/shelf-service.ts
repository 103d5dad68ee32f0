/**
 * Customers at the shelf, one after the other: each gets what is there, and for what is missing takes another product
 * of the category, or goes without. What happens in an hour depends on nothing that comes later.
 */
import type { World } from '../world/world.ts'
import { lineAmounts } from './amounts.ts'
import type { DayConditions } from './model.ts'
import { uniformAt } from './random.ts'
import type { StoreRange } from './store-range.ts'
import type { StoreSlots } from './store-slots.ts'
import { DRAW, DRAWS, type WantList } from './wants.ts'

/** What the customers of a day, or of a category of it, are served by. */
export interface Serving {
  conditions: DayConditions
  wants: WantList
  /** By hour: shelf prices by slot. */
  prices: readonly Int32Array[]
  /** What happens to the shelf when an hour begins. */
  onHour?: (hour: number) => void
  /** By hour: whether no till works, so that all put back what they hold. */
  unpaid?: readonly boolean[]
}

const NONE = -1
const UNKNOWN = -2

export class ShelfService {
  readonly #world: World
  readonly #range: StoreRange
  readonly #slots: StoreSlots
  readonly #stock: Int32Array
  /** By slot. */
  readonly #category: Int32Array
  /** While a substitute is chosen: by slot of the category, added up. */
  readonly #weights: Float64Array

  constructor(world: World, range: StoreRange, slots: StoreSlots, stock: Int32Array) {
    const { categories, products } = world
    const { product, first } = range
    this.#world = world
    this.#range = range
    this.#slots = slots
    this.#stock = stock
    const categoryIndex = new Map(categories.map(({ category }, index) => [category, index]))
    this.#category = Int32Array.from(product, (index) => categoryIndex.get(products[index]!.category)!)
    const mostSlots = first.reduce((most, slot, index) => Math.max(most, slot - (first[index - 1] ?? 0)), 0)
    this.#weights = new Float64Array(mostSlots)
  }

  /**
   * Serves sorted wants. Slots whose wants are among them are `exact`, and have sold nothing before; of the others
   * `available` is what is left when all their own customers have been.
   * @returns false when that is not enough to know what is left at the moment: then serve again with the wants of the
   *   whole category
   */
  serve(serving: Serving): boolean {
    const { wants, onHour, unpaid } = serving
    const slots = this.#slots
    let hour = -1
    for (let place = 0; place < wants.count; place++) {
      const index = wants.order[place]!
      const slot = wants.slot[index]!
      if (onHour) while (hour < wants.hour[index]!) onHour(++hour)
      const quantity = wants.quantity[index]!
      const isUnpaid = unpaid?.[wants.hour[index]!] ?? false
      const got = isUnpaid ? 0 : Math.min(quantity, slots.available[slot]!)
      wants.got[index] = got
      wants.substitute[index] = NONE
      wants.substituteQuantity[index] = 0
      slots.demand[slot]! += quantity
      if (got > 0) this.#sell(serving, slot, got, wants.hour[index]!, wants.coupon[index] === 1)
      if (got === quantity) continue
      if (isUnpaid) slots.lost[slot]! += quantity
      else if (!this.#replace(serving, index, slot, quantity - got)) return false
    }
    if (onHour) while (hour < 23) onHour(++hour)
    return true
  }

  /** Finds something else for what is missing. @returns false when it is not known what there is */
  #replace(serving: Serving, index: number, slot: number, missing: number): boolean {
    const { conditions, wants } = serving
    const { weighed, product } = this.#range
    const slots = this.#slots
    slots.stockout[slot] = 1
    const substitute = this.#substituteFor(slot, wants.claim[index]!, conditions.day)
    if (substitute === UNKNOWN) return false
    if (substitute === NONE) {
      slots.lost[slot]! += missing
      return true
    }
    const quantity = this.#inUnitsOf(substitute, slot, missing)
    const got = Math.min(quantity, slots.available[substitute]!)
    if (got < quantity && slots.exact[substitute] === 0) return false
    // In other units there is no telling which part is still missing.
    const isSameUnit = weighed[slot] === weighed[substitute]
    slots.replaced[slot]! += isSameUnit ? got : missing
    slots.lost[slot]! += isSameUnit ? missing - got : 0
    wants.substitute[index] = product[substitute]!
    wants.substituteQuantity[index] = got
    this.#sell(serving, substitute, got, wants.hour[index]!, false)
    return true
  }

  #sell(
    { conditions, prices }: Serving,
    slot: number,
    quantity: number,
    hour: number,
    coupon: boolean,
  ): void {
    const slots = this.#slots
    const index = slots.promotion[slot]!
    const promotion = index < 0 ? undefined : conditions.promotions[index]
    const item = this.#world.products[this.#range.product[slot]!]!
    const { gross, discount } = lineAmounts(item, prices[hour]![slot]!, promotion, quantity, coupon)
    slots.available[slot]! -= quantity
    slots.sold[slot]! += quantity
    slots.revenue[slot]! += gross - discount
  }

  /** Most take what sells well and costs about as much. */
  #substituteFor(slot: number, claim: number, day: number): number {
    const { first, low, high } = this.#range
    const { available, exact, expected, onSale } = this.#slots
    const weights = this.#weights
    const category = this.#category[slot]!
    const key = low[slot]! ^ claim
    const n = day * DRAWS
    const { substitution } = this.#world.categories[category]!
    if (uniformAt(key, high[slot]!, n + DRAW.substitution) >= substitution) return NONE
    const begin = first[category]!
    const end = first[category + 1]!
    const usual = this.#usualPrice(slot)
    let sum = 0
    for (let other = begin; other < end; other++) {
      let weight = 0
      if (other !== slot && onSale[other] === 1 && this.#stock[other]! > 0) {
        if (available[other]! > 0) {
          const price = this.#usualPrice(other)
          const nearness = price < usual ? price / usual : usual / price
          weight = expected[other]! * nearness * nearness
        } else if (exact[other] === 0) return UNKNOWN
      }
      sum += weight
      weights[other - begin] = sum
    }
    if (sum === 0) return NONE
    const point = uniformAt(key, high[slot]!, n + DRAW.substitute) * sum
    let substitute = begin
    while (weights[substitute - begin]! <= point) substitute++
    return substitute
  }

  /** Minor units, of a piece or a usual portion. */
  #usualPrice(slot: number): number {
    const { weighed, portion } = this.#range
    const price = this.#slots.price[slot]!
    return weighed[slot] === 1 ? (price * portion[slot]!) / 1000 : price
  }

  #inUnitsOf(substitute: number, slot: number, missing: number): number {
    const { weighed, portion } = this.#range
    if (weighed[slot] === weighed[substitute]) return missing
    if (weighed[substitute] === 1) return missing * portion[substitute]!
    return Math.max(1, Math.round(missing / portion[slot]!))
  }
}
