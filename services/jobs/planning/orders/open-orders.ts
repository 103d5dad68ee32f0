/** What is on order, by the warehouse and by our own orders of which it has not heard yet. */
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import type { OpenLine } from './series.ts'

/** A line of an order that was approved here and is not answered yet. */
export interface ApprovedLine extends OpenLine {
  store_id: string
  sku: string
}

/**
 * Those of our own open lines that the warehouse knows nothing of: it has neither the order nor a receipt of it. What it
 * knows, it tells by itself.
 */
export async function linesUnheardOf(read: Reader, lines: readonly ApprovedLine[]): Promise<ApprovedLine[]> {
  if (lines.length === 0) return []
  const rows = await read<{ key: string }>(
    `
    select distinct concat(store_id, ' ', purchase_order_id, ' ', sku) as key
    from
    (
        select store_id, purchase_order_id, sku from fact_purchase_orders
        union all
        select store_id, purchase_order_id, sku from order_receipts
    )
    where purchase_order_id in {orders:Array(String)}`,
    { orders: [...new Set(lines.map(({ purchase_order_id }) => purchase_order_id))] },
  )
  const warehouseLines = new Set(rows.map(({ key }) => key))
  return lines.filter(
    ({ store_id, purchase_order_id, sku }) => !warehouseLines.has(`${store_id} ${purchase_order_id} ${sku}`),
  )
}
