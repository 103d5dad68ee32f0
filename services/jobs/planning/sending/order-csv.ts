/** An order as CSV: a line for each of its lines, with what is said of the order in each. */
import type { OutgoingOrder } from '@shelfcast/contracts/orders'
import { csvLine } from '@shelfcast/runtime/csv'
import { decimalAmount } from './money.ts'

const HEADER = [
  'purchase_order_id',
  'store_id',
  'supplier_id',
  'order_on',
  'expected_on',
  'approved_at',
  'line_no',
  'sku',
  'quantity',
  'unit',
  'unit_cost',
  'unit_cost_per',
  'currency',
]
const COST_PER = { each: 'each', g: 'kg', ml: 'l' } as const

export function csvOrder(order: OutgoingOrder): Buffer {
  const lines = order.lines.map((line) =>
    csvLine([
      order.purchase_order_id,
      order.store_id,
      order.supplier_id,
      order.order_on,
      order.expected_on ?? '',
      order.approved_at,
      line.line_no,
      line.sku,
      line.quantity,
      line.unit,
      decimalAmount(line.unit_cost, order.currency),
      COST_PER[line.unit],
      order.currency,
    ]),
  )
  return Buffer.from(csvLine(HEADER) + lines.join(''))
}
