/** On which day an order counts as placed, and on which its goods are at the store, by the calendar of its supplier. */
import { dateOf, dayOf, weekdayOf } from '@shelfcast/contracts/dates'

export interface DeliveryTerms {
  /** Days on which orders are taken; Monday is 1; empty: all days. */
  order_weekdays: readonly number[]
  /** Local time HH:MM until which an order counts for its day; empty: all day. */
  order_until: string
  /** Days on which it delivers; Monday is 1; empty: all days. */
  delivery_weekdays: readonly number[]
}

const WEEK = 7

/**
 * The day for which an order counts: this one, or after the cut-off the next on which orders are taken.
 * @param time local time at the store, HH:MM; '' for an order that is in before any cut-off
 */
export function orderDayOf(today: string, time: string, terms: DeliveryTerms): string {
  const isLate = terms.order_until !== '' && time > terms.order_until
  return dateOf(firstOn(dayOf(today) + (isLate ? 1 : 0), terms.order_weekdays))
}

/** The day on which orders are taken after that one: how far, in days, is the review period. */
export function nextOrderDay(orderDay: string, { order_weekdays }: DeliveryTerms): string {
  return dateOf(firstOn(dayOf(orderDay) + 1, order_weekdays))
}

/** The first day of delivery on or after the lead time is over. @param leadDays whole days */
export function arrivalDay(orderDay: string, leadDays: number, { delivery_weekdays }: DeliveryTerms): string {
  return dateOf(firstOn(dayOf(orderDay) + leadDays, delivery_weekdays))
}

/**
 * Probability of an arrival 0, 1, 2, ... days after the order day: the lead time, and the wait for a day of delivery.
 * @param pmf of the lead time, by whole days
 */
export function arrivalDays(orderDay: string, pmf: readonly number[], terms: DeliveryTerms): number[] {
  const day = dayOf(orderDay)
  const arrivals = new Array<number>(pmf.length).fill(0)
  for (const [leadDays, probability] of pmf.entries()) {
    if (probability === 0) continue
    const days = firstOn(day + leadDays, terms.delivery_weekdays) - day
    while (arrivals.length <= days) arrivals.push(0)
    arrivals[days]! += probability
  }
  return arrivals
}

/** Weekdays that are none, such as 0 or 8, hold for nothing: where no day is left, all are meant. */
function firstOn(day: number, weekdays: readonly number[]): number {
  for (let ahead = 0; ahead < WEEK; ahead++) if (weekdays.includes(weekdayOf(day + ahead))) return day + ahead
  return day
}
