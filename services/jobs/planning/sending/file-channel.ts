/** Orders as files in the lake, for an ERP or a service that fetches them from there. */

import { createHash } from 'node:crypto'
import type { OutboxEntry } from '@shelfcast/operational/outbox-entry'
import type { Lake } from '@shelfcast/runtime/lake'
import { type Channel, Undeliverable } from './channel.ts'
import { csvOrder } from './order-csv.ts'
import { edifactOrder } from './order-edifact.ts'

/** In the raw bucket. */
export const OUTGOING_PREFIX = 'orders/outgoing/'

const FORMATS = {
  csv: { extension: 'csv', write: ({ order }: OutboxEntry) => csvOrder(order) },
  edifact: { extension: 'edi', write: edifactOrder },
} as const

/** An order has one name, so that a second sending finds the file of the first. */
export function createFileChannel(format: keyof typeof FORMATS, lake: Lake): Channel {
  const { extension, write } = FORMATS[format]
  return {
    async send(entry) {
      const { order_on, store_id, purchase_order_id } = entry.order
      const name = `${OUTGOING_PREFIX}${format}/${order_on}/${store_id}/${purchase_order_id}.${extension}`
      const body = written(entry)
      const sha256 = createHash('sha256').update(body).digest('hex')
      const isNew = await lake.create('raw', name, body, { sha256 })
      if (isNew || (await lake.read('raw', name)).equals(body)) return { object: name, sha256, again: !isNew }
      throw new Undeliverable(
        `Order ${purchase_order_id} of store ${store_id}: the lake has another order as ${name}. Look at it; cancel this order, and write it again under a new number.`,
      )
    },
  }

  function written(entry: OutboxEntry): Buffer {
    try {
      return write(entry)
    } catch (error) {
      const { store_id, purchase_order_id } = entry.order
      const reason = error instanceof Error ? error.message : String(error)
      throw new Undeliverable(`Order ${purchase_order_id} of store ${store_id} as ${format}: ${reason}`)
    }
  }
}
