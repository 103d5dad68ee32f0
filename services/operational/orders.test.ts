import { ORDER_STATES, ORDER_STEPS, type OrderState } from '@shelfcast/contracts/orders'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { approvedOf, draftOf, lineOf, ORDER_DAY } from '../../test/operational/orders.ts'
import { startStore, type TestStore } from '../../test/operational/store.ts'
import { createOrders, type Orders } from './orders.ts'
import { createOutbox } from './outbox.ts'

let store: TestStore
let orders: Orders
beforeAll(async () => {
  store = await startStore()
  orders = createOrders(store.client)
}, 90_000)
afterAll(() => store?.stop())
beforeEach(async () => {
  await store.client.query(
    'truncate orders, order_lines, order_events, order_proposals, outbox, submissions restart identity cascade',
  )
})

const person = { actor: 'ann', reason: 'I know better' }
const entries = () => store.client.query('select * from outbox order by id')

test('an order is edited, put off, approved, sent, confirmed and received, and each step says who and why', async () => {
  const { id } = await draftOf(orders)
  await orders.edit({ ...person, id, version: 1, lines: [lineOf('P-2', 0), lineOf('P-3', 500, 800)] })
  await orders.putOff({ ...person, id, version: 2, until: '2026-03-05', reason: 'no room' })
  expect(await orders.list({ put_off_due: '2026-03-04' })).toEqual([])
  expect(await orders.list({ put_off_due: '2026-03-05' })).toMatchObject([{ id, state: 'edited' }])
  const approved = await orders.approve({ ...person, id, version: 3, channel: 'csv' })
  expect(approved).toMatchObject({ state: 'approved', put_off_until: null, amount: 402_400, lines: 2 })

  const outbox = createOutbox(store.client)
  const [entry] = await outbox.claim({ worker: 'w', most: 10, leaseMs: 60_000 })
  expect(entry).toMatchObject({
    idempotency_key: 'S-01/PO-20260302-S-01-SUP-1-1',
    attempts: 0,
    order: { approved_by: 'ann', amount: 402_400, lines: [{ sku: 'P-1' }, { sku: 'P-3', line_no: 3 }] },
  })
  await outbox.sent(entry!, { object: 'x.csv' })
  const order = { store_id: 'S-01', purchase_order_id: approved.purchase_order_id }
  await orders.confirm({ ...order, expected_on: '2026-03-07', actor: 'erp' })
  const receipt = (sku: string, quantity: number) => ({ ...order, sku, quantity, received_on: '2026-03-07' })
  expect(await orders.receive([receipt('P-1', 20)], 'receipts')).toEqual({ orders: 1, lines: 1 })
  expect(await orders.open()).toMatchObject([{ sku: 'P-3', quantity: 500, expected_on: '2026-03-07' }])
  await orders.receive([receipt('P-1', 20), receipt('P-3', 300), receipt('P-3', 200)], 'receipts')

  const detail = (await orders.byId(id))!
  expect(detail.order).toMatchObject({ state: 'received', version: 8 })
  expect(detail.lines).toMatchObject([
    { sku: 'P-1', quantity: 24, proposed: 24, received: 20, closed: true },
    { sku: 'P-2', quantity: 0, proposed: 6, received: 0, closed: false },
    { sku: 'P-3', quantity: 500, proposed: 0, received: 500, closed: true, amount: 400_000 },
  ])
  expect(detail.events.map(({ event, actor, version }) => `${event} ${actor} ${version}`)).toEqual([
    'proposed plan-orders 1',
    'edited ann 2',
    'put_off ann 3',
    'approved ann 4',
    'sent sender csv 5',
    'confirmed erp 6',
    'received receipts 7',
    'received receipts 8',
  ])
  expect(detail.events[1]!.detail).toEqual({
    lines: [
      { sku: 'P-2', before: 6, after: 0 },
      { sku: 'P-3', before: 0, after: 500 },
    ],
  })
  expect(await orders.open()).toEqual([])
})

test('the same confirmation and the same receipts twice change nothing', async () => {
  const { id, store_id, purchase_order_id } = await approvedOf(orders)
  const confirmation = { store_id, purchase_order_id, expected_on: null, actor: 'erp' }
  const first = await orders.confirm(confirmation)
  expect(await orders.confirm(confirmation)).toEqual(first)
  const receipt = { store_id, purchase_order_id, sku: 'P-1', quantity: 24, received_on: '2026-03-04' }
  const stray = { ...receipt, sku: 'P-404' }
  const strange = { ...receipt, purchase_order_id: 'PO-404' }
  expect(await orders.receive([receipt, stray, strange], 'r')).toEqual({ orders: 1, lines: 1 })
  const before = await orders.byId(id)
  expect(await orders.receive([receipt, stray, strange], 'r')).toEqual({ orders: 0, lines: 0 })
  expect(await orders.confirm({ ...confirmation, expected_on: '2026-03-09' })).toMatchObject({
    state: 'partly_received',
  })
  expect(await orders.byId(id)).toEqual(before)
})

test('a change to another version than the present is refused with the present one, and what was typed first stays', async () => {
  const { id } = await draftOf(orders)
  await orders.edit({ ...person, id, version: 1, lines: [lineOf('P-1', 48)] })
  const late = { actor: 'bob', reason: 'less', id, version: 1 }
  await expect(orders.edit({ ...late, lines: [lineOf('P-1', 12)] })).rejects.toMatchObject({
    code: 'order_changed',
    message: `Order ${id} is at version 2, edited by ann ("I know better"); the change was made to version 1. Look at it, and send the change with version 2.`,
    order: { version: 2, amount: 5_400 },
  })
  await expect(orders.approve({ ...late, channel: 'csv' })).rejects.toMatchObject({ code: 'order_changed' })
  expect((await orders.byId(id))!.lines[0]).toMatchObject({ quantity: 48, proposed: 24 })
  expect(await entries()).toEqual([])
})

test('many approve the same order at once: one wins, and there is one entry in the outbox', async () => {
  const { id, version } = await draftOf(orders)
  const other = store.process.connect()
  const results = await Promise.allSettled(
    Array.from({ length: 12 }, (_, who) =>
      createOrders(who % 2 ? store.client : other).approve({
        id,
        version,
        channel: 'csv',
        actor: `planner ${who}`,
        reason: 'now',
      }),
    ),
  )
  await other.close()
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(
    results.filter(({ status }) => status === 'rejected').map((each) => 'reason' in each && each.reason.code),
  ).toEqual(Array(11).fill('order_changed'))
  expect(await entries()).toHaveLength(1)
  expect((await orders.byId(id))!.events).toHaveLength(2)
})

test('an order goes from each state only where it may', async () => {
  const { id } = await draftOf(orders)
  const set = (state: OrderState) =>
    store.client.query(
      `update orders set state = $1, approved_at = now(), approved_by = 'x', channel = 'csv', sent_at = now()`,
      [state],
    )
  const attempts = {
    edited: () => orders.edit({ ...person, id, lines: [lineOf('P-1', 1)] }),
    approved: () => orders.approve({ ...person, id, channel: 'csv' }),
    rejected: () => orders.reject({ ...person, id }),
    cancelled: () => orders.cancel({ ...person, id }),
  } satisfies Partial<Record<OrderState, () => Promise<unknown>>>
  for (const state of ORDER_STATES) {
    for (const [next, attempt] of Object.entries(attempts)) {
      await set(state)
      await store.client.query('delete from outbox')
      const outcome = await attempt().then(
        () => 'done',
        (error) => error.code,
      )
      const may = ORDER_STEPS[state].includes(next as OrderState)
      expect([state, next, outcome]).toEqual([state, next, may ? 'done' : 'wrong_state'])
    }
  }
})

test('what cannot be is told with the fix', async () => {
  const { id } = await draftOf(orders)
  await expect(orders.reject({ ...person, id: 404, version: 1 })).rejects.toThrow(
    'There is no order 404. GET /api/v1/orders lists them.',
  )
  await expect(orders.putOff({ ...person, id, version: 1, until: ORDER_DAY })).rejects.toThrow(
    `Order ${id} is for ${ORDER_DAY} and cannot be put off to ${ORDER_DAY}. Give a later day, or reject it.`,
  )
  await expect(
    orders.edit({ ...person, id, version: 1, lines: [lineOf('P-1', 1), lineOf('P-1', 2)] }),
  ).rejects.toThrow('P-1 is there more than once. Give each SKU one line.')
  await orders.edit({ ...person, id, version: 1, lines: [lineOf('P-1', 0), lineOf('P-2', 0)] })
  await expect(orders.approve({ ...person, id, version: 2, channel: 'csv' })).rejects.toThrow(
    `Order ${id} has no line with a quantity. Add one, or reject it.`,
  )
  await orders.reject({ ...person, id, version: 2 })
  await expect(orders.approve({ ...person, id, version: 3, channel: 'csv' })).rejects.toThrow(
    `Order ${id} is rejected and cannot be approved. It has come to its end: write another.`,
  )
  await expect(store.client.query("update order_events set actor = 'nobody'")).rejects.toThrow(
    /only ever added/,
  )
})

test('a delivery after a cancellation that came too late is received', async () => {
  const { id, version, store_id, purchase_order_id } = await approvedOf(orders)
  await orders.cancel({ ...person, id, version })
  const receipt = { store_id, purchase_order_id, received_on: '2026-03-04', quantity: 1 }
  await orders.receive(
    [
      { ...receipt, sku: 'P-1' },
      { ...receipt, sku: 'P-2' },
    ],
    'r',
  )
  expect((await orders.byId(id))!.order.state).toBe('received')
  // and one that nobody approved is not
  const draft = await draftOf(orders, { store_id: 'S-02' })
  expect(
    await orders.receive(
      [{ ...receipt, store_id: 'S-02', purchase_order_id: draft.purchase_order_id, sku: 'P-1' }],
      'r',
    ),
  ).toEqual({ orders: 0, lines: 0 })
})

test('two who write orders for the same supplier and day get numbers of their own', async () => {
  const own = {
    store_id: 'S-01',
    supplier_id: 'SUP-1',
    order_on: ORDER_DAY,
    expected_on: null,
    currency: 'GBP',
  }
  const written = await Promise.all(
    [1, 2, 3, 4].map((quantity) => orders.create({ ...own, ...person, lines: [lineOf('P-1', quantity)] })),
  )
  expect(new Set(written.map(({ purchase_order_id }) => purchase_order_id)).size).toBe(4)
  expect(written.every(({ plan, state }) => plan === null && state === 'draft')).toBe(true)
})
