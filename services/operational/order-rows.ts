/** Orders as their tables have them, and what cannot be done to one. */
import type {
  Order,
  OrderChannel,
  OrderEvent,
  OrderFilter,
  OrderLine,
  OrderState,
  OutgoingOrder,
} from '@shelfcast/contracts/orders'
import type { Queries } from './client.ts'

/** Cost is of a kilogram or litre where the unit is grams or millilitres. */
const LINE_AMOUNT = `round(lines.quantity::numeric * lines.unit_cost / case lines.unit when 'each' then 1 else 1000 end)`

const ORDER_COLUMNS = `orders.id, purchase_order_id, store_id, supplier_id, state, version, order_on, expected_on,
  put_off_until, currency, totals.amount, totals.lines, plan, channel, created_at, changed_at, sent_at`

/** What the lines of an order come to. */
const TOTALS = `lateral (
      select
          coalesce(sum(${LINE_AMOUNT}), 0)::bigint as amount,
          (count(*) filter (where lines.quantity > 0))::int as lines
      from order_lines lines
      where lines.order_id = orders.id
  ) totals`
const ORDERS = `orders cross join ${TOTALS}`

/** What cannot be done to an order, with a code for those who answer it to others. */
export class OrderRefusal extends Error {
  override name = 'OrderRefusal'
  readonly code:
    | 'unknown_order'
    | 'order_changed'
    | 'wrong_state'
    | 'being_sent'
    | 'no_dead_letter'
    | 'empty_order'
    | 'repeated_sku'
    | 'too_late'
    | 'key_taken'
    | 'plan_outdated'
  /** The order as it is now, where there is one. */
  readonly order: Order | undefined

  constructor(code: OrderRefusal['code'], message: string, order?: Order) {
    super(message)
    this.code = code
    this.order = order
  }
}

export const unknownOrder = (id: number) =>
  new OrderRefusal('unknown_order', `There is no order ${id}. GET /api/v1/orders lists them.`)

export async function readOrder(queries: Queries, id: number): Promise<Order> {
  const [order] = await queries.query<Order>(`select ${ORDER_COLUMNS} from ${ORDERS} where orders.id = $1`, [
    id,
  ])
  if (order) return order
  throw unknownOrder(id)
}

/** Newest first. */
export function listOrders(queries: Queries, filter: OrderFilter): Promise<Order[]> {
  const { state, store_id, supplier_id, purchase_order_id, order_on, put_off_due, plan, before, limit } =
    filter
  return queries.query<Order>(
    `select ${ORDER_COLUMNS}
    from (
        select * from orders
        where ($1::text is null or state = $1)
            and ($2::text is null or store_id = $2)
            and ($3::text is null or supplier_id = $3)
            and ($4::text is null or purchase_order_id = $4)
            and ($5::date is null or order_on = $5)
            and ($6::date is null or (put_off_until <= $6 and state in ('draft', 'edited')))
            and ($7::text is null or plan = $7)
            and ($8::bigint is null or id < $8)
        order by id desc
        limit $9
    ) as orders
    cross join ${TOTALS}
    order by id desc`,
    [
      state ?? null,
      store_id ?? null,
      supplier_id ?? null,
      purchase_order_id ?? null,
      order_on ?? null,
      put_off_due ?? null,
      plan ?? null,
      before ?? null,
      limit ?? 50,
    ],
  )
}

/** What became of an order that was approved. */
export interface Sending {
  channel: OrderChannel
  attempts: number
  /** When it is tried next; null when it is not. */
  due_at: string | null
  /** Why it is not sent yet, or never; empty when nothing is wrong. */
  reason: string
  is_dead_letter: boolean
}

export const readLines = (queries: Queries, id: number): Promise<OrderLine[]> =>
  queries.query<OrderLine>(
    `select line_no, sku, quantity, proposed, received, closed, unit, unit_cost, ${LINE_AMOUNT}::bigint as amount
    from order_lines lines
    where order_id = $1
    order by line_no`,
    [id],
  )

export async function readDetail(queries: Queries, id: number) {
  const [order] = await queries.query<Order>(`select ${ORDER_COLUMNS} from ${ORDERS} where orders.id = $1`, [
    id,
  ])
  if (!order) return undefined
  const lines = await readLines(queries, id)
  const events = await queries.query<OrderEvent>(
    'select id, event, at, actor, reason, version, detail from order_events where order_id = $1 order by id',
    [id],
  )
  const [sending] = await queries.query<Sending & Record<string, unknown>>(
    `select
        channel,
        attempts,
        case when coalesce(sent_at, buried_at, withdrawn_at) is null then due_at end as due_at,
        reason,
        buried_at is not null and withdrawn_at is null as is_dead_letter
    from outbox
    where order_id = $1`,
    [id],
  )
  return { order, lines, events, sending: sending ?? null }
}

export interface LockedOrder extends Record<string, unknown> {
  id: number
  state: OrderState
  version: number
  order_on: string
}

/**
 * The order, which nobody else changes until the transaction ends.
 * @param version that whoever changes it has seen; undefined: any
 */
export async function lockOrder(inside: Queries, id: number, version?: number): Promise<LockedOrder> {
  const [order] = await inside.query<LockedOrder>(
    'select id, state, version, order_on from orders where id = $1 for update',
    [id],
  )
  if (!order) throw unknownOrder(id)
  if (version === undefined || order.version === version) return order
  const [event] = await inside.query<
    Pick<OrderEvent, 'event' | 'actor' | 'reason'> & Record<string, unknown>
  >('select event, actor, reason from order_events where order_id = $1 order by id desc limit 1', [id])
  const change = event ? `${event.event.replace('_', ' ')} by ${event.actor}` : 'changed'
  throw new OrderRefusal(
    'order_changed',
    `Order ${id} is at version ${order.version}, ${change}${event?.reason ? ` ("${event.reason}")` : ''}; the change was made to version ${version}. ` +
      `Look at it, and send the change with version ${order.version}.`,
    await readOrder(inside, id),
  )
}

export async function record(
  inside: Queries,
  event: Pick<OrderEvent, 'event' | 'actor' | 'version'> & {
    order_id: number
    reason?: string
    detail?: Record<string, unknown>
  },
): Promise<void> {
  await inside.query(
    'insert into order_events (order_id, event, actor, reason, version, detail) values ($1, $2, $3, $4, $5, $6::jsonb)',
    [
      event.order_id,
      event.event,
      event.actor,
      event.reason ?? '',
      event.version,
      JSON.stringify(event.detail ?? {}),
    ],
  )
}

/** The orders as they are sent: without lines of which nothing is left. */
export async function outgoingOrders(
  inside: Queries,
  ids: readonly number[],
): Promise<Map<number, OutgoingOrder>> {
  const orders = await inside.query<Omit<OutgoingOrder, 'lines'> & { id: number }>(
    `select orders.id, purchase_order_id, store_id, supplier_id, order_on, expected_on, currency, totals.amount,
        approved_at, approved_by
    from ${ORDERS}
    where orders.id = any($1)`,
    [ids],
  )
  const lines = await inside.query<OutgoingOrder['lines'][number] & { order_id: number }>(
    `select order_id, line_no, sku, quantity, unit, unit_cost
    from order_lines
    where order_id = any($1) and quantity > 0
    order by order_id, line_no`,
    [ids],
  )
  const linesOf = Map.groupBy(lines, ({ order_id }) => order_id)
  return new Map(
    orders.map(({ id, ...order }) => [
      id,
      { ...order, lines: (linesOf.get(id) ?? []).map(({ order_id: _, ...line }) => line) },
    ]),
  )
}
