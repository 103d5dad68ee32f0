/** What is to be ordered today under a scenario becomes drafts, one for each store and supplier. */
import { stepWords } from '@shelfcast/contracts/plan-words'
import { PROMOTED_ORDERS_LIMIT, type PromotedOrders } from '@shelfcast/contracts/scenarios'
import type { OrderChanges } from '@shelfcast/operational/order-changes'
import { fault } from '../http/errors.ts'
import type { SeriesOutlook } from './stock.ts'

/** Characters that a reason of an order has. */
const REASON_LENGTH = 300

export async function promote(
  orders: OrderChanges,
  options: { outlooks: readonly (SeriesOutlook | undefined)[]; url: string; actor: string },
): Promise<PromotedOrders> {
  const { outlooks, url, actor } = options
  const needed = outlooks.filter((each) => each !== undefined).filter(({ quantity }) => quantity > 0)
  const priced = needed.filter(({ cost }) => cost !== null)
  const groups = Map.groupBy(
    priced,
    ({ store_id, supplier_id, order_day }) => `${store_id} ${supplier_id} ${order_day}`,
  )
  if (groups.size > PROMOTED_ORDERS_LIMIT)
    throw fault(
      400,
      'too_many_orders',
      `The scenario orders from ${groups.size} suppliers of stores, and ${PROMOTED_ORDERS_LIMIT} drafts are made at once. Give a store or a category.`,
    )
  const reason = `Scenario ${url}`
  const drafts: PromotedOrders['orders'] = []
  for (const lines of groups.values()) {
    const first = lines[0]!
    const order = await orders.create({
      store_id: first.store_id,
      supplier_id: first.supplier_id,
      order_on: first.order_day!,
      expected_on: first.expected_on,
      currency: first.currency,
      lines: lines.map(({ sku, quantity, unit, cost }) => ({
        sku,
        quantity: Math.ceil(quantity),
        unit,
        unit_cost: cost!,
      })),
      actor,
      reason: reason.length > REASON_LENGTH ? `${reason.slice(0, REASON_LENGTH - 3)}...` : reason,
    })
    drafts.push({
      id: order.id,
      purchase_order_id: order.purchase_order_id,
      store_id: order.store_id,
      supplier_id: order.supplier_id,
      order_on: order.order_on,
      currency: order.currency,
      amount: order.amount,
      lines: lines.map(({ sku, unit, quantity, steps }) => ({
        sku,
        unit,
        quantity: Math.ceil(quantity),
        steps: [...steps],
        words: steps.map((step) => stepWords(step, unit)),
      })),
    })
  }
  return {
    url,
    orders: drafts,
    without_cost: [...new Set(needed.filter(({ cost }) => cost === null).map(({ sku }) => sku))],
  }
}
