import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { approvedOf } from '../../test/operational/orders.ts'
import { startStore, type TestStore } from '../../test/operational/store.ts'
import { createOrders, type Orders } from './orders.ts'
import { createOutbox } from './outbox.ts'
import type { Outbox } from './outbox-entry.ts'

let store: TestStore
let orders: Orders
let outbox: Outbox
beforeAll(async () => {
  store = await startStore()
  orders = createOrders(store.client)
  outbox = createOutbox(store.client)
}, 90_000)
afterAll(() => store?.stop())
beforeEach(async () => {
  await store.client.query(
    'truncate orders, order_lines, order_events, order_proposals, outbox, submissions restart identity cascade',
  )
})

const person = { actor: 'ann', reason: 'I know better' }
const claim = async (worker = 'w', leaseMs = 60_000) => outbox.claim({ worker, most: 10, leaseMs })
const stateOf = async (id: number) => (await orders.byId(id))!

test('of many who claim at once, one has each entry', async () => {
  for (let store_number = 1; store_number <= 20; store_number++)
    await approvedOf(orders, { store_id: `S-${store_number}` })
  const other = createOutbox(store.process.connect())
  const claims = await Promise.all(
    Array.from({ length: 10 }, (_, who) =>
      (who % 2 ? outbox : other).claim({ worker: `w${who}`, most: 3, leaseMs: 60_000 }),
    ),
  )
  const ids = claims.flat().map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  const rest = await outbox.claim({ worker: 'last', most: 100, leaseMs: 60_000 })
  expect(ids.length + rest.length).toBe(20)
  expect(await claim()).toEqual([])
})

test('what a sender that died has taken is claimed by another under the same key, and the first cannot speak for it any more', async () => {
  const { id } = await approvedOf(orders)
  const [first] = await claim('dies', 0)
  const [second] = await claim('lives')
  expect(second).toMatchObject({ id: first!.id, idempotency_key: first!.idempotency_key, attempts: 1 })
  await outbox.bury(first!, 'too late')
  await outbox.postpone(first!, new Date(0), 'too late')
  await outbox.sent(first!, {})
  expect((await stateOf(id)).order.state).toBe('approved')
  await outbox.sent(second!, { status: 201 })
  await outbox.sent(second!, { status: 201 })
  await outbox.bury(second!, 'after all')
  const { order, events, sending } = await stateOf(id)
  expect(order).toMatchObject({ state: 'sent', sent_at: expect.any(String) })
  expect(events.map(({ event }) => event)).toEqual(['proposed', 'approved', 'sent'])
  expect(sending).toEqual({ channel: 'csv', attempts: 2, due_at: null, reason: '', is_dead_letter: false })
})

test('one that is postponed comes back when it is due, with its reason kept', async () => {
  const { id } = await approvedOf(orders)
  const [entry] = await claim()
  await outbox.postpone(entry!, new Date(Date.now() + 3_600_000), 'The ERP answered 503.')
  expect(await claim()).toEqual([])
  expect((await stateOf(id)).sending).toMatchObject({ attempts: 1, reason: 'The ERP answered 503.' })
  await outbox.postpone(entry!, new Date(0), 'again')
  expect(await claim()).toEqual([])
  await store.client.query('update outbox set due_at = now()')
  expect(await claim()).toMatchObject([{ attempts: 1 }])
})

test('a dead letter is sent again by a person under the same key, or cancelled', async () => {
  const { id, version } = await approvedOf(orders)
  await expect(orders.resend({ ...person, id, version })).rejects.toMatchObject({ code: 'no_dead_letter' })
  const [entry] = await claim()
  await outbox.bury(entry!, 'The ERP answered 422: unknown supplier.\u0000')
  expect(await stateOf(id)).toMatchObject({
    order: { state: 'approved', version },
    sending: { is_dead_letter: true, reason: 'The ERP answered 422: unknown supplier.' },
  })
  expect(await claim()).toEqual([])
  await orders.resend({ ...person, id, version })
  const [again] = await claim()
  expect(again).toMatchObject({ idempotency_key: entry!.idempotency_key, attempts: 0 })
  await outbox.bury(again!, 'still')
  await orders.cancel({ ...person, id, version: version + 1 })
  await expect(orders.resend({ ...person, id, version: version + 2 })).rejects.toMatchObject({
    code: 'no_dead_letter',
  })
  expect((await stateOf(id)).events.map(({ event }) => event)).toEqual([
    'proposed',
    'approved',
    'sending_failed',
    'resent',
    'sending_failed',
    'cancelled',
  ])
})

test('a cancelled order is never claimed, and one that is being sent is not cancelled', async () => {
  const waiting = await approvedOf(orders)
  await orders.cancel({ ...person, id: waiting.id, version: waiting.version })
  expect(await claim()).toEqual([])
  const { id, version } = await approvedOf(orders, { store_id: 'S-02' })
  const [entry] = await claim('slow', 60_000)
  await expect(orders.cancel({ ...person, id, version })).rejects.toMatchObject({ code: 'being_sent' })
  // and when its sender was taken for dead, what it says of the order is kept all the same
  await store.client.query('update outbox set lease_until = now()')
  expect(await orders.cancel({ ...person, id, version })).toMatchObject({ state: 'cancelled' })
  expect((await stateOf(id)).events.at(-1)!.detail).toEqual({
    before: 'approved',
    may_have_arrived: true,
    attempts: 1,
  })
  await outbox.sent(entry!, {})
  const { order, events } = await stateOf(id)
  expect(order).toMatchObject({ state: 'cancelled', sent_at: expect.any(String) })
  expect(events.at(-1)).toMatchObject({
    event: 'sent',
    reason: 'It arrived before it was cancelled: tell the supplier.',
  })
})

test('cancelling and claiming at once: what is cancelled is not sent, and what is sent is not cancelled', async () => {
  for (let round = 0; round < 30; round++) {
    const { id, version } = await approvedOf(orders, { store_id: `S-${round}` })
    const [claimed, cancelled] = await Promise.allSettled([
      claim(),
      orders.cancel({ ...person, id, version }),
    ])
    const taken = claimed.status === 'fulfilled' && claimed.value.length === 1
    expect(taken).toBe(cancelled.status === 'rejected')
    if (claimed.status === 'fulfilled') for (const entry of claimed.value) await outbox.sent(entry, {})
  }
}, 30_000)
