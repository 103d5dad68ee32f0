/** Lines of baskets as the warehouse holds them, in the form in which they are held against their block. */

import { receiptId } from '@shelfcast/contracts/receipts'
import type { EventTopic } from '@shelfcast/contracts/topics'

export const SALES_TOPIC: EventTopic = 'sales-transactions'

/** A column and how it is written, of the fact table and of a block's Parquet alike: there, what is absent is null. */
const COLUMNS = [
  ['basket_id', 'basket_id'],
  ['kind', 'kind'],
  ['store_id', 'store_id'],
  ['till_id', 'till_id'],
  ['cashier_id', 'cashier_id'],
  ['customer_id', `ifNull(customer_id, '')`],
  ['event_time', `concat(replaceOne(toString(event_time, 'UTC'), ' ', 'T'), 'Z')`],
  ['business_date', 'toString(business_date)'],
  ['currency', 'currency'],
  ['payment', 'payment'],
  ['sku', 'sku'],
  ['quantity', 'quantity'],
  ['unit', 'unit'],
  ['unit_price', 'unit_price'],
  ['gross_amount', 'gross_amount'],
  ['discount', 'discount'],
  ['net_amount', 'net_amount'],
  ['promotion_id', `ifNull(promotion_id, '')`],
  ['scanned_at', `concat(replaceOne(toString(scanned_at, 'UTC'), ' ', 'T'), 'Z')`],
  ['replay_of', `ifNull(replay_of, '')`],
] as const

export interface SaleFact {
  epoch: number
  partition: number
  offset: number
  line_no: number
  basket_id: string
  kind: string
  store_id: string
  till_id: number
  cashier_id: string
  customer_id: string
  /** UTC. */
  event_time: string
  business_date: string
  currency: string
  payment: string
  sku: string
  quantity: number
  unit: string
  unit_price: number
  gross_amount: number
  discount: number
  net_amount: number
  promotion_id: string
  scanned_at: string
  replay_of: string
}

/** Of a select list. Renamed, a column that has the name of its own expression is not meant in it again. */
export const SALE_COLUMNS = ['epoch', 'partition', 'offset', 'line_no']
  .map((name) => `sales.${name} as ${name}`)
  .concat(COLUMNS.map(([name, expression]) => `${expression.replace(name, `sales.${name}`)} as ${name}`))
  .join(',\n        ')

export const lineId = ({
  epoch,
  partition,
  offset,
  line_no,
}: Pick<SaleFact, 'epoch' | 'partition' | 'offset' | 'line_no'>): string | null =>
  receiptId('line', { topic: SALES_TOPIC, epoch, partition, offset, line_no })
