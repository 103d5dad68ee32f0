/** Orders over HTTP. */
import type {
  ApprovalsAnswer,
  OrderAnswer,
  OrderDetail,
  OrderList,
} from '@shelfcast/contracts/order-requests'
import { createOrders, type Orders } from '@shelfcast/operational/orders'
import { createOutbox } from '@shelfcast/operational/outbox'
import { createSubmissions } from '@shelfcast/operational/submissions'
import { toStored } from '@shelfcast/warehouse/queries/planned-lines'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { buildTestServer } from '../../../test/api/fixture.ts'
import { startOrdersServer } from '../../../test/api/orders-server.ts'
import { draftOf, proposalOf } from '../../../test/operational/orders.ts'
import { startStore, type TestStore } from '../../../test/operational/store.ts'
import { insert, startWarehouse, type TestWarehouse } from '../../../test/warehouse/warehouse.ts'
import type { App } from '../http/schemas.ts'

let store: TestStore
let warehouse: TestWarehouse
let app: App
let blind: App
let orders: Orders
beforeAll(async () => {
  store = await startStore()
  warehouse = await startWarehouse()
  app = await buildTestServer({ operational: store.client, warehouse: warehouse.client })
  blind = await buildTestServer({ operational: store.client })
  orders = createOrders(store.client)
  const told = { source: 'test', updated_at: 1 }
  const product = { ...told, department: '', category: '', brand: '', unit: 'each', kind: 'merchandise' }
  await insert(warehouse.client, 'dim_store', [
    { ...told, store_id: 'S-01', name: 'High Street', currency: 'GBP', time_zone: 'Europe/London' },
  ])
  await insert(warehouse.client, 'dim_supplier', [{ ...told, supplier_id: 'SUP-1', name: 'Dairies' }])
  await insert(warehouse.client, 'dim_product', [
    { ...product, sku: 'P-1', name: 'Milk', cost: 120, supplier_id: 'SUP-1' },
    { ...product, sku: 'P-3', name: 'Cheese', unit: 'g', cost: 800, supplier_id: 'SUP-1' },
    { ...product, sku: 'P-4', name: 'Beer', cost: 90, supplier_id: 'SUP-2' },
    { ...product, sku: 'P-5', name: 'Gift', supplier_id: '' },
  ])
}, 120_000)
afterAll(async () => {
  await app?.close()
  await blind?.close()
  await warehouse?.stop()
  await store?.stop()
})
beforeEach(async () => {
  await store.client.query(
    'truncate orders, order_lines, order_events, order_proposals, outbox, submissions restart identity cascade',
  )
})

async function ask<T>(method: 'GET' | 'POST' | 'PATCH', path: string, payload?: object, of = app) {
  const answer = await of.inject({
    method,
    url: `/api/v1/orders${path}`,
    headers: { host: '127.0.0.1' },
    ...(payload && { payload }),
  })
  return { status: answer.statusCode, text: answer.body, body: answer.json() as T }
}
const get = <T>(path: string, of = app) => ask<T>('GET', path, undefined, of)
const post = <T = OrderAnswer>(path: string, payload: object, of = app) => ask<T>('POST', path, payload, of)

let keys = 0
const decision = (version: number) => ({ key: `key ${keys++}`, version, reason: 'I know better' })
const written = (overrides: object = {}) => ({
  key: `key ${keys++}`,
  store_id: 'S-01',
  supplier_id: 'SUP-1',
  order_on: '2026-03-02',
  reason: 'a party',
  lines: [
    { sku: 'P-1', quantity: 12 },
    { sku: 'P-3', quantity: 500 },
  ],
  ...overrides,
})

test('a person writes an order with unit, cost and currency of the reference data, changes it and approves it', async () => {
  const { status, body } = await post('', written())
  expect(status).toBe(201)
  expect(body.order).toMatchObject({ state: 'draft', currency: 'GBP', amount: 1_840, plan: null, version: 1 })
  const { id } = body.order
  const lines = [
    { sku: 'P-1', quantity: 0 },
    { sku: 'P-3', quantity: 500, unit_cost: 600 },
    { sku: 'P-5', quantity: 2, unit_cost: 50 },
  ]
  const edited = await ask<OrderAnswer>('PATCH', `/${id}/lines`, { ...decision(1), lines })
  expect(edited).toMatchObject({ status: 200, body: { order: { state: 'edited', amount: 400, lines: 2 } } })
  await post(`/${id}/put-off`, { ...decision(2), until: '2026-03-05' })
  expect((await get<OrderList>('?put_off_due=2026-03-05')).body.orders).toMatchObject([{ id }])
  expect(await post(`/${id}/approve`, { key: 'k', version: 3 })).toMatchObject({
    status: 200,
    body: { order: { state: 'approved', channel: 'csv' } },
  })
  const detail = await get<OrderDetail>(`/${id}`)
  expect(detail.body.events.map(({ event, actor }) => `${event} ${actor}`)).toEqual([
    'created api',
    'edited api',
    'put_off api',
    'approved api',
  ])
  expect(detail.body).toMatchObject({
    lines: [{ name: 'Milk', why: null }, { unit: 'g' }, { unit_cost: 50 }],
    sending: { channel: 'csv', attempts: 0, is_dead_letter: false },
  })
})

test.each([
  [
    'a store',
    { store_id: 'S-404' },
    'unknown_store',
    /Field "store_id" is "S-404", which dim_store does not have/,
  ],
  ['a supplier', { supplier_id: 'SUP-404' }, 'unknown_supplier', /SUP-404.* the dataset suppliers/],
  ['a SKU', { lines: [{ sku: 'P-404', quantity: 1 }] }, 'unknown_sku', /P-404.* the dataset products/],
  [
    "another supplier's SKU",
    { lines: [{ sku: 'P-4', quantity: 1 }] },
    'other_supplier',
    /which SUP-2 supplies and not SUP-1. Order it from SUP-2/,
  ],
  ['no cost', { lines: [{ sku: 'P-5', quantity: 1 }] }, 'unknown_cost', /The cost of P-5.* Give unit_cost/],
])('%s that is not as the reference data have it is refused', async (_, overrides, error, message) => {
  const answer = await post<{ error: string; message: string }>('', written(overrides))
  expect(answer).toMatchObject({ status: 400, body: { error } })
  expect(answer.body.message).toMatch(message)
  expect((await get<OrderList>('')).body.orders).toEqual([])
})

test('the same submission twice is answered as the first time, to the byte; the key for another one is refused', async () => {
  const draft = written()
  const first = await post('', draft)
  await post(`/${first.body.order.id}/reject`, decision(1))
  expect((await post('', draft)).text).toBe(first.text)
  // Also where what it needed then is away.
  expect((await post('', draft, blind)).text).toBe(first.text)
  expect(await post('', { ...draft, reason: 'another' })).toMatchObject({
    status: 409,
    body: { error: 'key_taken' },
  })
  expect(await post('/1/approve', { key: draft.key, version: 2 })).toMatchObject({ status: 409 })
  expect((await get<OrderList>('')).body.orders).toHaveLength(1)
  // and many of the same at once are one
  const again = written()
  const answers = await Promise.all(Array.from({ length: 8 }, () => post('', again)))
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
  expect((await get<OrderList>('')).body.orders).toHaveLength(2)
  expect(await createSubmissions(store.client).prune(new Date(Date.now() + 1_000))).toBe(3)
})

test('a change to an earlier version is refused with the order as it is, and its key may be used again', async () => {
  const { id } = await draftOf(orders)
  await ask('PATCH', `/${id}/lines`, { ...decision(1), lines: [{ sku: 'P-1', quantity: 48 }] })
  const late = { ...decision(1), lines: [{ sku: 'P-1', quantity: 12 }] }
  expect(await ask('PATCH', `/${id}/lines`, late)).toMatchObject({
    status: 409,
    body: { error: 'order_changed', order: { id, version: 2, amount: 5_400 } },
  })
  expect((await get<OrderDetail>(`/${id}`)).body.lines[0]).toMatchObject({ quantity: 48, proposed: 24 })
  expect(await ask('PATCH', `/${id}/lines`, { ...late, version: 2 })).toMatchObject({ status: 200 })
  expect(await post('/404/reject', decision(1))).toMatchObject({
    status: 404,
    body: { error: 'unknown_order' },
  })
})

test('many are approved at once, and each is answered by itself', async () => {
  const ids: number[] = []
  for (const store_id of ['S-1', 'S-2', 'S-3']) ids.push((await draftOf(orders, { store_id })).id)
  // Each plan withdraws the drafts of the one before, so that only the last is open.
  const seen = [...ids, ids[2]!, 404].map((id) => ({ id, version: id === ids[0] ? 7 : 1 }))
  const { body } = await post<ApprovalsAnswer>('/approve', { key: 'many', orders: seen })
  expect(body.approved.map(({ id }) => id)).toEqual([ids[2]])
  expect(body.refused.map(({ id, error }) => `${id} ${error}`).toSorted()).toEqual([
    '1 order_changed',
    '2 order_changed',
    '3 order_changed',
    '404 unknown_order',
  ])
})

test('a dead letter is sent again, once', async () => {
  const { id } = await draftOf(orders)
  await post(`/${id}/approve`, { key: 'a', version: 1 })
  const outbox = createOutbox(store.client)
  const [entry] = await outbox.claim({ worker: 'w', most: 1, leaseMs: 60_000 })
  await outbox.bury(entry!, 'The ERP answered 422.')
  expect((await get<OrderDetail>(`/${id}`)).body.sending).toMatchObject({
    is_dead_letter: true,
    reason: 'The ERP answered 422.',
  })
  expect(await post(`/${id}/resend`, decision(2))).toMatchObject({ status: 200 })
  expect(await post(`/${id}/resend`, decision(3))).toMatchObject({
    status: 409,
    body: { error: 'no_dead_letter' },
  })
  expect(await post(`/${id}/cancel`, decision(3))).toMatchObject({
    status: 200,
    body: { order: { state: 'cancelled' } },
  })
})

test('each line of a plan says why, and says nothing while the warehouse is away', async () => {
  const { plan, id } = await draftOf(orders)
  await insert(warehouse.client, 'planned_lines', [
    {
      plan,
      ...toStored({
        store_id: 'S-01',
        sku: 'P-1',
        order_day: '2026-03-02',
        supplier_id: 'SUP-1',
        unit: 'each',
        quantity: 24,
        reason: 'needed',
        expected_on: '2026-03-04',
        cost: 120,
        origin: '2026-03-01',
        model_version: 'v1',
        steps: [{ step: 'pack', before: 20, after: 24, facts: { pack_multiple: 12 } }],
      }),
    },
  ])
  const { body } = await get<OrderDetail>(`/${id}`)
  expect(body.lines).toMatchObject([
    {
      sku: 'P-1',
      name: 'Milk',
      why: { reason: 'needed', quantity: 24, steps: [{ step: 'pack', before: 20, after: 24 }] },
    },
    { sku: 'P-2', name: null, why: null },
  ])
  expect(body.lines[0]!.why!.words[0]).not.toBe('')
  const away = await get<OrderDetail>(`/${id}`, blind)
  expect(away).toMatchObject({ status: 200, body: { lines: [{ name: null, why: null }, { why: null }] } })
})

test('orders are listed by what is asked, page after page', async () => {
  const stores = ['S-1', 'S-2', 'S-3']
  await orders.propose({
    plan: 'p',
    order_day: '2026-03-02',
    actor: 'plan-orders',
    proposals: stores.map((store_id) => proposalOf({ store_id })),
  })
  const page = (await get<OrderList>('?limit=2&state=draft')).body.orders
  const rest = (await get<OrderList>(`?limit=2&before=${page[1]!.id}`)).body.orders
  expect([...page, ...rest].map(({ store_id }) => store_id)).toEqual(['S-3', 'S-2', 'S-1'])
  expect(
    (await get<OrderList>('?store_id=S-2&supplier_id=SUP-1&order_on=2026-03-02')).body.orders,
  ).toHaveLength(1)
  expect((await get<OrderList>('?state=sent')).body.orders).toEqual([])
})

test('an API that is killed between the commit and the answer gives the first answer to the same submission', async () => {
  const draft = written()
  const kills = [
    { path: '', body: draft },
    { path: '/1/approve', body: { key: 'approval', version: 1 } },
  ]
  for (const { path, body } of kills) {
    const dying = await startOrdersServer({
      operational: { url: store.process.url, password: store.process.password },
      warehouse: warehouse.access,
      killAfterCommit: true,
    })
    const lost = fetch(`${dying.url}/api/v1/orders${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    await expect(lost).rejects.toThrow()
    await dying.kill()
    const [kept] = await store.client.query<{ answer: string }>(
      'select answer from submissions where key = $1',
      [body.key],
    )
    // The one that is asked next is another process.
    expect((await post(path, body)).text).toBe(kept!.answer)
  }
  expect(await orders.list()).toMatchObject([{ state: 'approved', version: 2 }])
  expect(await store.client.query('select id from outbox')).toHaveLength(1)
}, 120_000)
