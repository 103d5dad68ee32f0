/** Orders and outbox entries with overrides. */
import type { OutgoingOrder } from '@shelfcast/contracts/orders'
import type { OutboxEntry } from '@shelfcast/operational/outbox-entry'

export function outgoingOrder(overrides: Partial<OutgoingOrder> = {}): OutgoingOrder {
  return {
    purchase_order_id: 'PO-20260302-S-01-SUP-1-1',
    store_id: 'S-01',
    supplier_id: 'SUP-1',
    order_on: '2026-03-02',
    expected_on: '2026-03-04',
    currency: 'EUR',
    amount: 5_394,
    approved_at: '2026-03-02T09:30:15.000Z',
    approved_by: 'api',
    lines: [
      { line_no: 1, sku: 'P-1000', quantity: 24, unit: 'each', unit_cost: 125 },
      { line_no: 2, sku: '4006381333931', quantity: 6_000, unit: 'g', unit_cost: 399 },
    ],
    ...overrides,
  }
}

export function outboxEntry(overrides: Partial<OutboxEntry> = {}): OutboxEntry {
  return {
    id: 7,
    channel: 'erp',
    idempotency_key: 'order-key-7',
    attempts: 0,
    turn: 1,
    order: outgoingOrder(),
    ...overrides,
  }
}
