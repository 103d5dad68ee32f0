/** Tells orders what has come of them: the receipts of the warehouse, order by order. */
import type { Receipt } from '@shelfcast/operational/order-deliveries'
import type { Reader } from '@shelfcast/warehouse/queries/rows'

/** An order to which something may come. */
export interface ExpectedOrder {
  store_id: string
  purchase_order_id: string
  /** Day at the store. */
  order_on: string
}

/** Orders of one question: their ids and days are its parameters. */
const AT_ONCE = 2_000

/** Receipts of the orders, as sums of a line and day. */
export async function receiptsOf(read: Reader, orders: readonly ExpectedOrder[]): Promise<Receipt[]> {
  const receipts: Receipt[] = []
  for (let at = 0; at < orders.length; at += AT_ONCE) {
    const some = orders.slice(at, at + AT_ONCE)
    const first = some.reduce((day, { order_on }) => (order_on < day ? order_on : day), some[0]!.order_on)
    const keys = new Set(some.map(keyOf))
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
      order by store_id, purchase_order_id, sku, received_on`,
      {
        stores: [...new Set(some.map(({ store_id }) => store_id))],
        first,
        orders: [...new Set(some.map(({ purchase_order_id }) => purchase_order_id))],
      },
    )
    // An id is unique in its store only.
    receipts.push(...rows.filter((row) => keys.has(keyOf(row))))
  }
  return receipts
}

const keyOf = ({ store_id, purchase_order_id }: Pick<Receipt, 'store_id' | 'purchase_order_id'>) =>
  `${store_id}/${purchase_order_id}`
