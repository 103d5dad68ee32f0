/** What to take off the price of stock that expires before it is sold. */

export const MARKDOWN_STEPS = [0.1, 0.2, 0.3, 0.5] as const
/**
 * Where a SKU was never sold at other prices. Reviews of measured elasticities find -2.6 on average and -2 for groceries
 * (Bijmolt, van Heerde and Pieters, 2005, New Empirical Generalizations on the Determinants of Price Elasticity).
 */
export const USUAL_ELASTICITY = -2
/** A measured one outside is the accident of few days. */
const CREDIBLE_ELASTICITIES = [-6, -0.3] as const

export interface ExpiringStock {
  /** On hand until the last of it expires, those that are sold before it included: pieces, kilograms or litres. */
  stock: number
  /** Expected sales until then at the price of today, in the same unit. */
  expected: number
  /** Minor units for one of them, as customers pay it today. */
  price: number
  /** Change of log sales by change of log price, as measured; undefined when it is not known. */
  elasticity: number | undefined
}

export interface Markdown {
  /** Share of the price; 0 when none pays. */
  off: number
  /** Expected sales until it expires, at the new price and without an end of the stock. */
  expected: number
  /** Minor units more than without the markdown. */
  saved: number
  elasticity: number
}

/**
 * The smallest step that is expected to sell the stock; where not even the largest does, the one that saves most.
 * Nothing is proposed that costs more than it saves.
 *
 * Saved is what is taken in more. The goods are paid for, so that is waste avoided at cost, plus the margin on what is
 * sold besides, less what customers save who would have bought anyway. Demand counts by its mean, so a stock that is
 * expected to just sell out is worth no markdown.
 */
export function proposeMarkdown({ stock, expected, price, elasticity }: ExpiringStock): Markdown {
  const response = credible(elasticity)
  const none: Markdown = { off: 0, expected, saved: 0, elasticity: response }
  if (expected >= stock || price <= 0) return none
  const steps = MARKDOWN_STEPS.map((off): Markdown => {
    const more = expected * (1 - off) ** response
    const saved = Math.round(price * ((1 - off) * Math.min(stock, more) - expected))
    return { off, expected: more, saved, elasticity: response }
  })
  const best = steps.reduce((most, step) => (step.saved > most.saved ? step : most))
  const choice = steps.find((step) => step.expected >= stock) ?? best
  return choice.saved > 0 ? choice : best.saved > 0 ? best : none
}

function credible(elasticity: number | undefined): number {
  const [least, most] = CREDIBLE_ELASTICITIES
  return elasticity !== undefined && elasticity >= least && elasticity <= most ? elasticity : USUAL_ELASTICITY
}
