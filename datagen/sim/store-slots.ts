import type { StoreDay } from './model.ts'

/** The figures of a store day while it is made, by slot. Made once for a store, and written anew each day. */
export interface StoreSlots {
  onSale: Uint8Array
  /** Shelf price at the day's beginning. */
  price: Int32Array
  promotion: Int16Array
  /** Mean number of pieces or portions that the conditions give. */
  expected: Float64Array
  /** Pieces or portions wanted. */
  count: Int32Array
  /** In pieces or grams: wanted; wanted and neither got nor replaced; wanted and replaced; over the till. */
  demand: Int32Array
  lost: Int32Array
  replaced: Int32Array
  sold: Int32Array
  revenue: Float64Array
  stockout: Uint8Array
  stolen: Int32Array
  wasted: Int32Array
  /** While customers are served: what is certainly left. */
  available: Int32Array
  /** 1 where every want is served in its turn, so that `available` is exact. */
  exact: Uint8Array
}

export function storeSlots(count: number): StoreSlots {
  return {
    onSale: new Uint8Array(count),
    price: new Int32Array(count),
    promotion: new Int16Array(count),
    expected: new Float64Array(count),
    count: new Int32Array(count),
    demand: new Int32Array(count),
    lost: new Int32Array(count),
    replaced: new Int32Array(count),
    sold: new Int32Array(count),
    revenue: new Float64Array(count),
    stockout: new Uint8Array(count),
    stolen: new Int32Array(count),
    wasted: new Int32Array(count),
    available: new Int32Array(count),
    exact: new Uint8Array(count),
  }
}

/** Arrays by product that a StoreDay gives out. Stores that are simulated one after the other can share them. */
export type DayArrays = Pick<
  StoreDay,
  | 'demand'
  | 'sold'
  | 'lost'
  | 'replaced'
  | 'revenue'
  | 'price'
  | 'promotion'
  | 'stockout'
  | 'listed'
  | 'onHand'
  | 'book'
  | 'onOrder'
  | 'stolen'
  | 'wasted'
>

export function dayArrays(products: number): DayArrays {
  return {
    demand: new Int32Array(products),
    sold: new Int32Array(products),
    lost: new Int32Array(products),
    replaced: new Int32Array(products),
    revenue: new Float64Array(products),
    price: new Int32Array(products),
    promotion: new Int16Array(products),
    stockout: new Uint8Array(products),
    listed: new Uint8Array(products),
    onHand: new Int32Array(products),
    book: new Int32Array(products),
    onOrder: new Int32Array(products),
    stolen: new Int32Array(products),
    wasted: new Int32Array(products),
  }
}
