/** Orders to the twin's suppliers, who deliver them to its stores. */
import type { OrderRequest } from '@shelfcast/contracts/twin'
import type { Channel } from './channel.ts'
import { post } from './http-post.ts'

/** An order of the same id with another content: the twin knows orders of one id as one. */
const ORDER_DIFFERS = 409

/** The twin knows an order by its id, and tells the dataset of purchase orders what it took. */
export function createTwinChannel(options: { url: string; token: string }): Channel {
  const url = new URL('/director/orders', options.url)
  return {
    async send({ order }, signal) {
      const request: OrderRequest = {
        purchase_order_id: order.purchase_order_id,
        store_id: order.store_id,
        lines: order.lines.map(({ sku, quantity }) => ({ sku, quantity })),
      }
      const { status } = await post({
        url,
        headers: { authorization: `Bearer ${options.token}` },
        body: Buffer.from(JSON.stringify(request)),
        signal,
        receiver: 'The twin',
        final: [ORDER_DIFFERS],
      })
      return { status, again: status === 200 }
    },
  }
}
