/** What a store that begins has on its shelves. */
import type { Conditions } from './model.ts'
import type { Shelf } from './shelf.ts'
import type { StoreRange } from './store-range.ts'

const WEEK = 7
/** Days of sale beyond lead time and review period. */
const SPARE_DAYS = 3
/** A product that is yet to be launched is planned at this share of what it sells once it is known. */
const LAUNCH_SHARE = 0.6
const START_LOTS = 3

export interface Start {
  conditions: Conditions
  range: StoreRange
  shelf: Shelf
  book: Int32Array
  rate: Float64Array
  day: number
}

/** Fills shelves, book and average rates as a store has them that sold what its first week is expected to sell. */
export function stockUp({ conditions, range, shelf, book, rate, day }: Start): void {
  const { world } = conditions
  const categoryIndex = new Map(world.categories.map(({ category }, index) => [category, index]))
  for (let later = 0; later < WEEK; later++) {
    const { storeFactor, categoryFactor, productFactor } = conditions.on(day + later)
    for (let slot = 0; slot < range.count; slot++) {
      const product = range.product[slot]!
      const category = categoryIndex.get(world.products[product]!.category)!
      const factor =
        storeFactor[range.store]! *
        categoryFactor[range.store * world.categories.length + category]! *
        productFactor[range.zone * world.products.length + product]!
      rate[slot]! += (range.mean[slot]! * range.portion[slot]! * factor) / WEEK
    }
  }
  for (let slot = 0; slot < range.count; slot++) {
    if (range.launched[slot]! > day) {
      rate[slot] = range.mean[slot]! * range.portion[slot]! * LAUNCH_SHARE
      continue
    }
    if (rate[slot] === 0) continue
    const { lead_time_days, order_weekdays } = world.suppliers[range.supplier[slot]!]!
    const life = range.shelfLife[slot]!
    const cover = lead_time_days.usual + WEEK / order_weekdays.length + SPARE_DAYS
    const stock = Math.ceil(rate[slot]! * Math.min(cover, life) + range.portion[slot]!)
    // A third each, delivered today and over the time before.
    for (let lot = 0; lot < START_LOTS; lot++) {
      const age = Math.floor((Math.min(cover, life) * lot) / START_LOTS)
      const quantity = Math.floor((stock + lot) / START_LOTS)
      shelf.add(slot, quantity, day + life - age, day - age)
    }
    book[slot] = shelf.stock[slot]!
  }
}
