/** What to take off the price of stock that expires before it is sold, what that is expected to earn, and how surely. */
import type { Demand } from '../demand/demand.ts'
import { expectedWaste, type ShelfLot } from './fefo.ts'

export const MARKDOWN_STEPS = [0.1, 0.2, 0.3, 0.5] as const

export interface MarkdownQuestion {
  /** In the order in which they are sold, none expired, all of known days; in the unit of facts. */
  lots: readonly ShelfLot[]
  /** Demand of so many days, where so many times as much is bought each day as at the price of today. */
  demand: (factor: number) => (days: number) => Demand
  /** Minor units of a piece, kilogram or litre, as customers pay it today; null where nobody says. */
  price: number | null
  /** No lower price is proposed. */
  floor: number
  /** Pieces, kilograms or litres in a unit of facts: 1 or 0.001. */
  scale: number
  elasticity: { value: number; error: number }
  /** Minor units that a piece, kilogram or litre is worth once it has expired. */
  salvage: number
}

/** A price, and what comes of it. Money is minor units, against the price of today. */
export interface MarkdownStep {
  /** Share of the price of today, as the whole price makes it. */
  off: number
  price: number
  /** Expected to be left over of all lots. */
  unsold: number
  saved: number
  /** Saved is between these with 80% probability. */
  low: number
  high: number
}

export interface Markdown {
  /** The step that is expected to save most; null where none pays. */
  choice: MarkdownStep | null
  steps: MarkdownStep[]
  /**
   * pays          the choice does
   * nothing_pays  each step costs more than it saves
   * no_price      nobody says what it costs today
   * at_floor      the price of today is as low as may be
   */
  reason: 'pays' | 'nothing_pays' | 'no_price' | 'at_floor'
}

/** Deviates in the middle of nine equally probable parts of a normal distribution, scaled to a variance of 1. */
const DEVIATES = [-1.711, -1.039, -0.633, -0.303, 0, 0.303, 0.633, 1.039, 1.711] as const
const QUANTILES = 20
/** The same of five parts. */
const FEW_DEVIATES = [-1.463, -0.599, 0, 0.599, 1.463] as const
/** What one customer takes of weighed goods, in grams or millilitres. */
const WEIGHED_PURCHASE = 500
/** Nobody buys less for less; and -6 is more than any review finds. */
const ELASTICITIES = { least: -6, most: 0 } as const
const LOW = 0.1
const HIGH = 0.9

/**
 * Saved is what is taken in more than at the price of today: the goods are paid for, so that is the waste that is avoided
 * and the margin on what is sold besides, less what customers save who would have bought anyway. It is expected over the
 * distribution of demand and over what is not known of the elasticity.
 *
 * The range is that of both together, and of who comes: those who buy at the lower price are those who would have bought
 * anyway and others besides. Of customers who come by chance, as many as chance has it, each of the former with the same
 * probability: a binomial part of the demand at the lower price (thinning: Kingman, Poisson Processes, 1993, ch. 5.1).
 */
export function proposeMarkdown(question: MarkdownQuestion): Markdown {
  const { price, floor, elasticity } = question
  const stock = question.lots.reduce((sum, { quantity }) => sum + quantity, 0)
  if (price === null || !(price > 0)) return { choice: null, steps: [], reason: 'no_price' }
  const responses = DEVIATES.map((deviate) =>
    Math.min(ELASTICITIES.most, Math.max(ELASTICITIES.least, elasticity.value + deviate * elasticity.error)),
  )
  const today = stock - wasteOf(question, question.demand(1))
  const prices = MARKDOWN_STEPS.map((off) => Math.round(price * (1 - off))).filter(
    (lower, index, all) => lower >= floor && lower < price && lower > 0 && all.indexOf(lower) === index,
  )
  if (prices.length === 0) return { choice: null, steps: [], reason: 'at_floor' }
  const steps = prices.map((lower): MarkdownStep => {
    const factors = responses.map((response) => (lower / price) ** response)
    const demands = factors.map((factor) => question.demand(factor))
    const unsold = demands.reduce((sum, over) => sum + wasteOf(question, over), 0) / demands.length
    const savings = demands
      .flatMap((over, place) => savingsOf(question, { price, lower, over, factor: factors[place]! }))
      .sort((one, other) => one - other)
    return {
      off: 1 - lower / price,
      price: lower,
      unsold,
      saved: Math.round(
        takings(question, lower, stock - unsold, stock) - takings(question, price, today, stock),
      ),
      low: Math.round(savings[Math.floor(LOW * savings.length)]!),
      high: Math.round(savings[Math.ceil(HIGH * savings.length) - 1]!),
    }
  })
  const best = steps.reduce((most, step) => (step.saved > most.saved ? step : most))
  return best.saved > 0
    ? { choice: best, steps, reason: 'pays' }
    : { choice: null, steps, reason: 'nothing_pays' }
}

const wholeOf = (scale: number): number => (scale === 1 ? 1 : 0)

const wasteOf = ({ lots, scale }: MarkdownQuestion, over: (days: number) => Demand): number =>
  expectedWaste(lots, over, wholeOf(scale))

const takings = (
  { scale, salvage }: Pick<MarkdownQuestion, 'scale' | 'salvage'>,
  price: number,
  sold: number,
  stock: number,
): number => scale * (sold * price + (stock - sold) * salvage)

/** Minor units, equally probable, that a lower price takes in more. */
function savingsOf(
  question: MarkdownQuestion,
  at: { price: number; lower: number; over: (days: number) => Demand; factor: number },
): number[] {
  const { scale, lots } = question
  const purchase = scale === 1 ? 1 : WEIGHED_PURCHASE
  const share = 1 / at.factor
  let stock = 0
  const stocks = lots.map(({ quantity }) => {
    stock += quantity
    return stock
  })
  const demands = lots.map(({ days }) => at.over(days!))
  const savings: number[] = []
  for (let place = 0; place < QUANTILES; place++) {
    const asked = demands.map((demand) => demand.quantile((place + 0.5) / QUANTILES))
    const then = takings(question, at.lower, soldOf(stocks, asked), stock)
    for (const deviate of FEW_DEVIATES) {
      const anyway = asked.map((units) => {
        const scatter = Math.sqrt(units * purchase * share * (1 - share))
        const part = Math.min(units, Math.max(0, units * share + deviate * scatter))
        return scale === 1 ? Math.round(part) : part
      })
      savings.push(then - takings(question, at.price, soldOf(stocks, anyway), stock))
    }
  }
  return savings
}

/** Of all lots, where so much is asked for until each of them expires: what is thrown away is the greatest excess. */
function soldOf(stocks: readonly number[], asked: readonly number[]): number {
  let waste = 0
  for (const [place, stock] of stocks.entries()) waste = Math.max(waste, stock - asked[place]!)
  return (stocks.at(-1) ?? 0) - waste
}
