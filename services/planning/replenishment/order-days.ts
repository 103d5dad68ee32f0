/** Whether an order can be placed today, and how long it is to the next one. */
import { daysBetween } from '@shelfcast/contracts/dates'
import { type DeliveryTerms, nextOrderDay, orderDayOf } from '../demand/delivery.ts'
import type { NoOrder } from './model.ts'

const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7]

/** @param moment day and local time at the store, as HH:MM */
export function orderDay(
  terms: DeliveryTerms,
  { today, time }: { today: string; time: string },
): { order_day: string; review_days: number } | NoOrder {
  if (!WEEKDAYS.some((weekday) => terms.order_weekdays.includes(weekday)))
    return { reason: 'no_order_days', next_order_day: null }
  const day = orderDayOf(today, time, terms)
  if (day !== today) return { reason: 'not_an_order_day', next_order_day: day }
  return { order_day: day, review_days: daysBetween(day, nextOrderDay(day, terms)) }
}
