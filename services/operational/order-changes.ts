/** What a person does to an order. Each change is made to the version that they saw, and is an event with its reason. */
import type { Order, OrderChannel, OrderEvent, OrderState } from '@shelfcast/contracts/orders'
import { ORDER_STEPS } from '@shelfcast/contracts/orders'
import { one, type Queries } from './client.ts'
import { type LockedOrder, lockOrder, OrderRefusal, readLines, readOrder, record } from './order-rows.ts'

export interface DraftLine {
  sku: string
  /** In unit. */
  quantity: number
  unit: 'each' | 'g' | 'ml'
  /** Minor units, per piece, kilogram or litre. */
  unit_cost: number
}

/** Who changes which order, and why. */
export interface Change {
  id: number
  /** That whoever changes it has seen; a part that has none leaves it out. */
  version?: number
  actor: string
  reason: string
}

export interface OrderChanges {
  /** A person's own order: a draft beside those of the plans. */
  create(draft: {
    store_id: string
    supplier_id: string
    order_on: string
    expected_on: string | null
    currency: string
    lines: readonly DraftLine[]
    actor: string
    reason: string
  }): Promise<Order>
  /** Lines with their new quantities, 0 to take one out; a SKU that the order has not is added. */
  edit(change: Change & { lines: readonly DraftLine[] }): Promise<Order>
  /** Not now: it is looked at again on a day. */
  putOff(change: Change & { until: string }): Promise<Order>
  /** To be sent by a channel: what is to be sent is in the outbox when the approval is. */
  approve(change: Change & { channel: OrderChannel }): Promise<Order>
  reject(change: Change): Promise<Order>
  /** One that waits to be sent is not sent any more; of one that is sent, the supplier has to be told by who cancels. */
  cancel(change: Change): Promise<Order>
  /** Gives a dead letter of the outbox to the sender again, under the same key. */
  resend(change: Change): Promise<Order>
}

/** Of two who write an order to a supplier for the same day, one takes its number after the other. */
export const NUMBERING_LOCK = 7_351_905

export function orderChanges(inside: Queries): OrderChanges {
  return {
    async create({ lines, actor, reason, ...order }) {
      await inside.query('select pg_advisory_xact_lock($1)', [NUMBERING_LOCK])
      const { id } = one(
        await inside.query<{ id: number }>(
          `insert into orders (store_id, supplier_id, order_on, expected_on, currency, number)
          select $1, $2, $3, $4, $5, coalesce(max(number), 0) + 1
          from orders
          where store_id = $1 and supplier_id = $2 and order_on = $3
          returning id`,
          [order.store_id, order.supplier_id, order.order_on, order.expected_on, order.currency],
        ),
      )
      await putLines(inside, id, lines)
      await record(inside, { order_id: id, event: 'created', actor, reason, version: 1, detail: { lines } })
      return readOrder(inside, id)
    },

    async edit({ lines, ...change }) {
      const order = await lock(inside, change, 'edited')
      const before = new Map((await readLines(inside, order.id)).map((line) => [line.sku, line.quantity]))
      await putLines(inside, order.id, lines)
      return apply(inside, order, change, {
        event: 'edited',
        state: 'edited',
        detail: {
          lines: lines.map(({ sku, quantity }) => ({ sku, before: before.get(sku) ?? 0, after: quantity })),
        },
      })
    },

    async putOff({ until, ...change }) {
      const order = await lock(inside, change, 'edited')
      if (until <= order.order_on)
        throw new OrderRefusal(
          'too_late',
          `Order ${order.id} is for ${order.order_on} and cannot be put off to ${until}. Give a later day, or reject it.`,
          await readOrder(inside, order.id),
        )
      await inside.query('update orders set put_off_until = $2 where id = $1', [order.id, until])
      return apply(inside, order, change, { event: 'put_off', state: order.state, detail: { until } })
    },

    async approve({ channel, ...change }) {
      const order = await lock(inside, change, 'approved')
      const lines = await readLines(inside, order.id)
      if (!lines.some(({ quantity }) => quantity > 0))
        throw new OrderRefusal(
          'empty_order',
          `Order ${order.id} has no line with a quantity. Add one, or reject it.`,
          await readOrder(inside, order.id),
        )
      await inside.query(
        'update orders set approved_at = now(), approved_by = $2, channel = $3, put_off_until = null where id = $1',
        [order.id, change.actor, channel],
      )
      await inside.query(
        `insert into outbox (order_id, channel, idempotency_key)
        select id, channel, store_id || '/' || purchase_order_id from orders where id = $1`,
        [order.id],
      )
      return apply(inside, order, change, { event: 'approved', state: 'approved', detail: { channel } })
    },

    async reject(change) {
      const order = await lock(inside, change, 'rejected')
      return apply(inside, order, change, { event: 'rejected', state: 'rejected' })
    },

    async cancel(change) {
      const order = await lock(inside, change, 'cancelled')
      const detail = { before: order.state, ...(await withdraw(inside, order)) }
      return apply(inside, order, change, { event: 'cancelled', state: 'cancelled', detail })
    },

    async resend(change) {
      const order = await lockOrder(inside, change.id, change.version)
      const entries = await inside.query(
        `update outbox set buried_at = null, reason = '', attempts = 0, due_at = now(), worker = null, lease_until = null
        where order_id = $1 and buried_at is not null and withdrawn_at is null
        returning id`,
        [order.id],
      )
      if (entries.length === 0)
        throw new OrderRefusal(
          'no_dead_letter',
          `Order ${order.id} is ${words(order.state)} and its sender has not given it up: there is nothing to send again.`,
          await readOrder(inside, order.id),
        )
      return apply(inside, order, change, { event: 'resent', state: order.state })
    },
  }
}

const words = (state: OrderState) => state.replace('_', ' ')

/** The order where it may become what is asked of it. */
async function lock(inside: Queries, change: Change, next: OrderState): Promise<LockedOrder> {
  const order = await lockOrder(inside, change.id, change.version)
  if (ORDER_STEPS[order.state].includes(next)) return order
  const following = ORDER_STEPS[order.state].map(words).join(', ')
  throw new OrderRefusal(
    'wrong_state',
    `Order ${order.id} is ${words(order.state)} and cannot be ${words(next)}. ` +
      (following ? `It can be ${following}.` : 'It has come to its end: write another.'),
    await readOrder(inside, order.id),
  )
}

async function apply(
  inside: Queries,
  order: LockedOrder,
  { actor, reason }: Change,
  {
    event,
    state,
    detail,
  }: Pick<OrderEvent, 'event'> & { state: OrderState; detail?: Record<string, unknown> },
): Promise<Order> {
  const version = order.version + 1
  await inside.query('update orders set state = $2, version = $3, changed_at = now() where id = $1', [
    order.id,
    state,
    version,
  ])
  await record(inside, { order_id: order.id, event, actor, reason, version, ...(detail && { detail }) })
  return readOrder(inside, order.id)
}

async function putLines(inside: Queries, id: number, lines: readonly DraftLine[]): Promise<void> {
  const skus = lines.map(({ sku }) => sku)
  const twice = skus.find((sku, index) => skus.indexOf(sku) !== index)
  if (twice !== undefined)
    throw new OrderRefusal('repeated_sku', `${twice} is there more than once. Give each SKU one line.`)
  await inside.query(
    `update order_lines
    set quantity = line.quantity, unit_cost = line.unit_cost
    from jsonb_to_recordset($2::jsonb) as line (sku text, quantity int, unit_cost int)
    where order_id = $1 and order_lines.sku = line.sku`,
    [id, JSON.stringify(lines)],
  )
  await inside.query(
    `insert into order_lines (order_id, line_no, sku, quantity, unit, unit_cost)
    select
        $1,
        (select coalesce(max(line_no), 0) from order_lines where order_id = $1) + row_number() over (order by place),
        sku,
        quantity,
        unit,
        unit_cost
    from rows from (
        jsonb_to_recordset($2::jsonb) as (sku text, quantity int, unit text, unit_cost int)
    ) with ordinality as line (sku, quantity, unit, unit_cost, place)
    where sku not in (select sku from order_lines where order_id = $1)`,
    [id, JSON.stringify(lines)],
  )
}

/**
 * Takes an order that is cancelled from its sender.
 * @returns what the event tells of it
 * @throws while it is being sent: nobody knows then whether it arrives
 */
async function withdraw(inside: Queries, order: LockedOrder): Promise<Record<string, unknown>> {
  const [entry] = await inside.query<{ is_held: boolean; attempts: number; is_sent: boolean }>(
    `select coalesce(lease_until > now(), false) as is_held, attempts, sent_at is not null as is_sent
    from outbox
    where order_id = $1
    for update`,
    [order.id],
  )
  if (!entry || entry.is_sent) return {}
  if (entry.is_held)
    throw new OrderRefusal(
      'being_sent',
      `Order ${order.id} is being sent at this moment. Cancel it when it is sent, and tell the supplier; or try again in a minute.`,
      await readOrder(inside, order.id),
    )
  await inside.query('update outbox set withdrawn_at = now() where order_id = $1', [order.id])
  // Whoever was asked may have taken it, and the answer was lost.
  return entry.attempts > 0 ? { may_have_arrived: true, attempts: entry.attempts } : {}
}
