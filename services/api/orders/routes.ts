/** Orders to suppliers: what a plan proposes and a person decides. */
import { ErrorAnswer } from '@shelfcast/contracts/api'
import {
  Approval,
  Approvals,
  ApprovalsAnswer,
  Decision,
  LinesChange,
  OrderAnswer,
  OrderDetail,
  OrderDraft,
  OrderList,
  OrderRefused,
  PutOff,
} from '@shelfcast/contracts/order-requests'
import { type OrderChannel, OrderFilter } from '@shelfcast/contracts/orders'
import { STRICT, WholeNumber } from '@shelfcast/contracts/outside'
import type { Operational } from '@shelfcast/operational/client'
import type { Change, OrderChanges } from '@shelfcast/operational/order-changes'
import { createOrders } from '@shelfcast/operational/orders'
import { createSubmissions } from '@shelfcast/operational/submissions'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import { Type } from 'typebox'
import { told } from '../http/refusals.ts'
import { type App, BODY_REFUSED, named, REFUSED } from '../http/schemas.ts'
import { approveMany } from './approvals.ts'
import { readOrderDetail } from './detail.ts'
import { changedLines } from './lines.ts'
import { checkPlaces, resolveLines } from './reference.ts'
import { createSubmit } from './submit.ts'

const TAGS = ['orders']
/** Nobody signs in yet. */
const ACTOR = 'api'
/** A thousand lines, or five hundred approvals. */
const LINES_BODY_BYTES = 262_144
const BODY_BYTES = 4_096

const OfOrder = Type.Object({ id: WholeNumber }, STRICT)
const STORE_AWAY = named(ErrorAnswer, 'the operational store or the warehouse does not answer')
const UNKNOWN = named(ErrorAnswer, 'there is no such order')
const CONFLICT = named(
  OrderRefused,
  'it has changed since, with the order as it is now; or its state or the key does not allow it',
)
const refusals = { 400: REFUSED, ...BODY_REFUSED, 409: CONFLICT, 503: STORE_AWAY }
const decided = { ...refusals, 200: named(OrderAnswer, 'the order after it'), 404: UNKNOWN }
const nothing = async () => undefined

export function orderRoutes(
  app: App,
  options: { read: Reader; operational: Operational; channel: OrderChannel },
) {
  const { read, channel } = options
  const orders = createOrders(options.operational)
  const submit = createSubmit(createSubmissions(options.operational))

  app.get(
    '/api/v1/orders',
    {
      schema: {
        summary: 'Orders, the newest first',
        description: '`before` is the id of the last order of the page before.',
        tags: TAGS,
        querystring: OrderFilter,
        response: { 200: named(OrderList, 'as of now'), 400: REFUSED, 503: STORE_AWAY },
      },
    },
    async ({ query }) => ({ orders: await told(orders.list(query)) }),
  )

  app.get(
    '/api/v1/orders/:id',
    {
      schema: {
        summary: 'An order: its lines with their reasons, and who did what to it',
        tags: TAGS,
        params: OfOrder,
        response: { 200: named(OrderDetail, 'as of now'), 400: REFUSED, 404: UNKNOWN, 503: STORE_AWAY },
      },
    },
    ({ params: { id } }) => readOrderDetail(orders, read, id),
  )

  app.post(
    '/api/v1/orders',
    {
      schema: {
        summary: 'Write an order',
        description: 'A draft, beside those of the plans: it is approved as they are.',
        tags: TAGS,
        body: OrderDraft,
        response: { ...refusals, 201: named(OrderAnswer, 'the draft') },
      },
      bodyLimit: LINES_BODY_BYTES,
    },
    (request, reply) => {
      const { store_id, supplier_id, order_on, expected_on = null, reason, lines } = request.body
      const prepare = async () => ({
        currency: await checkPlaces(read, { store_id, supplier_id }),
        lines: await resolveLines(read, supplier_id, lines),
      })
      return submit(request, reply, 201, prepare, async (changes, facts) => ({
        order: await changes.create({
          store_id,
          supplier_id,
          order_on,
          expected_on,
          actor: ACTOR,
          reason,
          ...facts,
        }),
      }))
    },
  )

  app.patch(
    '/api/v1/orders/:id/lines',
    {
      schema: {
        summary: 'Change lines of an order',
        description: 'Only what changes is given. What the plan proposed is kept beside it.',
        tags: TAGS,
        params: OfOrder,
        body: LinesChange,
        response: decided,
      },
      bodyLimit: LINES_BODY_BYTES,
    },
    (request, reply) => {
      const { id } = request.params
      const { version, reason, lines } = request.body
      const prepare = () => changedLines(orders, read, id, lines)
      return submit(request, reply, 200, prepare, async (changes, drafts) => ({
        order: await changes.edit({ id, version, reason, actor: ACTOR, lines: drafts }),
      }))
    },
  )

  app.post(
    '/api/v1/orders/:id/put-off',
    {
      schema: {
        summary: 'Put a proposal off to a day',
        description: 'Newer plans leave it as it is. `put_off_due` of the list finds it on its day.',
        tags: TAGS,
        params: OfOrder,
        body: PutOff,
        response: decided,
      },
      bodyLimit: BODY_BYTES,
    },
    (request, reply) => {
      const { version, reason, until } = request.body
      return submit(request, reply, 200, nothing, async (changes) => ({
        order: await changes.putOff({ id: request.params.id, version, reason, actor: ACTOR, until }),
      }))
    },
  )

  app.post(
    '/api/v1/orders/:id/approve',
    {
      schema: {
        summary: 'Approve an order',
        description: 'It is sent from now on, and not changed any more.',
        tags: TAGS,
        params: OfOrder,
        body: Approval,
        response: decided,
      },
      bodyLimit: BODY_BYTES,
    },
    (request, reply) => {
      const { version, reason = '' } = request.body
      return submit(request, reply, 200, nothing, async (changes) => ({
        order: await changes.approve({ id: request.params.id, version, reason, actor: ACTOR, channel }),
      }))
    },
  )

  app.post(
    '/api/v1/orders/approve',
    {
      schema: {
        summary: 'Approve many orders',
        description:
          'Each is answered by itself: those that have changed since are refused, the others approved.',
        tags: TAGS,
        body: Approvals,
        response: { ...refusals, 200: named(ApprovalsAnswer, 'what became of each') },
      },
      bodyLimit: LINES_BODY_BYTES,
    },
    (request, reply) => {
      const { orders: seen, reason = '' } = request.body
      return submit(request, reply, 200, nothing, (changes) =>
        approveMany(changes, seen, { reason, actor: ACTOR, channel }),
      )
    },
  )

  const decision = (
    name: 'reject' | 'cancel' | 'resend',
    words: { summary: string; description: string },
    decide: (changes: OrderChanges, change: Change) => ReturnType<OrderChanges['reject']>,
  ) =>
    app.post(
      `/api/v1/orders/:id/${name}`,
      {
        schema: { ...words, tags: TAGS, params: OfOrder, body: Decision, response: decided },
        bodyLimit: BODY_BYTES,
      },
      (request, reply) => {
        const { version, reason } = request.body
        return submit(request, reply, 200, nothing, async (changes) => ({
          order: await decide(changes, { id: request.params.id, version, reason, actor: ACTOR }),
        }))
      },
    )

  decision(
    'reject',
    { summary: 'Reject a proposal', description: 'Newer plans do not propose it again for its day.' },
    (changes, change) => changes.reject(change),
  )
  decision(
    'cancel',
    {
      summary: 'Cancel an order',
      description:
        'One that waits to be sent is not sent. Of one that is sent, tell the supplier: what comes of it is still booked.',
    },
    (changes, change) => changes.cancel(change),
  )
  decision(
    'resend',
    {
      summary: 'Send a dead letter again',
      description: 'An order that its channel refused, under the same idempotency key.',
    },
    (changes, change) => changes.resend(change),
  )
}
