/**
 * How sales of a SKU answer to its price, as promotions have shown it, and how well that is known: change of log sales by
 * change of log price.
 */

/**
 * Sums over weeks of the whole chain, since a promotion is the same week in all stores; r is the logarithm of what was sold
 * by what is usual, x that of the price paid by the usual one.
 */
export interface PromotionSums {
  sku: string
  category: string
  /** With a promotion. */
  weeks: number
  /** Sum of x r and of x x over them. */
  products: number
  squares: number
  /** Without one, and the sum of r r over those. */
  plain_weeks: number
  plain_squares: number
}

export interface Elasticity {
  value: number
  /** Standard error. */
  error: number
  /**
   * measured   of promotions of the SKU, drawn towards its category
   * category   of other SKUs of its category
   * usual      nothing was measured of either
   */
  basis: 'measured' | 'category' | 'usual'
  /** As the SKU's own promotions say; null where there were too few. */
  measured: { value: number; error: number; weeks: number } | null
}

/**
 * Reviews of measured elasticities find -2.6 on average and -2 for groceries, with a standard deviation of about 1 between
 * categories (Bijmolt, van Heerde and Pieters, Journal of Marketing Research 42, 2005).
 */
export const USUAL_ELASTICITY = { value: -2, error: 1 } as const
/** Of fewer weeks without a promotion nobody knows how sales scatter. */
const LEAST_PLAIN_WEEKS = 6
/** No few weeks tell it better. */
const LEAST_ERROR = 0.1
/** Between SKUs of a category, where too few were measured to say. */
const USUAL_SPREAD = 0.7
const SKUS_FOR_SPREAD = 5

/**
 * Least squares through the origin, log sales on log price. Its error is how far weeks without a promotion lie from what is
 * usual, which holds chance, seasons and trends alike: an event study (MacKinlay, Journal of Economic Literature 35, 1997).
 */
export function measuredElasticity(sums: PromotionSums): { value: number; error: number } | null {
  const { weeks, products, squares, plain_weeks, plain_squares } = sums
  if (weeks < 1 || plain_weeks < LEAST_PLAIN_WEEKS || !(squares > 0)) return null
  const scatter = Math.sqrt(plain_squares / plain_weeks)
  return { value: products / squares, error: Math.max(LEAST_ERROR, scatter / Math.sqrt(squares)) }
}

/**
 * Each SKU's own figure is drawn towards the mean of its category by how badly it is known, and that towards the usual one:
 * parametric empirical Bayes (Efron and Morris, JASA 70, 1975; Morris, JASA 78, 1983). The spread between SKUs of a category
 * is that of the whole range by moments (DerSimonian and Laird, Controlled Clinical Trials 7, 1986).
 */
export function shrunkElasticities(range: readonly PromotionSums[]): {
  ofSku(sku: string, category: string): Elasticity
} {
  const measures = range.flatMap((sums) => {
    const measure = measuredElasticity(sums)
    return measure ? [{ ...measure, sku: sums.sku, category: sums.category, weeks: sums.weeks }] : []
  })
  const categories = Map.groupBy(measures, ({ category }) => category)
  const spread = spreadWithin([...categories.values()])
  const bySku = new Map(measures.map((measure) => [measure.sku, measure]))
  return {
    ofSku(sku, category) {
      // Its own measurement is no part of what it is drawn towards, or it would count twice.
      const kin = (categories.get(category) ?? []).filter((measure) => measure.sku !== sku)
      const mean = kin.length > 0 ? meanOf(kin, spread) : undefined
      const base = mean ?? USUAL_ELASTICITY
      // What SKUs of it are like: how well its mean is known, and how they differ from it.
      const around = { value: base.value, error: Math.hypot(base.error, mean ? spread : 0) }
      const measure = bySku.get(sku)
      if (!measure) return { ...around, basis: mean ? 'category' : 'usual', measured: null }
      const { value, error, weeks } = measure
      return {
        ...combined({ value, error }, around),
        basis: 'measured',
        measured: { value, error, weeks },
      }
    },
  }
}

interface Estimate {
  value: number
  error: number
}

/** Normal prior and normal measurement. */
function combined(one: Estimate, other: Estimate): Estimate {
  const weight = 1 / one.error ** 2
  const otherWeight = 1 / other.error ** 2
  return {
    value: (one.value * weight + other.value * otherWeight) / (weight + otherWeight),
    error: Math.sqrt(1 / (weight + otherWeight)),
  }
}

function meanOf(members: readonly Estimate[], spread: number): Estimate {
  let weights = 0
  let sum = 0
  for (const { value, error } of members) {
    const weight = 1 / (error ** 2 + spread ** 2)
    weights += weight
    sum += weight * value
  }
  return combined({ value: sum / weights, error: Math.sqrt(1 / weights) }, USUAL_ELASTICITY)
}

/** Standard deviation of true elasticities around those of their category. */
function spreadWithin(categories: readonly (readonly Estimate[])[]): number {
  let excess = 0
  let scale = 0
  let count = 0
  for (const members of categories) {
    if (members.length < 2) continue
    const weights = members.map(({ error }) => 1 / error ** 2)
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    const mean = members.reduce((sum, { value }, index) => sum + value * weights[index]!, 0) / total
    const scatter = members.reduce((sum, { value }, index) => sum + weights[index]! * (value - mean) ** 2, 0)
    excess += scatter - (members.length - 1)
    scale += total - weights.reduce((sum, weight) => sum + weight ** 2, 0) / total
    count += members.length
  }
  return count < SKUS_FOR_SPREAD || scale === 0 ? USUAL_SPREAD : Math.sqrt(Math.max(0, excess / scale))
}
