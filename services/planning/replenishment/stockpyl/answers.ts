/** What answers.py writes. */

/** Minor units of a piece. */
export interface Money {
  price: number
  cost: number
  salvage_share: number
}

export interface Answers {
  poisson: (Money & { mean: number; level: number })[]
  negative_binomial: (Money & { mean: number; dispersion: number; level: number })[]
  normal: (Money & { mean: number; sd: number; level: number })[]
  continuous: (Money & { shape: number; scale: number; level: number })[]
  /** Of a review each day. */
  base_stock: (Money & { mean: number; sd: number; lead: number; level: number })[]
  shortage: { mean: number; stock: number; shortage: number }[]
  order_quantity: { demand: number; order_cost: number; holding_cost: number; quantity: number }[]
  reorder: {
    /** Keeping a unit for a day, and a unit short for a day. */
    holding: number
    short: number
    order_cost: number
    mean: number
    lead: number
    reorder_point: number
    quantity: number
    cost: number
    /** A day, by reorder point, with the economic order quantity. */
    costs_at_eoq: Record<number, number>
  }[]
}
