/** What an ERP tells: signed, by whoever has ERP_SECRET. */
import type { IncomingMessage } from 'node:http'
import { ErrorAnswer } from '@shelfcast/contracts/api'
import { ErpWebhook, ErpWebhookAnswer } from '@shelfcast/contracts/erp'
import type { Operational } from '@shelfcast/operational/client'
import { createSubmissions } from '@shelfcast/operational/submissions'
import { readJson } from '@shelfcast/runtime/incoming'
import { verifySignature } from '@shelfcast/runtime/webhook-signature'
import type { FastifyRequest } from 'fastify'
import { fault } from '../http/errors.ts'
import { told } from '../http/refusals.ts'
import { type App, BODY_REFUSED, named, REFUSED } from '../http/schemas.ts'
import { bookWebhook } from './book.ts'

/** Bytes of the longest message by the schema, several times over. */
const BODY_LIMIT_BYTES = 16_384

export function erpRoutes(app: App, options: { operational: Operational; secret: string }) {
  const { operational, secret } = options
  const submissions = createSubmissions(operational)

  // In a scope of its own, whose bodies are read when their signature is known to be right, and by nobody else.
  app.register(async (scope) => {
    const ids = acceptSignedOnly(scope as App, secret)
    ;(scope as App).post(
      '/api/v1/erp/webhooks',
      {
        schema: {
          summary: 'An ERP confirms or rejects an order',
          description:
            'Signed as Standard Webhooks 1.0 with ERP_SECRET as the raw key: webhook-id, webhook-timestamp within 5 ' +
            'minutes, webhook-signature. The same webhook-id again changes nothing and is answered as the first time.',
          tags: ['erp'],
          body: ErpWebhook,
          response: {
            200: named(ErpWebhookAnswer, 'the order as it is after it'),
            400: REFUSED,
            401: named(ErrorAnswer, 'the message is not signed, or not by this secret, or not now'),
            404: named(ErrorAnswer, 'there is no such order'),
            409: named(
              ErrorAnswer,
              'the order is in a state that does not go with it, or the id was used before',
            ),
            ...BODY_REFUSED,
            503: named(ErrorAnswer, 'the operational store does not answer'),
          },
        },
        bodyLimit: BODY_LIMIT_BYTES,
      },
      async ({ raw, body }, reply) => {
        const id = ids.get(raw)
        if (id === undefined)
          throw fault(401, 'signature_missing', 'The message is not signed. Sign it, and send it again.')
        const { status, body: text } = await told(
          // No key of another client can hold the separator.
          submissions.submit({ key: `erp\u001f${id}`, request: body }, (inside) => bookWebhook(inside, body)),
        )
        return reply
          .code(status as 200)
          .type('application/json; charset=utf-8')
          .send(text as never)
      },
    )
  })
}

/** @returns by request, the id of its message: there when the signature is right */
function acceptSignedOnly(scope: App, secret: string): WeakMap<IncomingMessage, string> {
  const ids = new WeakMap<IncomingMessage, string>()
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async ({ headers, raw }: FastifyRequest, body: Buffer) => {
      const sender = verifySignature(secret, headers, body, Date.now())
      if ('code' in sender) throw fault(401, sender.code, sender.message)
      ids.set(raw, sender.id)
      return readJson(body, headers['content-type'] ?? '')
    },
  )
  return ids
}
