/** What figures are made from: the same shapes for the twin and for real retailers. */
import type { PricePanel } from './price.ts'
import type { Shopping } from './shopping.ts'

/** Daily sales of one product at one store. */
export interface Series {
  category: string
  /** What the customers of the store are like: a store profile, where it is known. */
  profile: string
  sku: string
  /** Pieces or portions, by day from the first day observed; NaN when closed, or not on sale yet. */
  units: Float32Array
}

export interface DailySales {
  /** Day number, counted from 1970-01-01, of the first of each series' units. */
  first: number
  days: number
  series: readonly Series[]
}

/** Promotion as it shows in the lines that were sold. */
export interface LineShares {
  lines: number
  /** Lines sold below the shelf price. */
  discounted: number
}

export interface Observed {
  name: string
  /** Every product of a store on every day it was on sale. Absent where only a sample of the sales is known. */
  daily?: DailySales
  /** Units by day and category, where the daily sales of single products mean nothing. */
  totals?: readonly CategoryTotals[]
  shopping?: Shopping
  /** Mean of customers who can be recognised. */
  daysBetweenVisits?: number
  /** Units by SKU over the whole time. */
  unitsBySku?: ReadonlyMap<string, number>
  lines?: LineShares
  prices?: PricePanel
}

/** Units of a category, all stores, by day; NaN when all are closed. */
export interface CategoryTotals {
  category: string
  profile: string
  first: number
  units: Float64Array
}

/** Sums series over products and stores of a category and profile. */
export function totalsOf({ first, days, series }: DailySales): CategoryTotals[] {
  const totals = new Map<string, CategoryTotals>()
  for (const { category, profile, units } of series) {
    const key = `${profile}/${category}`
    let of = totals.get(key)
    if (!of) {
      of = { category, profile, first, units: new Float64Array(days).fill(Number.NaN) }
      totals.set(key, of)
    }
    for (let day = 0; day < days; day++) {
      const sold = units[day]!
      if (Number.isNaN(sold)) continue
      of.units[day] = Number.isNaN(of.units[day]!) ? sold : of.units[day]! + sold
    }
  }
  return [...totals.values()]
}
