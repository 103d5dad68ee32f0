/**
 * How much customers want of each SKU on a store day, and what that is worth when the shelf has all of it: most SKUs
 * on most days, for which nobody needs to know who came when.
 */
import type { World } from '../world/world.ts'
import { lineAmounts } from './amounts.ts'
import { DROP, SPIKE, type WeekAnomalies } from './anomalies.ts'
import type { DayConditions, Promotion } from './model.ts'
import { negativeBinomialQuantile, uniformAt } from './random.ts'
import type { StoreRange } from './store-range.ts'
import type { StoreSlots } from './store-slots.ts'
import { customersHigh, customersLow, DRAW, DRAWS, gramsAt, hasCouponAt, piecesAt } from './wants.ts'

/**
 * Draws the demand of a category at a store, and takes it as sold. A function for each store.
 * @returns a function of the conditions, the category and the week's anomalies
 */
export function createDemand(world: World, range: StoreRange, slots: StoreSlots) {
  const { store, zone, first, product, low, high, mean, dispersion, weighed, portion } = range
  const products = world.products.length
  const categories = world.categories.length
  const { onSale, price, promotion, expected, count, demand, lost, replaced, sold, revenue } = slots

  return function draw(conditions: DayConditions, category: number, anomalies: WeekAnomalies): void {
    const { day, promotions } = conditions
    const factor = conditions.storeFactor[store]! * conditions.categoryFactor[store * categories + category]!
    const { kind, from, to, size } = anomalies
    for (let slot = first[category]!, end = first[category + 1]!; slot < end; slot++) {
      const at = zone * products + product[slot]!
      const productFactor = conditions.productFactor[at]!
      lost[slot] = 0
      replaced[slot] = 0
      price[slot] = conditions.price[at]!
      promotion[slot] = conditions.promotion[at]!
      let wanted = mean[slot]! * factor * productFactor
      const odd = kind[slot]!
      if ((odd === SPIKE || odd === DROP) && from[slot]! <= day && day <= to[slot]!) wanted *= size[slot]!
      onSale[slot] = productFactor > 0 ? 1 : 0
      expected[slot] = wanted
      const pieces =
        wanted > 0
          ? negativeBinomialQuantile(
              wanted,
              dispersion[slot]!,
              uniformAt(low[slot]!, high[slot]!, day * DRAWS + DRAW.demand),
            )
          : 0
      count[slot] = pieces
      if (pieces === 0) {
        demand[slot] = 0
        sold[slot] = 0
        revenue[slot] = 0
      } else if (weighed[slot] === 1 || promotion[slot]! >= 0) {
        const promoted = promotion[slot]! < 0 ? undefined : promotions[promotion[slot]!]
        addUp(slot, day, pieces, promoted)
      } else {
        demand[slot] = pieces
        sold[slot] = pieces
        revenue[slot] = pieces * price[slot]!
      }
    }
  }

  /** Customer by customer, since the money is rounded on each line. */
  function addUp(slot: number, day: number, pieces: number, promoted: Promotion | undefined): void {
    const item = world.products[product[slot]!]!
    const lowKey = customersLow(range, slot, day)
    const highKey = customersHigh(range, slot, day)
    const isWeighed = weighed[slot] === 1
    const coupons = promoted?.kind === 'coupon'
    let quantity = 0
    let paid = 0
    let rest = pieces
    for (let n = 0; rest > 0; n++) {
      const taken = isWeighed
        ? gramsAt(lowKey, highKey, n, portion[slot]!)
        : piecesAt(lowKey, highKey, n, rest)
      rest -= isWeighed ? 1 : taken
      quantity += taken
      const coupon = coupons && hasCouponAt(lowKey, highKey, n)
      const { gross, discount } = lineAmounts(item, price[slot]!, promoted, taken, coupon)
      paid += gross - discount
    }
    demand[slot] = quantity
    sold[slot] = quantity
    revenue[slot] = paid
  }
}
