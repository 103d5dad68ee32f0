/**
 * What prices and promotions do to weekly sales, by Poisson regression with a fixed effect for each store and product
 * and one for each week: of two products in the same week, the one whose price fell sold more.
 */
import type { PromotionKind } from '../world/world.ts'
import { PROMOTION_KINDS } from '../world/world.ts'
import { type Coefficient, numbering, poisson } from './regression.ts'

/** Columns, one row for each product of a store in a week. */
export interface PricePanel {
  /** Store and SKU. */
  series: string[]
  sku: string[]
  category: string[]
  /** Store and week: within a category, what has its ups and downs in common. */
  market: string[]
  /** January is 1. */
  month: number[]
  units: number[]
  /** Days on which it could be bought. */
  days: number[]
  /** What a piece costs the customer, after a reduction that all customers get. */
  price: number[]
  /** Share of its days on which a promotion of each kind ran. */
  promoted: Record<PromotionKind, number[]>
  /** Promotion days in the two weeks before, none now: what customers bought ahead is missing. */
  after: number[]
}

export function emptyPanel(): PricePanel {
  return {
    series: [],
    sku: [],
    category: [],
    market: [],
    month: [],
    units: [],
    days: [],
    price: [],
    promoted: { price_off: [], multibuy: [], end_cap: [], coupon: [] },
    after: [],
  }
}

/** One elasticity for all products. */
export function pooledElasticity(panel: PricePanel): Coefficient | undefined {
  return fit(panel, [Float64Array.from(panel.price, Math.log), ...promotions(panel)])?.[0]
}

/**
 * Elasticity of each product by itself, for those whose price changed enough to tell. Each product has a season of its
 * own here, so it takes some years.
 */
export function elasticities(panel: PricePanel): Map<string, Coefficient> {
  const bySku = new Map<string, Coefficient>()
  for (const part of byCategory(panel)) {
    const prices = new Map<string, Set<number>>()
    for (const [i, sku] of part.sku.entries()) {
      prices.set(sku, (prices.get(sku) ?? new Set()).add(part.price[i]!))
    }
    const skus = [...prices].filter(([, values]) => values.size > 2).map(([sku]) => sku)
    const columns = skus.map((sku) =>
      Float64Array.from(part.price, (price, i) => (part.sku[i] === sku ? Math.log(price) : 0)),
    )
    const after = Float64Array.from(part.after)
    const columnsOfAll = after.some((share) => share > 0) ? [...promotions(part), after] : promotions(part)
    const months = numbering()
    const season = Int32Array.from(part.sku, (sku, i) => months(`${sku} ${part.month[i]}`))
    const coefficients = fit(part, [...columns, ...columnsOfAll], [season])
    skus.forEach((sku, index) => {
      if (coefficients) bySku.set(sku, coefficients[index]!)
    })
  }
  return bySku
}

/** Factor on sales of each kind of promotion, price and attention together; and of the two weeks after one. */
export function promotionUplifts(panel: PricePanel): Map<PromotionKind | 'after', Coefficient> {
  const uplifts = new Map<PromotionKind | 'after', Coefficient>()
  const kinds = PROMOTION_KINDS.filter((kind) => panel.promoted[kind].some((share) => share > 0))
  // M5 does not say what was promoted.
  if (kinds.length === 0) return uplifts
  const coefficients = fit(panel, [...promotions(panel), Float64Array.from(panel.after)])
  if (!coefficients) return uplifts
  for (const [index, kind] of kinds.entries()) uplifts.set(kind, coefficients[index]!)
  uplifts.set('after', coefficients.at(-1)!)
  return uplifts
}

function byCategory(panel: PricePanel): PricePanel[] {
  const parts = new Map<string, PricePanel>()
  panel.category.forEach((category, i) => {
    let part = parts.get(category)
    if (!part) {
      part = emptyPanel()
      parts.set(category, part)
    }
    for (const column of ['series', 'sku', 'category', 'market'] as const)
      part[column].push(panel[column][i]!)
    for (const column of ['month', 'units', 'days', 'price', 'after'] as const)
      part[column].push(panel[column][i]!)
    for (const kind of PROMOTION_KINDS) part.promoted[kind].push(panel.promoted[kind][i]!)
  })
  return [...parts.values()]
}

function promotions(panel: PricePanel): Float64Array[] {
  return PROMOTION_KINDS.map((kind) => Float64Array.from(panel.promoted[kind])).filter((column) =>
    column.some((share) => share > 0),
  )
}

function fit(
  panel: PricePanel,
  regressors: Float64Array[],
  effects: readonly Int32Array[] = [],
): Coefficient[] | undefined {
  const [series, market] = [numbering(), numbering()]
  const ofSeries = Int32Array.from(panel.series, series)
  return poisson({
    outcome: panel.units,
    regressors,
    effects: [
      ofSeries,
      Int32Array.from(panel.market, (key, i) => market(`${panel.category[i]} ${key}`)),
      ...effects,
    ],
    clusters: ofSeries,
    exposure: Float64Array.from(panel.days),
  })
}
