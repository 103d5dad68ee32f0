import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { lineOf, ORDER_DAY, proposalOf, propose } from '../../test/operational/orders.ts'
import { startStore, type TestStore } from '../../test/operational/store.ts'
import { createOrders, type Orders } from './orders.ts'

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

const NOTHING = { created: 0, replaced: 0, unchanged: 0, kept: 0, expired: 0, withdrawn: 0 }
const person = { actor: 'ann', reason: 'I know better' }
const quantities = async (id: number) =>
  Object.fromEntries((await orders.byId(id))!.lines.map(({ sku, quantity }) => [sku, quantity]))

test('a plan becomes drafts, and the same plan twice changes nothing', async () => {
  const proposals = [proposalOf(), proposalOf({ supplier_id: 'SUP-2' }), proposalOf({ store_id: 'S-02' })]
  expect(await propose(orders, proposals)).toEqual({ ...NOTHING, created: 3 })
  const before = await orders.list()
  expect(before.map(({ purchase_order_id }) => purchase_order_id)).toEqual([
    'PO-20260302-S-02-SUP-1-1',
    'PO-20260302-S-01-SUP-2-1',
    'PO-20260302-S-01-SUP-1-1',
  ])
  expect(before[0]).toMatchObject({
    state: 'draft',
    version: 1,
    amount: 3_000,
    lines: 2,
    plan: '2026-03-02/1',
  })
  expect(await propose(orders, proposals)).toEqual({ ...NOTHING, created: 3 })
  expect(await orders.list()).toEqual(before)
  expect((await orders.byId(before[0]!.id))!.events).toMatchObject([
    { event: 'proposed', actor: 'plan-orders', version: 1, detail: { plan: '2026-03-02/1' } },
  ])
})

test('a newer plan replaces drafts, whose numbers stay, and names itself on those that it leaves as they are', async () => {
  await propose(orders, [proposalOf(), proposalOf({ store_id: 'S-02' })])
  const counts = await propose(
    orders,
    [proposalOf({ lines: [lineOf('P-1', 12), lineOf('P-3', 1)] }), proposalOf({ store_id: 'S-02' })],
    '2026-03-02/2',
  )
  expect(counts).toEqual({ ...NOTHING, replaced: 1, unchanged: 1 })
  const [same, other] = await orders.list()
  expect(same).toMatchObject({ store_id: 'S-02', version: 1, plan: '2026-03-02/2' })
  expect(other).toMatchObject({
    purchase_order_id: 'PO-20260302-S-01-SUP-1-1',
    version: 2,
    plan: '2026-03-02/2',
    amount: 1_300,
  })
  expect(await quantities(other!.id)).toEqual({ 'P-1': 12, 'P-3': 1 })
  expect((await orders.byId(other!.id))!.events.at(-1)).toMatchObject({
    event: 'proposed',
    detail: { plan: '2026-03-02/2', before: '2026-03-02/1' },
  })
})

test('what people decided stands: edited, put off, rejected and cancelled orders are left as they are', async () => {
  const stores = ['S-01', 'S-02', 'S-03', 'S-04', 'S-05']
  await propose(
    orders,
    stores.map((store_id) => proposalOf({ store_id })),
  )
  const [edited, later, rejected, cancelled] = (await orders.list()).toReversed()
  await orders.edit({ ...person, id: edited!.id, version: 1, lines: [lineOf('P-1', 99)] })
  await orders.putOff({ ...person, id: later!.id, version: 1, until: '2026-03-09' })
  await orders.reject({ ...person, id: rejected!.id, version: 1 })
  await orders.cancel({ ...person, id: cancelled!.id, version: 1 })
  const counts = await propose(
    orders,
    stores.map((store_id) => proposalOf({ store_id, lines: [lineOf('P-9', 1)] })),
    '2026-03-02/2',
  )
  expect(counts).toEqual({ ...NOTHING, kept: 4, replaced: 1 })
  expect(await quantities(edited!.id)).toEqual({ 'P-1': 99, 'P-2': 6 })
  expect((await orders.byId(edited!.id))!.lines).toMatchObject([{ proposed: 24 }, { proposed: 6 }])
  expect((await orders.list()).map(({ state }) => state)).toEqual([
    'draft',
    'cancelled',
    'rejected',
    'draft',
    'edited',
  ])
})

test('beside an approved order a newer plan asks for what is short of it, and the same plan begun again for nothing', async () => {
  await propose(orders, [proposalOf()])
  const [order] = await orders.list()
  await orders.approve({ ...person, id: order!.id, version: 1, channel: 'csv' })
  // The same plan, with another forecast than before it was interrupted.
  expect(await propose(orders, [proposalOf({ lines: [lineOf('P-1', 25)] })])).toEqual({ ...NOTHING, kept: 1 })
  expect(await propose(orders, [proposalOf({ lines: [lineOf('P-1', 1)] })], '2026-03-02/2')).toEqual({
    ...NOTHING,
    created: 1,
  })
  expect((await orders.list()).map(({ purchase_order_id }) => purchase_order_id)).toEqual([
    'PO-20260302-S-01-SUP-1-2',
    'PO-20260302-S-01-SUP-1-1',
  ])
})

test('drafts of days that passed and those that are not proposed any more are cancelled with the reason', async () => {
  await propose(orders, [proposalOf(), proposalOf({ store_id: 'S-02', order_on: '2026-03-03' })])
  const own = {
    store_id: 'S-03',
    supplier_id: 'SUP-1',
    order_on: ORDER_DAY,
    expected_on: null,
    currency: 'GBP',
  }
  await orders.create({ ...own, ...person, lines: [lineOf('P-1', 1)] })
  const counts = await orders.propose({
    plan: '2026-03-03/2',
    order_day: '2026-03-03',
    actor: 'plan-orders',
    proposals: [],
  })
  expect(counts).toEqual({ ...NOTHING, expired: 1, withdrawn: 1 })
  const list = await orders.list()
  expect(list.map(({ state }) => state)).toEqual(['draft', 'cancelled', 'cancelled'])
  const reasons = await Promise.all(
    list.slice(1).map(async ({ id }) => (await orders.byId(id))!.events.at(-1)),
  )
  expect(reasons).toMatchObject([
    { event: 'cancelled', actor: 'plan-orders', reason: 'The newer plan does not propose it.' },
    { event: 'cancelled', actor: 'plan-orders', reason: 'Its order day has passed.' },
  ])
  // What the plan itself cancelled it may propose again.
  const again = [proposalOf({ store_id: 'S-02', order_on: '2026-03-03' })]
  expect(
    await orders.propose({
      plan: '2026-03-03/3',
      order_day: '2026-03-03',
      actor: 'plan-orders',
      proposals: again,
    }),
  ).toEqual({ ...NOTHING, created: 1 })
  await expect(propose(orders, again, '2026-03-02/4')).rejects.toMatchObject({
    code: 'plan_outdated',
    message:
      'Plan 2026-03-02/4 orders for 2026-03-02, and plan 2026-03-03/3 for 2026-03-03 is in already. Plan again for that day or a later one.',
  })
})

test('two plans at once: each is taken as a whole, and there is one draft for a store, supplier and day', async () => {
  const other = store.process.connect()
  const lines = (quantity: number) => [lineOf('P-1', quantity), lineOf('P-2', quantity)]
  const plans = [1, 2, 3, 4, 5, 6].map((number) =>
    propose(
      createOrders(number % 2 ? store.client : other),
      ['S-01', 'S-02', 'S-03'].map((store_id) => proposalOf({ store_id, lines: lines(number) })),
      `2026-03-02/${number}`,
    ),
  )
  await Promise.all(plans)
  await other.close()
  const drafts = await orders.list()
  expect(drafts).toHaveLength(3)
  expect(new Set(drafts.map(({ plan }) => plan)).size).toBe(1)
  for (const { id, plan } of drafts) {
    const quantity = Number(plan!.split('/')[1])
    expect(await quantities(id)).toEqual({ 'P-1': quantity, 'P-2': quantity })
  }
})

test('a plan that is killed in the middle of its proposals leaves none of them', async () => {
  const half = store.client.transaction(async (inside) => {
    const broken = {
      query: async (text: string, values?: readonly unknown[]) => {
        if (text.includes('into order_proposals')) await store.process.kill()
        return inside.query(text, values)
      },
    } as typeof inside
    const { proposeOrders } = await import('./order-proposals.ts')
    await proposeOrders(broken, { plan: 'p', order_day: ORDER_DAY, actor: 'a', proposals: [proposalOf()] })
  })
  await expect(half).rejects.toThrow()
  await store.process.start()
  expect(await orders.list()).toEqual([])
  expect(await propose(orders, [proposalOf()])).toEqual({ ...NOTHING, created: 1 })
}, 60_000)

test('long ids have numbers that are identifiers too, one for each store', async () => {
  const long = 'S'.repeat(64)
  await propose(orders, [
    proposalOf({ store_id: long, supplier_id: 'A'.repeat(64) }),
    proposalOf({ store_id: long }),
  ])
  const numbers = (await orders.list()).map(({ purchase_order_id }) => purchase_order_id)
  expect(numbers.every((number) => /^PO-20260302-[0-9a-f]{32}-1$/.test(number))).toBe(true)
  expect(new Set(numbers).size).toBe(2)
})
