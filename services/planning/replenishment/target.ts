/** How much stock a line is to have: the policy. */

import { daysBetween } from '@shelfcast/contracts/dates'
import type { PlanningSettings } from '@shelfcast/contracts/planning'
import type { Demand } from '../demand/demand.ts'
import type { Arithmetic } from './arithmetic.ts'
import { inPriceUnits, type SeriesDemand, type SeriesInput, type SupplierTerms } from './model.ts'

const DAYS_OF_A_YEAR = 365
/** By cost alone a level may come out where nobody would run a shop. */
const LEVEL_LIMITS = { least: 0.5, most: 0.995 } as const

export interface Target {
  /** Order-up-to level S. */
  level: number
  /** s of (s, S): nothing is ordered above it; undefined where it is filled up on each day of orders. */
  reorder_point: number | undefined
  /** Probability of the quantile that was taken. */
  probability: number
}

/** Cost per piece, kilogram or litre, and whether anybody said it. */
export function costOf(
  { cost, price }: Pick<SeriesInput, 'cost' | 'price'>,
  { unknown_cost_share }: PlanningSettings,
): { cost: number; is_known: boolean } {
  if (cost !== null) return { cost, is_known: true }
  return { cost: price === null ? 0 : Math.round(price * unknown_cost_share), is_known: false }
}

/**
 * (R, S): S is the quantile of demand over lead time plus review period. (s, S): s is that quantile, and S is an economic
 * order quantity above it. Source: Silver, Pyke and Thomas, Inventory and Production Management in Supply Chains, 4th ed.,
 * ch. 6 and 7.
 */
export function setTarget(
  arithmetic: Arithmetic,
  input: SeriesInput,
  demand: SeriesDemand,
  terms: SupplierTerms,
  settings: PlanningSettings,
): Target {
  const { abc } = input
  const { review_days } = terms
  const money = moneyOf(input, settings)
  const lead = meanOf(terms.lead_days)
  const { protection } = demand
  const days = lead + review_days
  arithmetic.set('demand', protection.mean, {
    days,
    sd: Math.sqrt(protection.variance),
    lead_time_days: lead,
    review_days,
    ...(terms.is_lead_time_unknown && { lead_time: 'unknown' }),
  })
  const byCost = settings.service === 'by_cost' && money !== undefined
  const probability = byCost ? levelByCost(money, review_days, settings) : settings.service_levels[abc]
  const level = protection.quantile(probability)
  arithmetic.set('service_level', level, {
    probability,
    ...(byCost
      ? { rule: 'by cost', ...costFact(money.isCostKnown) }
      : { rule: settings.service === 'by_cost' ? 'by class: price unknown' : 'by class', class: abc }),
    safety_stock: level - protection.mean,
  })
  return { level, reorder_point: undefined, probability }
}

/**
 * Of (s, S): the level that was found is s, and S is an economic order quantity above it.
 * @returns s
 */
export function raiseToOrderQuantity(
  arithmetic: Arithmetic,
  input: SeriesInput,
  demand: SeriesDemand,
  settings: PlanningSettings,
): number {
  const reorderPoint = arithmetic.value
  const { cost, is_known } = costOf(input, settings)
  const days = demand.means.length
  const a_year = days === 0 ? 0 : (sum(demand.means) / days) * DAYS_OF_A_YEAR
  const quantity = economicOrderQuantity({
    demand: inPriceUnits(a_year, input.unit),
    order_cost: settings.order_line_cost,
    holding_cost: cost * settings.holding_cost_rate,
  })
  const most = days === 0 ? 0 : (sum(demand.means) / days) * settings.cover_days_limit
  const units = Math.round(Math.min(input.unit === 'each' ? quantity : quantity * 1_000, most))
  arithmetic.set('order_quantity', reorderPoint + units, {
    order_quantity: units,
    a_year: Math.round(a_year),
    order_cost: settings.order_line_cost,
    ...costFact(is_known),
  })
  return reorderPoint
}

/**
 * Units of an order that keep the costs of ordering and of keeping together least.
 * @param options.demand units a year
 * @param options.order_cost of an order
 * @param options.holding_cost of a unit for a year; 0: one order is as good as any, so 0
 * Source: Harris, 1913; Silver, Pyke and Thomas, 4th ed., ch. 4.
 */
export function economicOrderQuantity(options: {
  demand: number
  order_cost: number
  holding_cost: number
}): number {
  const { demand, order_cost, holding_cost } = options
  return holding_cost > 0 ? Math.sqrt((2 * order_cost * demand) / holding_cost) : 0
}

/** No more than is sold until the range ends. */
export function capAtEndOfRange(
  arithmetic: Arithmetic,
  sold_until: string,
  demand: SeriesDemand,
  terms: SupplierTerms,
  settings: PlanningSettings,
): void {
  const days = daysBetween(terms.order_day, sold_until) + 1
  const rest: Demand = demand.over(Math.max(0, days))
  const most = rest.quantile(settings.end_of_range_level)
  arithmetic.change('end_of_range', Math.min(arithmetic.value, most), { sold_until, days, mean: rest.mean })
}

export interface Money {
  price: number
  cost: number
  isCostKnown: boolean
}

/** Undefined where nothing is earned by a sale, as far as is known. */
export function moneyOf(input: SeriesInput, settings: PlanningSettings): Money | undefined {
  const { cost, is_known } = costOf(input, settings)
  const { price } = input
  return price !== null && price > cost ? { price, cost, isCostKnown: is_known } : undefined
}

/** Share of the cases in which one more is sold, at which it is worth having: cu / (cu + co). */
export function criticalRatio(
  { price, cost }: Pick<Money, 'price' | 'cost'>,
  { salvage_share }: Pick<PlanningSettings, 'salvage_share'>,
): number {
  return (price - cost) / (price - cost * salvage_share)
}

/** A sale that is lost costs its margin, a unit that is kept over a review period its holding. */
function levelByCost({ price, cost }: Money, review_days: number, settings: PlanningSettings): number {
  const margin = price - cost
  const holding = (cost * settings.holding_cost_rate * review_days) / DAYS_OF_A_YEAR
  return Math.min(LEVEL_LIMITS.most, Math.max(LEVEL_LIMITS.least, margin / (margin + holding)))
}

export const costFact = (isKnown: boolean): Record<string, string> =>
  isKnown ? {} : { cost_is: 'unknown, taken as a share of the price' }

export const meanOf = (probabilities: readonly number[]): number =>
  probabilities.reduce((mean, probability, days) => mean + probability * days, 0)

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
