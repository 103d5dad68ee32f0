/** What is there, and what is on its way: taken off what a line is to have. */
import { addDays, daysBetween } from '@shelfcast/contracts/dates'
import type { PlanningSettings, PlanStep } from '@shelfcast/contracts/planning'
import type { Arithmetic } from './arithmetic.ts'
import type { Lot, OpenOrder, SeriesDemand, SeriesInput, SupplierTerms } from './model.ts'
import { meanOf } from './target.ts'

export interface Position {
  /** On hand, without what expires before it is sold. */
  usable: number
  on_order: number
  /** Of on_order, what comes before the delivery of today's order. */
  before_delivery: number
}

/** Takes stock and open orders off the target: what is left is needed. */
export function takePosition(
  arithmetic: Arithmetic,
  input: SeriesInput,
  demand: SeriesDemand,
  terms: SupplierTerms,
  settings: PlanningSettings,
): Position {
  const onHand = Math.max(0, input.on_hand ?? 0)
  arithmetic.set('on_hand', arithmetic.value - onHand, {
    on_hand: input.on_hand ?? 0,
    ...bookFacts(input.on_hand),
  })
  const lead = Math.round(meanOf(terms.lead_days))
  const interval = lead + terms.review_days
  const expiring = Math.min(onHand, expectedUnsold(input.lots, demand.means, terms.order_day, interval))
  if (expiring > 0)
    arithmetic.set('expiring', arithmetic.value + expiring, {
      expiring,
      until: addDays(terms.order_day, interval - 1),
    })
  const open = openOrders(input.open_orders, terms.order_day, interval, settings.late_days_limit)
  const onOrder = quantityOf(open.arriving)
  if (input.open_orders.length > 0)
    arithmetic.set('on_order', arithmetic.value - onOrder, orderFacts(open, onOrder))
  const usable = onHand - expiring
  const soon = open.arriving.filter(
    ({ expected_on }) => expected_on === null || daysBetween(terms.order_day, expected_on) < lead,
  )
  return { usable, on_order: onOrder, before_delivery: quantityOf(soon) }
}

/**
 * What of the lots is not sold before it expires, on average, within some days: the lot that expires first is sold first
 * (FEFO), so of a lot there is left what demand until its last day does not take of it and of those before it.
 * @param means of the days from `today` on
 */
export function expectedUnsold(
  lots: readonly Lot[],
  means: readonly number[],
  today: string,
  days: number,
): number {
  const expiring = lots
    .flatMap(({ expires_on, quantity }) =>
      expires_on === null || quantity <= 0 ? [] : [{ lasts: daysBetween(today, expires_on) + 1, quantity }],
    )
    .filter(({ lasts }) => lasts < days)
    .sort((one, other) => one.lasts - other.lasts)
  let stock = 0
  let unsold = 0
  for (const { lasts, quantity } of expiring) {
    stock += quantity
    const sold = means.slice(0, Math.max(0, lasts)).reduce((sum, mean) => sum + mean, 0)
    unsold = Math.max(unsold, stock - sold)
  }
  return Math.floor(unsold)
}

/**
 * Those that come within the interval, the late ones among them: they are moved to the next delivery, not ordered again.
 * Late beyond a limit nobody expects them any more.
 */
export function openOrders(orders: readonly OpenOrder[], today: string, interval: number, lateDays: number) {
  const days = (order: OpenOrder) => (order.expected_on === null ? 0 : daysBetween(today, order.expected_on))
  const counted = orders.filter((order) => days(order) >= -lateDays)
  return {
    arriving: counted.filter((order) => days(order) < interval),
    late: counted.filter((order) => days(order) < 0),
    later: counted.filter((order) => days(order) >= interval),
    lost: orders.filter((order) => days(order) < -lateDays),
  }
}

export const quantityOf = (orders: readonly OpenOrder[]): number =>
  orders.reduce((sum, { quantity }) => sum + quantity, 0)

/** What is odd about the book. */
export function bookFacts(onHand: number | null): PlanStep['facts'] {
  if (onHand === null) return { book: 'nothing was ever heard of its stock, which counts as 0' }
  return onHand < 0 ? { book: 'below 0, which counts as 0' } : {}
}

/** @param quantity of what comes in time */
export function orderFacts(open: ReturnType<typeof openOrders>, quantity: number): PlanStep['facts'] {
  return {
    on_order: quantity,
    orders: open.arriving.map(({ purchase_order_id }) => purchase_order_id).join(', '),
    ...(open.late.length > 0 && { late: quantityOf(open.late) }),
    ...(open.later.length > 0 && { after_the_interval: quantityOf(open.later) }),
    ...(open.lost.length > 0 && { too_late_to_count: quantityOf(open.lost) }),
  }
}
