/** What an ERP tells of orders that it was sent. What it is sent is OutgoingOrder of orders.ts. */
import { type Static, Type } from 'typebox'
import { StoreId } from './events.ts'
import { OrderState, PurchaseOrderId } from './orders.ts'
import { day, instant, line, STRICT } from './outside.ts'

export const ErpWebhook = Type.Object(
  {
    type: Type.Enum(['order.confirmed', 'order.rejected'], {
      description: 'order.confirmed: it will be delivered. order.rejected: it will not',
    }),
    timestamp: instant('when it was decided'),
    data: Type.Object(
      {
        store_id: StoreId,
        purchase_order_id: PurchaseOrderId,
        expected_on: Type.Optional(day('on which it is delivered, at the store; absent: as planned')),
        reference: Type.Optional(line(100, { description: 'by which the ERP knows the order' })),
        reason: Type.Optional(line(300, { description: 'why' })),
      },
      STRICT,
    ),
  },
  STRICT,
)
export type ErpWebhook = Static<typeof ErpWebhook>

export const ErpWebhookAnswer = Type.Object(
  {
    order: Type.Integer({ description: 'as in GET /api/v1/orders/{id}' }),
    state: OrderState,
    version: Type.Integer({ minimum: 1 }),
  },
  { $id: 'ErpWebhookAnswer', ...STRICT },
)
export type ErpWebhookAnswer = Static<typeof ErpWebhookAnswer>
