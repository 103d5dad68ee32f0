/** What a store orders of a SKU, before anybody has looked at the other lines. */
import { addDays } from '@shelfcast/contracts/dates'
import type { PlanningSettings, PlanReason, PlanStep } from '@shelfcast/contracts/planning'
import { createArithmetic } from './arithmetic.ts'
import { capAtShelfLife, demandWhileItKeeps, raiseToMinimum, roundToPacks } from './constraints.ts'
import type { LineDraft, NoOrder, SeriesInput, SupplierTerms } from './model.ts'
import { setNewsvendorNeed } from './newsvendor.ts'
import { takePosition } from './position.ts'
import { capAtEndOfRange, meanOf, raiseToOrderQuantity, setTarget } from './target.ts'

/** Demand below it is none: not one unit in a year. */
const LEAST_DEMAND = 1e-3

/** A line that cannot be ordered today, whatever is needed. */
export function lineWithoutOrder(input: SeriesInput, { reason, next_order_day }: NoOrder): LineDraft {
  const facts: PlanStep['facts'] = next_order_day === null ? { supplier: reason } : { next_order_day }
  return {
    input,
    quantity: 0,
    reason,
    steps: [{ step: 'demand', before: 0, after: 0, facts }],
    position: Math.max(0, input.on_hand ?? 0),
    is_urgent: false,
  }
}

/**
 * From demand to a quantity: what is to be there, less what is there and on its way, within what may be ordered.
 *
 * Demand that finds an empty shelf is lost, not owed: what is expected to be lost until the delivery arrives is not
 * ordered. Source: Silver, Pyke and Thomas, 4th ed., ch. 7; lost sales: Bijvank and Vis, Lost-sales inventory theory: a
 * review, European Journal of Operational Research 215 (2011).
 *
 * Where nothing is needed the last step ends at or below 0, or with less than half a unit.
 */
export function planLine(input: SeriesInput, terms: SupplierTerms, settings: PlanningSettings): LineDraft {
  const arithmetic = createArithmetic()
  const { demand } = input
  const draft = (reason: PlanReason, rest: Partial<LineDraft> = {}): LineDraft => ({
    input,
    quantity: 0,
    reason,
    steps: arithmetic.steps,
    position: Math.max(0, input.on_hand ?? 0),
    is_urgent: false,
    ...rest,
  })
  if (demand === null) {
    arithmetic.set('demand', 0, { forecast: 'none' })
    return draft('no_forecast')
  }
  if (demand.protection.mean < LEAST_DEMAND) {
    arithmetic.set('demand', 0, { mean: demand.protection.mean })
    return draft('no_demand')
  }
  const arrival = addDays(terms.order_day, Math.round(meanOf(terms.lead_days)))
  if (input.sold_until !== null && arrival > input.sold_until) {
    arithmetic.set('end_of_range', 0, { sold_until: input.sold_until, arrives_on: arrival })
    return draft('end_of_range')
  }

  const newsvendor = setNewsvendorNeed(arithmetic, input, demand, terms, settings)
  if (newsvendor) {
    const { demand: kept, position } = newsvendor
    const state = { position, is_urgent: position < kept.mean }
    if (arithmetic.value < 0.5) return draft('has_enough', state)
    const most = arithmetic.value
    const tooLittle =
      roundToPacks(arithmetic, input, { kept, position, settings }) ?? raiseToMinimum(arithmetic, input, most)
    return tooLittle ? draft(tooLittle, state) : draft('needed', { ...state, quantity: arithmetic.value })
  }

  setTarget(arithmetic, input, demand, terms, settings)
  let reorderPoint: number | undefined
  if (settings.policies[input.abc] === 'reorder_point')
    reorderPoint = raiseToOrderQuantity(arithmetic, input, demand, settings)
  if (input.sold_until !== null) capAtEndOfRange(arithmetic, input.sold_until, demand, terms, settings)

  const { usable, on_order, before_delivery } = takePosition(arithmetic, input, demand, terms, settings)
  const position = usable + on_order
  const state = { position, is_urgent: position < demand.protection.mean }
  if (reorderPoint !== undefined && position > reorderPoint) {
    arithmetic.set('reorder_point', 0, { reorder_point: reorderPoint, position })
    return draft('above_reorder_point', state)
  }
  if (arithmetic.value <= 0) return draft('has_enough', state)

  const lost = demand.untilDelivery.shortage(usable + before_delivery)
  if (lost >= 0.05)
    arithmetic.set('lost_sales', Math.max(0, arithmetic.value - lost), {
      lost,
      there_until_delivery: usable + before_delivery,
    })
  if (arithmetic.value < 0.5) return draft('has_enough', state)

  const kept = demandWhileItKeeps(input, demand, terms)
  const most = capAtShelfLife(arithmetic, input, kept, position, settings)
  if (arithmetic.value <= 0) return draft('would_expire', state)
  const tooLittle =
    roundToPacks(arithmetic, input, { kept, position, settings }) ?? raiseToMinimum(arithmetic, input, most)
  if (tooLittle) return draft(tooLittle, state)
  return draft('needed', { ...state, quantity: arithmetic.value })
}
