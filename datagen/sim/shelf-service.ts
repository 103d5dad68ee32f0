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

export interface Service {
  conditions: DayConditions
  wants: WantList
  /** By hour: shelf prices by slot. */
  prices: readonly Int32Array[]
  /** What happens to the shelf when an hour begins. */
  onHour?: (hour: number) => void
  /** By hour: whether no till works, so that all put back what they hold. */
  unpaid?: readonly boolean[]
}

/**
 * @returns a function that serves sorted wants. Slots whose wants are among them are `exact`, and have sold nothing
 * before; of the others `available` is what is left when all their own customers have been. It returns false when
 * that is not enough to know what is left at the moment: then serve again with the wants of the whole category
 */
export function createService(world: World, range: StoreRange, slots: StoreSlots, stock: Int32Array) {
  const { first, product, low, high, weighed, portion } = range
  const { available, exact, expected, promotion, price, onSale } = slots
  const categoryIndex = new Map(world.categories.map(({ category }, index) => [category, index]))
  const categoryOf = Int32Array.from(product, (index) => categoryIndex.get(world.products[index]!.category)!)
  const mostSlots = first.reduce((most, slot, index) => Math.max(most, slot - (first[index - 1] ?? 0)), 0)
  const weights = new Float64Array(mostSlots)
  const NONE = -1
  const UNKNOWN = -2

  return function serve({ conditions, wants, prices, onHour, unpaid }: Service): boolean {
    const { day, promotions } = conditions
    let hour = -1
    for (let place = 0; place < wants.count; place++) {
      const index = wants.order[place]!
      const slot = wants.slot[index]!
      if (onHour) while (hour < wants.hour[index]!) onHour(++hour)
      const quantity = wants.quantity[index]!
      const isUnpaid = unpaid?.[wants.hour[index]!] ?? false
      const got = isUnpaid ? 0 : Math.min(quantity, available[slot]!)
      const missing = quantity - got
      wants.got[index] = got
      wants.substitute[index] = NONE
      wants.substituteQuantity[index] = 0
      slots.demand[slot]! += quantity
      if (got > 0) sell(slot, got, wants.hour[index]!, wants.coupon[index] === 1)
      if (missing === 0) continue
      if (isUnpaid) {
        slots.lost[slot]! += missing
        continue
      }

      slots.stockout[slot] = 1
      const claim = wants.claim[index]!
      const substitute = substituteFor(slot, claim, day)
      if (substitute === UNKNOWN) return false
      if (substitute === NONE) {
        slots.lost[slot]! += missing
        continue
      }
      const asked = inUnitsOf(substitute, slot, missing)
      const taken = Math.min(asked, available[substitute]!)
      if (taken < asked && exact[substitute] === 0) return false
      // In other units there is no telling which part is still missing.
      const isSameUnit = weighed[slot] === weighed[substitute]
      slots.replaced[slot]! += isSameUnit ? taken : missing
      slots.lost[slot]! += isSameUnit ? missing - taken : 0
      wants.substitute[index] = product[substitute]!
      wants.substituteQuantity[index] = taken
      sell(substitute, taken, wants.hour[index]!, false)
    }
    if (onHour) while (hour < 23) onHour(++hour)
    return true

    function sell(slot: number, quantity: number, hour: number, coupon: boolean): void {
      const promoted = promotion[slot]! < 0 ? undefined : promotions[promotion[slot]!]
      const item = world.products[product[slot]!]!
      const { gross, discount } = lineAmounts(item, prices[hour]![slot]!, promoted, quantity, coupon)
      available[slot]! -= quantity
      slots.sold[slot]! += quantity
      slots.revenue[slot]! += gross - discount
    }
  }

  /** Most take what sells well and costs about as much. */
  function substituteFor(slot: number, claim: number, day: number): number {
    const category = categoryOf[slot]!
    const key = low[slot]! ^ claim
    const n = day * DRAWS
    const { substitution } = world.categories[category]!
    if (uniformAt(key, high[slot]!, n + DRAW.substitution) >= substitution) return NONE
    const begin = first[category]!
    const end = first[category + 1]!
    const usual = usualPrice(slot)
    let sum = 0
    for (let other = begin; other < end; other++) {
      let weight = 0
      if (other !== slot && onSale[other] === 1 && stock[other]! > 0) {
        if (available[other]! > 0) {
          const price = usualPrice(other)
          const nearness = price < usual ? price / usual : usual / price
          weight = expected[other]! * nearness * nearness
        } else if (exact[other] === 0) return UNKNOWN
      }
      sum += weight
      weights[other - begin] = sum
    }
    if (sum === 0) return NONE
    const point = uniformAt(key, high[slot]!, n + DRAW.substitute) * sum
    let chosen = begin
    while (weights[chosen - begin]! <= point) chosen++
    return chosen
  }

  /** Minor units, of a piece or a usual portion. */
  function usualPrice(slot: number): number {
    return weighed[slot] === 1 ? (price[slot]! * portion[slot]!) / 1000 : price[slot]!
  }

  function inUnitsOf(substitute: number, slot: number, missing: number): number {
    if (weighed[slot] === weighed[substitute]) return missing
    if (weighed[substitute] === 1) return missing * portion[substitute]!
    return Math.max(1, Math.round(missing / portion[slot]!))
  }
}
