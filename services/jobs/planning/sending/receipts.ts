/** Tells orders what has come of them: the receipts of the warehouse, order by order. */

import type { Operational } from '@shelfcast/operational/client'
import { type ExpectedOrder, expectedOrders } from '@shelfcast/operational/expected-orders'
import type { Receipt } from '@shelfcast/operational/order-deliveries'
import { createOrders, type Orders } from '@shelfcast/operational/orders'
import type { Reader } from '@shelfcast/warehouse/queries/rows'

/** Orders of one question: their ids are its parameters, and their lines are booked together. */
const AT_ONCE = 500
const ACTOR = 'receipts'

export interface Booked {
  orders: number
  lines: number
}

/** @returns what looks for receipts, and how many orders and lines it has changed */
export function createReceipts(operational: Operational, read: Reader): () => Promise<Booked> {
  const orders = createOrders(operational)
  /** By order, the receipts that were booked last: only what differs is booked. */
  let last = new Map<string, string>()
  return async () => {
    const expected = await expectedOrders(operational)
    const next = new Map<string, string>()
    const booked: Booked = { orders: 0, lines: 0 }
    for (let at = 0; at < expected.length; at += AT_ONCE) {
      const receipts = await receiptsOf(read, expected.slice(at, at + AT_ONCE))
      for (const [key, lines] of receipts) next.set(key, JSON.stringify(lines))
      const news = [...receipts]
        .filter(([key]) => next.get(key) !== last.get(key))
        .flatMap(([, lines]) => lines)
      add(booked, await book(orders, news))
    }
    last = next
    return booked
  }
}

const book = async (orders: Orders, receipts: readonly Receipt[]): Promise<Booked> =>
  receipts.length === 0 ? { orders: 0, lines: 0 } : orders.receive(receipts, ACTOR)

function add(booked: Booked, { orders, lines }: Booked): void {
  booked.orders += orders
  booked.lines += lines
}

/** By order, all that has come of its lines, a row for each line and day. */
async function receiptsOf(read: Reader, orders: readonly ExpectedOrder[]): Promise<Map<string, Receipt[]>> {
  const days = orders.map(({ order_on }) => order_on).sort()
  const rows = await read<Receipt>(
    `
    select
        store_id,
        purchase_order_id,
        sku,
        toInt64(sum(order_receipts.quantity)) as quantity,
        toString(order_receipts.received_on) as received_on
    from order_receipts
    where store_id in {stores:Array(String)}
        and order_receipts.received_on >= {first:Date}
        and purchase_order_id in {orders:Array(String)}
    group by store_id, purchase_order_id, sku, order_receipts.received_on
    order by store_id, purchase_order_id, sku, order_receipts.received_on`,
    {
      stores: [...new Set(orders.map(({ store_id }) => store_id))],
      first: days[0],
      orders: [...new Set(orders.map(({ purchase_order_id }) => purchase_order_id))],
    },
  )
  // An id is unique in its store only.
  const keys = new Set(orders.map(keyOf))
  return Map.groupBy(
    rows.filter((row) => keys.has(keyOf(row))),
    keyOf,
  )
}

const keyOf = ({ store_id, purchase_order_id }: Pick<Receipt, 'store_id' | 'purchase_order_id'>) =>
  `${store_id}/${purchase_order_id}`
