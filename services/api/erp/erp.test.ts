/** What an ERP tells, over HTTP and a real store. */
import { createOrders, type Orders } from '@shelfcast/operational/orders'
import { createOutbox } from '@shelfcast/operational/outbox'
import { signedHeaders } from '@shelfcast/runtime/webhook-signature'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildTestServer, ERP_SECRET } from '../../../test/api/fixture.ts'
import { startStore, type TestStore } from '../../../test/operational/store.ts'
import { createApproved, createDraft } from '../../../test/sending/drafts.ts'
import type { App } from '../http/schemas.ts'

let store: TestStore
let app: App
let orders: Orders
beforeAll(async () => {
  store = await startStore()
  orders = createOrders(store.client)
  app = await buildTestServer({ operational: store.client })
}, 60_000)
afterAll(async () => {
  await app?.close()
  await store?.stop()
})

interface Message {
  id?: string
  body?: string
  ageS?: number
  secret?: string
  headers?: Record<string, string>
}
let messages = 0
async function tell(message: object, options: Message = {}) {
  const body = options.body ?? JSON.stringify(message)
  const id = options.id ?? `msg-${messages++}`
  const timestamp = Math.floor(Date.now() / 1_000) - (options.ageS ?? 0)
  const signature = signedHeaders(options.secret ?? ERP_SECRET, { id, timestamp, body: Buffer.from(body) })
  const answer = await app.inject({
    method: 'POST',
    url: '/api/v1/erp/webhooks',
    headers: { host: '127.0.0.1', 'content-type': 'application/json', ...signature, ...options.headers },
    payload: body,
  })
  return { status: answer.statusCode, text: answer.body, json: answer.json<Record<string, unknown>>() }
}

const about = (type: string, data: object) => ({
  type: `order.${type}`,
  timestamp: '2026-03-02T10:00:00Z',
  data: { store_id: 'S-01', ...data },
})

async function sentOrder() {
  const order = await createApproved(orders)
  const outbox = createOutbox(store.client)
  for (const entry of await outbox.claim({ worker: 'test', most: 10, leaseMs: 60_000 }))
    await outbox.sent(entry, {})
  return (await orders.byId(order.id))!.order
}

test('a confirmation is booked with its day, once, and answered the same each time', async () => {
  const { id, purchase_order_id } = await sentOrder()
  const message = about('confirmed', {
    purchase_order_id,
    expected_on: '2026-03-05',
    reference: '4500000017',
  })
  const first = await tell(message, { id: 'first' })
  expect(first).toMatchObject({ status: 200, json: { order: id, state: 'confirmed' } })
  // The same again, as after a lost answer, also beside others
  const again = await Promise.all([1, 2, 3].map(() => tell(message, { id: 'first' })))
  for (const answer of again) expect(answer).toEqual(first)
  // and after the order has gone on.
  await orders.cancel({ id, actor: 'ann', reason: 'a test' })
  expect(await tell(message, { id: 'first' })).toEqual(first)
  const { order, events } = (await orders.byId(id))!
  expect(order).toMatchObject({ state: 'cancelled', expected_on: '2026-03-05' })
  expect(events.filter(({ event }) => event === 'confirmed')).toMatchObject([
    { actor: 'erp', detail: { decided_at: '2026-03-02T10:00:00Z', reference: '4500000017' } },
  ])
})

test('a rejection cancels the order with its reason, also when it is told twice', async () => {
  const { id, purchase_order_id } = await sentOrder()
  const message = about('rejected', { purchase_order_id, reason: 'delisted' })
  expect(await tell(message)).toMatchObject({ status: 200, json: { state: 'cancelled' } })
  expect(await tell(message)).toMatchObject({ status: 200, json: { state: 'cancelled' } })
  const { events } = (await orders.byId(id))!
  expect(events.filter(({ event }) => event === 'cancelled').map(({ reason }) => reason)).toEqual([
    'Rejected by the ERP: delisted',
  ])
})

test('what was not sent is neither confirmed nor rejected', async () => {
  const { id, purchase_order_id } = await createDraft(orders)
  for (const type of ['confirmed', 'rejected'])
    expect(await tell(about(type, { purchase_order_id }))).toMatchObject({
      status: 409,
      json: { error: 'wrong_state' },
    })
  expect((await orders.byId(id))!.order).toMatchObject({ state: 'draft', version: 1 })
  expect(await tell(about('confirmed', { purchase_order_id: 'PO-404' }))).toMatchObject({
    status: 404,
    json: { error: 'unknown_order' },
  })
})

test('an id is of one message: another under it is refused', async () => {
  const { purchase_order_id } = await sentOrder()
  await tell(about('confirmed', { purchase_order_id }), { id: 'taken' })
  const other = await tell(about('rejected', { purchase_order_id }), { id: 'taken' })
  expect(other).toMatchObject({ status: 409, json: { error: 'key_taken' } })
})

test('nobody without the secret changes anything, or learns what would be read', async () => {
  const { id, purchase_order_id } = await sentOrder()
  const message = about('rejected', { purchase_order_id })
  const attempts: Message[] = [
    { secret: 'another-secret' },
    { ageS: 301 },
    { ageS: -301 },
    { headers: { 'webhook-id': 'other' } },
    { headers: { 'webhook-signature': '' } },
    { headers: { 'webhook-signature': 'v1,AAAA' } },
    { headers: { 'webhook-timestamp': '1e9' } },
    { secret: 'another-secret', body: '{"not": json' },
    { secret: 'another-secret', body: `${'['.repeat(8_000)}` },
    { secret: 'another-secret', body: 'null' },
  ]
  for (const attempt of attempts) expect((await tell(message, attempt)).status).toBe(401)
  expect((await orders.byId(id))!.order.state).toBe('sent')
})

test.each([
  ['a body without a signature', { 'content-type': 'application/json' }, '{}', 401],
  ['no body', { 'content-type': 'application/json' }, undefined, 401],
  ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'a=1', 415],
  ['more than is taken', { 'content-type': 'application/json' }, 'x'.repeat(20_000), 413],
])('%s is refused', async (_, headers, payload, status) => {
  const answer = await app.inject({
    method: 'POST',
    url: '/api/v1/erp/webhooks',
    headers: { host: '127.0.0.1', ...headers },
    ...(payload !== undefined && { payload }),
  })
  expect(answer.statusCode).toBe(status)
})

test('signed nonsense is told what is wrong with it, and other routes read bodies as before', async () => {
  expect(await tell({}, { body: '{"a":1,"a":2}' })).toMatchObject({
    status: 400,
    json: { error: 'key_repeated' },
  })
  expect(await tell({}, { body: 'null' })).toMatchObject({ status: 400, json: { error: 'invalid_request' } })
  expect(await tell(about('eaten', {}))).toMatchObject({ status: 400, json: { error: 'invalid_request' } })
  const run = await app.inject({
    method: 'POST',
    url: '/api/v1/runs',
    headers: { host: '127.0.0.1', 'content-type': 'application/json' },
    payload: '{"job":"no-such-job"}',
  })
  expect(run.json()).toMatchObject({ error: 'invalid_request' })
})
