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

/** Of one store, in its slots. */
export class Demand {
  readonly #world: World
  readonly #range: StoreRange
  readonly #slots: StoreSlots

  constructor(world: World, range: StoreRange, slots: StoreSlots) {
    this.#world = world
    this.#range = range
    this.#slots = slots
  }

  /** Draws the demand of a category, and takes it as sold. */
  draw(conditions: DayConditions, category: number, anomalies: WeekAnomalies): void {
    const { store, zone, first, product, low, high, mean, dispersion, weighed } = this.#range
    const { onSale, price, promotion, expected, count, demand, lost, replaced, sold, revenue } = this.#slots
    const { products, categories } = this.#world
    const { day, promotions } = conditions
    const { kind, from, to, size } = anomalies
    const factor =
      conditions.storeFactor[store]! * conditions.categoryFactor[store * categories.length + category]!
    for (let slot = first[category]!, end = first[category + 1]!; slot < end; slot++) {
      const at = zone * products.length + product[slot]!
      const productFactor = conditions.productFactor[at]!
      lost[slot] = 0
      replaced[slot] = 0
      price[slot] = conditions.price[at]!
      promotion[slot] = conditions.promotion[at]!
      let units = mean[slot]! * factor * productFactor
      const anomaly = kind[slot]!
      if ((anomaly === SPIKE || anomaly === DROP) && from[slot]! <= day && day <= to[slot]!) {
        units *= size[slot]!
      }
      onSale[slot] = productFactor > 0 ? 1 : 0
      expected[slot] = units
      const pieces =
        units > 0
          ? negativeBinomialQuantile(
              units,
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
        this.#addUp(slot, day, pieces, promotion[slot]! < 0 ? undefined : promotions[promotion[slot]!])
      } else {
        demand[slot] = pieces
        sold[slot] = pieces
        revenue[slot] = pieces * price[slot]!
      }
    }
  }

  /** Customer by customer, since the money is rounded on each line. */
  #addUp(slot: number, day: number, pieces: number, promotion: Promotion | undefined): void {
    const range = this.#range
    const slots = this.#slots
    const item = this.#world.products[range.product[slot]!]!
    const lowKey = customersLow(range, slot, day)
    const highKey = customersHigh(range, slot, day)
    const portion = range.portion[slot]!
    const price = slots.price[slot]!
    const isWeighed = range.weighed[slot] === 1
    const coupons = promotion?.kind === 'coupon'
    let quantity = 0
    let revenue = 0
    let rest = pieces
    for (let n = 0; rest > 0; n++) {
      const size = isWeighed ? gramsAt(lowKey, highKey, n, portion) : piecesAt(lowKey, highKey, n, rest)
      rest -= isWeighed ? 1 : size
      quantity += size
      const coupon = coupons && hasCouponAt(lowKey, highKey, n)
      const { gross, discount } = lineAmounts(item, price, promotion, size, coupon)
      revenue += gross - discount
    }
    slots.demand[slot] = quantity
    slots.sold[slot] = quantity
    slots.revenue[slot] = revenue
  }
}
