/**
 * Tells the platform what is on order: the lines of an order that was sent, as the dataset of purchase orders. The twin
 * tells by itself what it took, so that its orders are not told here.
 */
import { seriesFolder } from '@shelfcast/contracts/datasets/layout'
import { PURCHASE_ORDERS, type PurchaseOrderLine } from '@shelfcast/contracts/datasets/purchase-orders'
import type { OutgoingOrder } from '@shelfcast/contracts/orders'
import type { OutboxEntry } from '@shelfcast/operational/outbox-entry'
import type { Lake } from '@shelfcast/runtime/lake'
import type { Channel } from './channel.ts'

const SOURCE = 'shelfcast'
const SERIES = 'orders'

/** The channel, and after it the dataset. What is told twice says the same, and the table has it once. */
export function tellingOrders(channel: Channel, lake: Lake, now: () => number = Date.now): Channel {
  const nextTime = ascendingTimes(now)
  return {
    async send(entry, signal) {
      const answer = await channel.send(entry, signal)
      const text = linesOnOrder(entry.order).map((line) => `${JSON.stringify(line)}\n`)
      await lake.create('raw', objectName(nextTime(), entry), Buffer.from(text.join('')))
      return answer
    },
  }
}

/** Names of a series ascend in the order in which they are written. */
function objectName(at: number, { id }: OutboxEntry): string {
  const time = new Date(at).toISOString().replaceAll(/[:.]/g, '')
  return `${seriesFolder(PURCHASE_ORDERS.kind, SOURCE, SERIES)}${time}_${id}.ndjson`
}

function ascendingTimes(now: () => number): () => number {
  let last = 0
  return () => {
    last = Math.max(now(), last + 1)
    return last
  }
}

/**
 * Only the day at the store is known of when it was ordered: noon UTC is of that day nearly everywhere. It is told when it
 * was approved, or, where the clock of the store is ahead as that of a simulation is, when it was ordered.
 */
export function linesOnOrder(order: OutgoingOrder): PurchaseOrderLine[] {
  const ordered_at = `${order.order_on}T12:00:00.000Z`
  const approved_at = new Date(order.approved_at).toISOString()
  const told_at = approved_at > ordered_at ? approved_at : ordered_at
  return order.lines.map(({ sku, quantity, unit }) => ({
    purchase_order_id: order.purchase_order_id,
    store_id: order.store_id,
    supplier_id: order.supplier_id,
    sku,
    quantity,
    unit,
    ordered_at,
    ...(order.expected_on !== null && { expected_on: order.expected_on }),
    told_at,
    opening: false,
  }))
}
