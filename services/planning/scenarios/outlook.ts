/** Stock and the order of today under a demand and lead times that may be others: what runs out, and what is ordered. */
import { addDays, daysBetween } from '@shelfcast/contracts/dates'
import type { SumBand } from '@shelfcast/contracts/manifest'
import type { PlanningSettings, PlanStep } from '@shelfcast/contracts/planning'
import { mixture, type Part } from '../demand/mixture.ts'
import { spansOf } from '../demand/sums.ts'
import { planLine } from '../replenishment/line.ts'
import type { NoOrder, SeriesInput, SupplierTerms } from '../replenishment/model.ts'
import { meanOf } from '../replenishment/target.ts'

export interface OutlookInput {
  /** All but its demand and its orders' days under the scenario. */
  line: Omit<SeriesInput, 'demand'>
  /** Means of the days from the day of the order on. */
  means: readonly number[]
  bands: readonly SumBand[]
  terms: SupplierTerms | NoOrder
  /** Days that deliveries come later which are due on a day. */
  delayOf(due: string): number
}

export interface Outlook {
  /** Of today's order; 0 where none can be placed. */
  quantity: number
  steps: readonly PlanStep[]
  expected_on: string | null
  /** Until the delivery after that of today's order; null where the stock or the lead time is not known. */
  stock_out: number | null
  /** Expected demand in these days that finds an empty shelf, in the unit of facts. */
  lost: number | null
}

/**
 * Demand that finds an empty shelf is lost. Until today's delivery the stock and what comes before it have to do; from
 * there on also what is ordered today. Of the two the larger loss counts, as the second holds the first for a shelf that was
 * not empty. Source: Silver, Pyke and Thomas, 4th ed., ch. 7 (expected shortage per cycle).
 */
export function outlookOf(input: OutlookInput, settings: PlanningSettings): Outlook {
  const { line, means, bands, delayOf } = input
  if ('reason' in input.terms)
    return { quantity: 0, steps: [], expected_on: null, stock_out: null, lost: null }
  const terms = delayed(input.terms, delayOf)
  const open_orders = line.open_orders.map((order) =>
    order.expected_on === null
      ? order
      : { ...order, expected_on: addDays(order.expected_on, delayOf(order.expected_on)) },
  )
  const spans = spansOf({ means, unit: line.unit, bands })
  const until = (review: number) =>
    mixture(
      terms.lead_days.flatMap((weight, lead): Part[] =>
        weight > 0 ? [{ weight, demand: spans.over(lead + review) }] : [],
      ),
    )
  const demand = {
    over: spans.over,
    untilDelivery: until(0),
    protection: until(terms.review_days),
    means,
  }
  const plan = planLine({ ...line, open_orders, demand }, terms, settings)
  const lead = Math.round(meanOf(terms.lead_days))
  const expected_on = addDays(terms.order_day, lead)
  if (line.on_hand === null)
    return { quantity: plan.quantity, steps: plan.steps, expected_on, stock_out: null, lost: null }
  const within = (days: number) =>
    open_orders
      .filter((order) => order.expected_on === null || daysBetween(terms.order_day, order.expected_on) < days)
      .reduce((sum, order) => sum + order.quantity, 0)
  const stock = Math.max(0, line.on_hand)
  const first = stock + within(lead)
  const second = stock + within(lead + terms.review_days) + plan.quantity
  return {
    quantity: plan.quantity,
    steps: plan.steps,
    expected_on,
    stock_out: Math.max(1 - demand.untilDelivery.cdf(first), 1 - demand.protection.cdf(second)),
    lost: Math.max(demand.untilDelivery.shortage(first), demand.protection.shortage(second)),
  }
}

/** Lead times are longer by what the delivery that is due on average is late. */
function delayed(terms: SupplierTerms, delayOf: OutlookInput['delayOf']): SupplierTerms {
  const delay = delayOf(addDays(terms.order_day, Math.round(meanOf(terms.lead_days))))
  return delay === 0
    ? terms
    : { ...terms, lead_days: [...new Array<number>(delay).fill(0), ...terms.lead_days] }
}
