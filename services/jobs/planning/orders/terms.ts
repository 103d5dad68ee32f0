/** What a supplier does with an order that a store places now. */
import { addDays } from '@shelfcast/contracts/dates'
import { arrivalDays } from '@shelfcast/planning/demand/delivery'
import type { NoOrder, SupplierTerms } from '@shelfcast/planning/replenishment/model'
import { orderDay } from '@shelfcast/planning/replenishment/order-days'
import type { PlanningStore, PlanningSupplier } from './reference.ts'

/** Probability of each number of days from an order to its delivery, and whether anybody knew. */
export interface LeadDays {
  days: readonly number[]
  is_unknown: boolean
}

/** Day and time at a store: those of its clock, or the morning after the last day that was known. */
export function momentOf({ today, time }: PlanningStore, origin: string): { today: string; time: string } {
  const morning = addDays(origin, 1)
  return today !== undefined && time !== undefined && today >= morning
    ? { today, time }
    : { today: morning, time: '00:00' }
}

export function termsOf(
  supplier: PlanningSupplier | undefined,
  moment: { today: string; time: string },
  leadDays: ReadonlyMap<string, LeadDays>,
): SupplierTerms | NoOrder {
  if (!supplier) return { reason: 'no_supplier', next_order_day: null }
  const day = orderDay(supplier, moment)
  if ('reason' in day) return day
  const lead = leadDays.get(supplier.supplier_id)!
  return {
    supplier_id: supplier.supplier_id,
    order_day: day.order_day,
    review_days: day.review_days,
    lead_days: likely(arrivalDays(day.order_day, lead.days, supplier)),
    is_lead_time_unknown: lead.is_unknown,
    minimum_order: supplier.minimum_order,
  }
}

/** A lead time that is less likely makes no difference to an order, and each costs as much as the others. */
const LEAST_PROBABILITY = 0.01

function likely(days: readonly number[]): readonly number[] {
  const kept = days.map((probability) => (probability >= LEAST_PROBABILITY ? probability : 0))
  const total = kept.reduce((sum, probability) => sum + probability, 0)
  return kept.map((probability) => probability / total)
}
