/** Orders to which something may come. */
import { OPEN_ORDER_STATES } from '@shelfcast/contracts/orders'
import type { Queries } from './client.ts'

export interface ExpectedOrder {
  store_id: string
  purchase_order_id: string
  /** Day at the store. */
  order_on: string
}

/** Days after the last change of an order that nothing is expected of any more: what comes late is still booked. */
const LATE_DAYS = 7

/** Those that are open, and those that were received or cancelled lately. */
export const expectedOrders = (queries: Queries): Promise<ExpectedOrder[]> =>
  queries.query<ExpectedOrder & Record<string, unknown>>(
    `select store_id, purchase_order_id, order_on
    from orders
    where approved_at is not null
        and (state = any($1) or (state in ('received', 'cancelled') and changed_at > now() - $2 * interval '1 day'))
    order by order_on, id`,
    [OPEN_ORDER_STATES, LATE_DAYS],
  )
