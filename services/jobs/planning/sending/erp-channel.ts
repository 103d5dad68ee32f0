/** Orders to an ERP over HTTP, each attempt with the same key and a signature of its own. */
import type { OutgoingOrder } from '@shelfcast/contracts/orders'
import { signedHeaders } from '@shelfcast/runtime/webhook-signature'
import type { Channel } from './channel.ts'
import { post } from './http-post.ts'

/** @param options.secret that the ERP has, too */
export function createErpChannel(options: {
  url: URL
  secret: string
  now?: () => number
  timeoutMs?: number
}): Channel {
  const { url, secret, now = Date.now, timeoutMs } = options
  return {
    async send({ idempotency_key, order }, signal) {
      const body = Buffer.from(JSON.stringify(erpOrder(order)))
      const timestamp = Math.floor(now() / 1_000)
      return post({
        url,
        headers: {
          'idempotency-key': idempotency_key,
          ...signedHeaders(secret, { id: idempotency_key, timestamp, body }),
        },
        body,
        signal,
        receiver: 'The ERP',
        ...(timeoutMs !== undefined && { timeoutMs }),
      })
    },
  }
}

/** As Standard Webhooks frames what is told: docs/planning/sending.md has the fields. */
function erpOrder(order: OutgoingOrder): object {
  return { type: 'order.approved', timestamp: order.approved_at, data: order }
}
