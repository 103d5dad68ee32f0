/** What a supplier does with an order that a store places now. */
import { addDays } from '@shelfcast/contracts/dates'
import { arrivalDays, type DeliveryTerms } from '../demand/delivery.ts'
import type { NoOrder, SupplierTerms } from './model.ts'
import { orderDay } from './order-days.ts'

/** Probability of each number of days from an order to its delivery, and whether anybody knew. */
export interface LeadDays {
  days: readonly number[]
  is_unknown: boolean
}

/** A supplier, as far as it says when and what it takes. */
export interface Supplier extends DeliveryTerms {
  supplier_id: string
  /** Minor units at cost, for one order of one store. */
  minimum_order: number
}

/** Day at a store, and its local time as HH:MM. */
export interface Moment {
  today: string
  time: string
}

/** Day and time at a store: those of its clock, or the morning after the last day that was known. */
export function momentOf(
  { today, time }: { today: string | null; time: string | null },
  origin: string,
): Moment {
  const morning = addDays(origin, 1)
  return today !== null && time !== null && today >= morning
    ? { today, time }
    : { today: morning, time: '00:00' }
}

export function termsOf(
  supplier: Supplier | undefined,
  moment: Moment,
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
const LEAST_PROBABILITY = 0.003

function likely(days: readonly number[]): readonly number[] {
  const kept = days.map((probability) => (probability >= LEAST_PROBABILITY ? probability : 0))
  const total = kept.reduce((sum, probability) => sum + probability, 0)
  return kept.map((probability) => probability / total)
}
