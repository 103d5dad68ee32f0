/** Goods that do not keep until the delivery after this one: what of an order is not sold in time is lost. */
import { daysBetween } from '@shelfcast/contracts/dates'
import type { PlanningSettings } from '@shelfcast/contracts/planning'
import type { Demand } from '../demand/demand.ts'
import type { Arithmetic } from './arithmetic.ts'
import type { SeriesDemand, SeriesInput, SupplierTerms } from './model.ts'
import { bookFacts, openOrders, orderFacts, quantityOf } from './position.ts'
import { costFact, criticalRatio, meanOf, moneyOf } from './target.ts'

export interface NewsvendorNeed {
  /** Demand of the days on which the order is sold. */
  demand: Demand
  /** What is there for those days without it. */
  position: number
}

/**
 * What an order sells while it keeps, at the probability at which one more earns as much as it may lose, less what is left
 * over when it arrives. Stock of today is sold before: what is left of it then is E[(I - D_L)+], as far as it keeps.
 * Source: Silver, Pyke and Thomas, 4th ed., ch. 9; leftovers: Nahmias, Perishable Inventory Systems (2011), ch. 2.
 * @returns undefined where the goods keep, or nothing is earned by them
 */
export function setNewsvendorNeed(
  arithmetic: Arithmetic,
  input: SeriesInput,
  series: SeriesDemand,
  terms: SupplierTerms,
  settings: PlanningSettings,
): NewsvendorNeed | undefined {
  const { shelf_life_days: life, sold_until } = input
  const money = moneyOf(input, settings)
  if (life === null || life > terms.review_days || money === undefined) return undefined
  const lead = Math.round(meanOf(terms.lead_days))
  const rest = sold_until === null ? life : daysBetween(terms.order_day, sold_until) + 1 - lead
  const days = Math.min(life, rest)
  const demand = demandAfter(series, lead, days)
  arithmetic.set('demand', demand.mean, {
    days,
    sd: Math.sqrt(demand.variance),
    lead_time_days: lead,
    shelf_life_days: life,
    ...(terms.is_lead_time_unknown && { lead_time: 'unknown' }),
  })
  const probability = criticalRatio(money, settings)
  arithmetic.set('critical_ratio', demand.quantile(probability), {
    probability,
    price: money.price,
    cost: money.cost,
    ...costFact(money.isCostKnown),
  })

  const onHand = Math.max(0, input.on_hand ?? 0)
  const open = openOrders(input.open_orders, terms.order_day, lead + days, settings.late_days_limit)
  const isSooner = ({ expected_on }: { expected_on: string | null }) =>
    expected_on === null || daysBetween(terms.order_day, expected_on) < lead
  const sooner = open.arriving.filter(isSooner)
  const stock = onHand + quantityOf(sooner)
  const before = series.over(lead)
  const unsold = stock - before.mean + before.shortage(stock)
  const left = Math.max(
    0,
    Math.min(unsold, lastingBeyond(input, terms.order_day, lead, life) + quantityOf(sooner)),
  )
  arithmetic.set('on_hand', arithmetic.value - left, {
    on_hand: input.on_hand ?? 0,
    left,
    ...bookFacts(input.on_hand),
  })
  const onOrder = quantityOf(open.arriving.filter((order) => !isSooner(order)))
  if (input.open_orders.length > 0)
    arithmetic.set('on_order', arithmetic.value - onOrder, orderFacts(open, onOrder))
  return { demand, position: left + onOrder }
}

/** Of what is on hand, what may still be sold after so many days: an unknown lot came today at the earliest. */
function lastingBeyond({ on_hand, lots }: SeriesInput, today: string, days: number, life: number): number {
  const stock = Math.max(0, on_hand ?? 0)
  const inLots = lots.reduce((sum, { quantity }) => sum + quantity, 0)
  const lasting = lots.reduce(
    (sum, { expires_on, quantity }) =>
      expires_on === null || daysBetween(today, expires_on) >= days ? sum + quantity : sum,
    0,
  )
  return Math.min(stock, lasting) + (life > days ? Math.max(0, stock - inLots) : 0)
}

/**
 * Of `days` days after the first `lead`: as that of as many days from tomorrow on, at the level of theirs. Days of a series
 * that sells are taken to be spread alike.
 */
function demandAfter(series: SeriesDemand, lead: number, days: number): Demand {
  const span = series.over(days)
  const mean = series.over(lead + days).mean - series.over(lead).mean
  const scale = span.mean > 0 ? Math.max(0, mean) / span.mean : 0
  if (scale === 1 || span.mean === 0) return span
  const isWhole = Number.isInteger(span.quantile(0.5))
  return {
    mean: span.mean * scale,
    variance: span.variance * scale * scale,
    cdf: (units) => span.cdf(units / Math.max(scale, Number.MIN_VALUE)),
    quantile(probability) {
      const units = span.quantile(probability) * scale
      return isWhole ? Math.round(units) : units
    },
    shortage: (stock) => (scale > 0 ? span.shortage(stock / scale) * scale : 0),
  }
}
