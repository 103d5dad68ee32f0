/** The receipt thread: one id, followed hop by hop. */
import { ErrorAnswer } from '@shelfcast/contracts/api'
import { ReceiptAnswer, ReceiptId, ReceiptQuestion } from '@shelfcast/contracts/receipts'
import { Type } from 'typebox'
import { type App, named, REFUSED, UNAVAILABLE } from '../http/schemas.ts'
import type { ReadReceipt } from './receipt.ts'

export function receiptRoutes(app: App, { receipt }: { receipt: ReadReceipt }) {
  app.get(
    '/api/v1/receipts/:receipt_id',
    {
      schema: {
        summary: 'A receipt: from an order line back to single baskets, or from a scan forward to orders',
        description:
          'Each hop says what it found, with the query that proves it: those of the warehouse run as user analyst. ' +
          'A hop has an id too: with it, and with its `next` as `after`, come its next rows. docs/planning/receipts.md has examples.',
        tags: ['receipts'],
        params: Type.Object({ receipt_id: ReceiptId }),
        querystring: ReceiptQuestion,
        response: {
          200: named(ReceiptAnswer, 'the thread from there on'),
          400: REFUSED,
          404: named(ErrorAnswer, 'there is nothing of this id'),
          503: UNAVAILABLE,
        },
      },
    },
    ({ params, query }) => receipt(params.receipt_id, query),
  )
}
