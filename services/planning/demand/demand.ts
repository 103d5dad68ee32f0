/** Demand over a span of days, as planning needs it: a distribution, not a number. */

/**
 * Quantities are in the unit of facts: pieces, grams or millilitres. A demand in pieces takes whole numbers only; one in
 * grams or millilitres any number.
 */
export interface Demand {
  readonly mean: number
  readonly variance: number
  /** Probability that demand is at most `units`; 0 below 0. */
  cdf(units: number): number
  /** The least number of units that demand is at most with this probability. @param probability from 0 to below 1 */
  quantile(probability: number): number
  /** Expected units beyond a stock, E[(D - stock)+]: what is lost of a demand that nobody waits with. */
  shortage(stock: number): number
}
