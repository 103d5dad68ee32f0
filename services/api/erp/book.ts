/** Books what an ERP tells of an order, in the transaction that keeps the answer. */
import type { ErpWebhook, ErpWebhookAnswer } from '@shelfcast/contracts/erp'
import type { Order } from '@shelfcast/contracts/orders'
import type { Queries } from '@shelfcast/operational/client'
import { orderChanges } from '@shelfcast/operational/order-changes'
import { confirmOrder } from '@shelfcast/operational/order-deliveries'
import { listOrders, OrderRefusal } from '@shelfcast/operational/order-rows'
import type { Answer } from '@shelfcast/operational/submissions'

const ACTOR = 'erp'

/** @throws OrderRefusal where there is no such order, or where it is in another state than the ERP believes */
export async function bookWebhook(inside: Queries, webhook: ErpWebhook): Promise<Answer> {
  const { id, state, version } = await book(inside, webhook)
  const answer: ErpWebhookAnswer = { order: id, state, version }
  return { status: 200, body: JSON.stringify(answer) }
}

function book(inside: Queries, webhook: ErpWebhook): Promise<Order> {
  const { type, timestamp, data } = webhook
  const { store_id, purchase_order_id, expected_on = null, reference, reason = '' } = data
  if (type === 'order.rejected') return reject(inside, webhook)
  return confirmOrder(inside, {
    store_id,
    purchase_order_id,
    expected_on,
    actor: ACTOR,
    reason,
    detail: { decided_at: timestamp, ...(reference !== undefined && { reference }) },
  })
}

/** The order is cancelled: what was planned of it does not come. */
async function reject(inside: Queries, { data }: ErpWebhook): Promise<Order> {
  const { store_id, purchase_order_id, reference, reason = 'no reason was given' } = data
  const [order] = await listOrders(inside, { store_id, purchase_order_id, limit: 1 })
  if (!order)
    throw new OrderRefusal(
      'unknown_order',
      `There is no order ${purchase_order_id} of store ${store_id}. GET /api/v1/orders?store_id=${store_id} lists them.`,
    )
  if (order.state === 'cancelled') return order
  if (order.channel === null)
    throw new OrderRefusal(
      'wrong_state',
      `Order ${purchase_order_id} of store ${store_id} is ${order.state}: it was not sent, so there is nothing to reject.`,
      order,
    )
  const by = reference === undefined ? '' : ` (${reference})`
  return orderChanges(inside).cancel({
    id: order.id,
    actor: ACTOR,
    reason: `Rejected by the ERP${by}: ${reason}`,
  })
}
