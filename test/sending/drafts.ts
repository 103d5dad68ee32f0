/** Orders in a store, for tests that send them. */
import type { Order } from '@shelfcast/contracts/orders'
import type { Orders } from '@shelfcast/operational/orders'

/** A draft of a person, of which there may be many a day. */
export const createDraft = (orders: Orders, supplier_id = 'SUP-1'): Promise<Order> =>
  orders.create({
    store_id: 'S-01',
    supplier_id,
    order_on: '2026-03-02',
    expected_on: '2026-03-04',
    currency: 'EUR',
    lines: [{ sku: 'P-1000', quantity: 24, unit: 'each', unit_cost: 125 }],
    actor: 'ann',
    reason: 'a test',
  })

export async function createApproved(orders: Orders, supplier_id?: string): Promise<Order> {
  const { id, version } = await createDraft(orders, supplier_id)
  return orders.approve({ id, version, channel: 'erp', actor: 'ann', reason: 'as planned' })
}
