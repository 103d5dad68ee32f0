/** Orders that nobody has placed yet, but that will be placed by rule within the days that are looked at. */
import type { Arrival, Lot } from './stock-out-risks.ts'

export interface FutureOrdersQuestion {
  readonly onHand: number
  readonly lots?: readonly Lot[]
  readonly arrivals: readonly Arrival[]
  /** Expected demand of the days 1, 2, ... after the origin. */
  readonly means: readonly number[]
  /** Days after the origin on whose evening an order is placed, ascending; 0 is the evening of the origin. */
  readonly orderDays: readonly number[]
  /** Probability that an order comes so many days after it was placed, from 0 on. */
  readonly leadTime: readonly number[]
  /** Units up to which the position is filled on an order day. */
  orderUpTo(orderDay: number): number
  /** In which orders come. */
  readonly pack: number
  readonly inFull: number
  readonly shareOtherwise: number
  /** Days that goods keep from their delivery; absent: they keep. */
  readonly shelfLife?: number
}

/**
 * What is expected to be ordered: on each order day, what is missing to the order-up-to level if demand is as forecast,
 * in whole packs to the nearest. Sales are taken to be no more than the expected stock.
 */
export function futureOrders(question: FutureOrdersQuestion): Arrival[] {
  const { means, orderDays, leadTime, pack, inFull, shareOtherwise, shelfLife } = question
  const days = means.length
  const orders: Arrival[] = []
  const usual = Math.round(leadTime.reduce((sum, share, day) => sum + share * day, 0))
  let stock = Math.max(0, question.onHand)
  const due = new Float64Array(days + usual + 2)
  let onOrder = 0
  for (const arrival of question.arrivals) {
    const day = Math.min(due.length - 1, meanDay(arrival.days))
    due[day]! += arrival.quantity
    onOrder += arrival.quantity
  }
  let next = 0
  for (let day = 0; day <= days; day++) {
    if (day > 0) {
      stock = Math.max(0, stock + due[day]! - means[day - 1]!)
      onOrder -= due[day]!
    }
    if (orderDays[next] !== day) continue
    next++
    const packs = Math.round((question.orderUpTo(day) - stock - onOrder) / pack)
    if (packs <= 0) continue
    const quantity = packs * pack
    const arrivalDays = new Array<number>(days).fill(0)
    leadTime.forEach((share, lead) => {
      if (day + lead >= 1 && day + lead <= days) arrivalDays[day + lead - 1]! += share
    })
    orders.push({
      quantity,
      days: arrivalDays,
      inFull,
      shareOtherwise,
      ...(shelfLife !== undefined && { expiresAfter: day + usual + shelfLife }),
    })
    due[Math.min(due.length - 1, day + usual)]! += quantity
    onOrder += quantity
  }
  return orders
}

/** @param days probabilities of the days 1, 2, ...; what is missing to 1 counts as the day after the last */
function meanDay(days: readonly number[]): number {
  let sum = 0
  let rest = 1
  days.forEach((share, at) => {
    sum += share * (at + 1)
    rest -= share
  })
  return Math.round(sum + Math.max(0, rest) * (days.length + 1))
}
