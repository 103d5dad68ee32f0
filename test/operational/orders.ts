/** Orders and proposals with overrides. */
import type { Order, OrderProposal } from '@shelfcast/contracts/orders'
import type { Orders } from '@shelfcast/operational/orders'

export const ORDER_DAY = '2026-03-02'

export function proposalOf(overrides: Partial<OrderProposal> = {}): OrderProposal {
  return {
    store_id: 'S-01',
    supplier_id: 'SUP-1',
    order_on: ORDER_DAY,
    expected_on: '2026-03-04',
    currency: 'GBP',
    lines: [lineOf('P-1', 24), lineOf('P-2', 6)],
    ...overrides,
  }
}

export function lineOf(sku: string, quantity: number, unit_cost = 100) {
  return { sku, quantity, unit: 'each' as const, unit_cost }
}

export const propose = (orders: Orders, proposals: readonly OrderProposal[], plan = `${ORDER_DAY}/1`) =>
  orders.propose({ plan, order_day: ORDER_DAY, actor: 'plan-orders', proposals })

/** A draft of a plan. */
export async function draftOf(orders: Orders, overrides: Partial<OrderProposal> = {}): Promise<Order> {
  const proposal = proposalOf(overrides)
  await orders.propose({
    plan: `${proposal.order_on}/${proposal.store_id}`,
    order_day: ORDER_DAY,
    actor: 'plan-orders',
    proposals: [proposal],
  })
  const [order] = await orders.list({ store_id: proposal.store_id, supplier_id: proposal.supplier_id })
  return order!
}

/** One that waits to be sent. */
export async function approvedOf(orders: Orders, overrides: Partial<OrderProposal> = {}): Promise<Order> {
  const { id, version } = await draftOf(orders, overrides)
  return orders.approve({ id, version, channel: 'csv', actor: 'ann', reason: 'as planned' })
}
