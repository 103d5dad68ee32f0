/** What suppliers say and bring: confirmations, receipts, and what is still on order. */
import type { Order, OrderState } from '@shelfcast/contracts/orders'
import { OPEN_ORDER_STATES, ORDER_STEPS } from '@shelfcast/contracts/orders'
import type { Queries } from './client.ts'
import { OrderRefusal, readOrder, record } from './order-rows.ts'

export interface OpenLine {
  store_id: string
  sku: string
  purchase_order_id: string
  supplier_id: string
  /** In unit. */
  quantity: number
  unit: 'each' | 'g' | 'ml'
  state: OrderState
  /** Days at the store. */
  order_on: string
  expected_on: string | null
}

export interface Receipt {
  store_id: string
  purchase_order_id: string
  sku: string
  /** In unit: all that came of the line on that day; days of one call are added up. */
  quantity: number
  /** Day at the store. */
  received_on: string
}

export const openLines = (queries: Queries, { store_id }: { store_id?: string }): Promise<OpenLine[]> =>
  queries.query<OpenLine & Record<string, unknown>>(
    `select store_id, sku, purchase_order_id, supplier_id, quantity, unit, state, order_on, expected_on
    from orders join order_lines on order_id = orders.id
    where state = any($1) and not closed and quantity > 0 and ($2::text is null or store_id = $2)
    order by store_id, sku, purchase_order_id`,
    [OPEN_ORDER_STATES, store_id ?? null],
  )

export async function confirmOrder(
  inside: Queries,
  confirmation: {
    store_id: string
    purchase_order_id: string
    expected_on: string | null
    actor: string
    reason?: string
    detail?: Record<string, unknown>
  },
): Promise<Order> {
  const { store_id, purchase_order_id, expected_on, actor, reason = '', detail = {} } = confirmation
  const [order] = await inside.query<{
    id: number
    state: OrderState
    version: number
    expected_on: string | null
  }>(
    'select id, state, version, expected_on from orders where store_id = $1 and purchase_order_id = $2 for update',
    [store_id, purchase_order_id],
  )
  if (!order)
    throw new OrderRefusal(
      'unknown_order',
      `There is no order ${purchase_order_id} of store ${store_id}. GET /api/v1/orders?store_id=${store_id} lists them.`,
    )
  const isLater = order.state === 'partly_received' || order.state === 'received'
  if (!isLater && order.state !== 'confirmed' && !ORDER_STEPS[order.state].includes('confirmed'))
    throw new OrderRefusal(
      'wrong_state',
      `Order ${purchase_order_id} of store ${store_id} is ${order.state}: there is nothing to confirm. Tell the supplier.`,
      await readOrder(inside, order.id),
    )
  const day = expected_on ?? order.expected_on
  const isNews = order.state !== 'confirmed' || day !== order.expected_on
  if (isLater || !isNews) return readOrder(inside, order.id)
  await inside.query(
    "update orders set state = 'confirmed', expected_on = $2, version = version + 1, changed_at = now() where id = $1",
    [order.id, day],
  )
  await record(inside, {
    order_id: order.id,
    event: 'confirmed',
    actor,
    reason,
    version: order.version + 1,
    detail: { ...detail, expected_on: day },
  })
  return readOrder(inside, order.id)
}

/** Those to which something may come: also a cancelled one, whose cancellation came too late. */
const RECEIVING: readonly OrderState[] = [...OPEN_ORDER_STATES, 'received', 'cancelled']

export async function receiveLines(
  inside: Queries,
  receipts: readonly Receipt[],
  actor: string,
): Promise<{ orders: number; lines: number }> {
  // In the order of their ids, as everybody who locks several.
  await inside.query(
    `select id
    from orders
    where state = any($2) and approved_at is not null and (store_id, purchase_order_id) in (
        select store_id, purchase_order_id
        from jsonb_to_recordset($1::jsonb) as receipt (store_id text, purchase_order_id text)
    )
    order by id
    for update`,
    [JSON.stringify(receipts), RECEIVING],
  )
  const lines = await inside.query<{ order_id: number; sku: string; received: number; received_on: string }>(
    `update order_lines lines
    set received = receipt.quantity, closed = true
    from (
        select orders.id as order_id, sku, greatest(sum(quantity), 0) as quantity, max(received_on) as received_on
        from jsonb_to_recordset($1::jsonb)
            as receipt (store_id text, purchase_order_id text, sku text, quantity bigint, received_on date)
        join orders using (store_id, purchase_order_id)
        where state = any($2) and approved_at is not null
        group by orders.id, sku
    ) as receipt
    where lines.order_id = receipt.order_id
        and lines.sku = receipt.sku
        and (lines.received <> receipt.quantity or not lines.closed)
    returning lines.order_id, lines.sku, lines.received, receipt.received_on`,
    [JSON.stringify(receipts), RECEIVING],
  )
  const orders = Map.groupBy(lines, ({ order_id }) => order_id)
  await inside.query(
    `with changed as
    (
        update orders
        set version = version + 1,
            changed_at = now(),
            state = case when exists (
                select from order_lines where order_id = orders.id and not closed and quantity > 0
            ) then 'partly_received' else 'received' end
        where id = any($1)
        returning id, version
    )
    insert into order_events (order_id, event, actor, version, detail)
    select changed.id, 'received', $3, changed.version, event.detail
    from changed
    join jsonb_to_recordset($2::jsonb) as event (id bigint, detail jsonb) on event.id = changed.id
    order by changed.id`,
    [
      [...orders.keys()],
      JSON.stringify(
        [...orders].map(([id, parts]) => ({
          id,
          detail: {
            lines: parts.map(({ sku, received, received_on }) => ({ sku, received, received_on })),
          },
        })),
      ),
      actor,
    ],
  )
  return { orders: orders.size, lines: lines.length }
}
