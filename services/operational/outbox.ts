/** What waits to be sent: each entry has one sender at a time, and is sent when its channel says so. */
import type { OrderChannel, OrderState } from '@shelfcast/contracts/orders'
import type { Operational, Queries } from './client.ts'
import { outgoingOrders, record } from './order-rows.ts'
import type { Outbox, OutboxEntry } from './outbox-entry.ts'

/** Characters of a reason that are kept. */
const REASON_LENGTH = 2_000

interface ClaimRow extends Record<string, unknown> {
  id: number
  order_id: number
  channel: OrderChannel
  idempotency_key: string
  attempts: number
  turn: number
}

interface HeldOrder extends Record<string, unknown> {
  order_id: number
  state: OrderState
  version: number
}

export function createOutbox(operational: Operational): Outbox {
  return {
    claim: ({ worker, most, leaseMs }) =>
      operational.transaction(async (inside) => {
        const rows = await inside.query<ClaimRow>(
          `update outbox
          set worker = $1,
              lease_until = now() + $3::double precision * interval '1 millisecond',
              attempts = attempts + 1,
              turn = turn + 1
          where id in (
              select id
              from outbox
              where sent_at is null
                  and buried_at is null
                  and withdrawn_at is null
                  and due_at <= now()
                  and (lease_until is null or lease_until <= now())
              order by due_at, id
              limit $2
              for update skip locked
          )
          returning id, order_id, channel, idempotency_key, attempts, turn`,
          [worker, most, leaseMs],
        )
        const orders = await outgoingOrders(
          inside,
          rows.map(({ order_id }) => order_id),
        )
        return rows
          .toSorted((a, b) => a.id - b.id)
          .map(({ id, order_id, channel, idempotency_key, attempts, turn }) => ({
            id,
            channel,
            idempotency_key,
            attempts: attempts - 1,
            turn,
            order: orders.get(order_id)!,
          }))
      }),

    sent: (entry, detail) =>
      operational.transaction(async (inside) => {
        const order = await hold(inside, entry)
        if (!order) return
        await release(inside, entry, "sent_at = now(), reason = ''")
        await markSent(inside, order, entry, detail)
      }),

    postpone: (entry, until, reason) =>
      operational.transaction(async (inside) => {
        if (!(await hold(inside, entry))) return
        await release(inside, entry, 'due_at = $2, reason = $3', [until, storable(reason)])
      }),

    bury: (entry, reason) =>
      operational.transaction(async (inside) => {
        const order = await hold(inside, entry)
        if (!order) return
        await release(inside, entry, 'buried_at = now(), reason = $2', [storable(reason)])
        await record(inside, {
          order_id: order.order_id,
          event: 'sending_failed',
          actor: `sender ${entry.channel}`,
          reason: storable(reason),
          version: order.version,
          detail: { attempts: entry.attempts + 1 },
        })
      }),
  }
}

/**
 * The order of an entry, locked before the entry as whoever cancels an order does; nothing where somebody else has claimed
 * it since, or where it has been sent or buried.
 */
async function hold(inside: Queries, entry: OutboxEntry): Promise<HeldOrder | undefined> {
  const [order] = await inside.query<HeldOrder>(
    `select id as order_id, state, version
    from orders
    where id = (select order_id from outbox where id = $1)
    for update`,
    [entry.id],
  )
  const rows = await inside.query(
    `select from outbox
    where id = $1 and turn = $2 and worker is not null and sent_at is null and buried_at is null
    for update`,
    [entry.id, entry.turn],
  )
  return rows.length > 0 ? order : undefined
}

async function release(
  inside: Queries,
  entry: OutboxEntry,
  changes: string,
  values: readonly unknown[] = [],
): Promise<void> {
  await inside.query(`update outbox set worker = null, lease_until = null, ${changes} where id = $1`, [
    entry.id,
    ...values,
  ])
}

/** An order that was cancelled, confirmed or received before its sender heard of it stays what it is. */
async function markSent(
  inside: Queries,
  { order_id, state, version }: HeldOrder,
  { channel }: OutboxEntry,
  detail: Record<string, unknown>,
): Promise<void> {
  const next = state === 'approved' ? 'sent' : state
  await inside.query(
    'update orders set sent_at = now(), state = $2, version = version + 1, changed_at = now() where id = $1',
    [order_id, next],
  )
  await record(inside, {
    order_id,
    event: 'sent',
    actor: `sender ${channel}`,
    reason: state === 'cancelled' ? 'It arrived before it was cancelled: tell the supplier.' : '',
    version: version + 1,
    detail,
  })
}

/** PostgreSQL takes no NUL. */
const storable = (text: string) => text.replaceAll('\u0000', '').slice(0, REASON_LENGTH).toWellFormed()
