/** On which day an order of now counts, and when the next one does. */
import { addDays, dayOf, weekdayOf } from '@shelfcast/contracts/dates'
import type { NoOrder } from './model.ts'

export interface OrderCalendar {
  /** Days on which orders are taken; Monday is 1. */
  order_weekdays: readonly number[]
  /** Local time, HH:MM, until which an order counts for its day; empty: all day. */
  order_until: string
}

/** Whether an order can be placed today, and how many days it is to the day of orders after that. */
export function orderDay(
  { order_weekdays, order_until }: OrderCalendar,
  { today, time }: { today: string; time: string },
): { order_day: string; review_days: number } | NoOrder {
  if (!order_weekdays.some((weekday) => weekday >= 1 && weekday <= 7))
    return { reason: 'no_order_days', next_order_day: null }
  const first = order_until !== '' && time > order_until ? addDays(today, 1) : today
  const day = nextDay(order_weekdays, first)
  if (day !== today) return { reason: 'not_an_order_day', next_order_day: day }
  const next = nextDay(order_weekdays, addDays(day, 1))
  return { order_day: day, review_days: dayOf(next) - dayOf(day) }
}

function nextDay(weekdays: readonly number[], from: string): string {
  let day = from
  while (!weekdays.includes(weekdayOf(dayOf(day)))) day = addDays(day, 1)
  return day
}
