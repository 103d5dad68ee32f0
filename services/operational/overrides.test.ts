import type { OverrideRequest } from '@shelfcast/contracts/overrides'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startStore, type TestStore } from '../../test/operational/store.ts'
import { createOverrides, type Overrides } from './overrides.ts'

let store: TestStore
let overrides: Overrides
beforeAll(async () => {
  store = await startStore()
  overrides = createOverrides(store.client)
}, 90_000)
afterAll(() => store?.stop())

const BY = { actor: 'ann', origin: '2026-03-01' }
const request = (terms: Partial<OverrideRequest> = {}): OverrideRequest => ({
  store_id: 'S1',
  sku: 'P1',
  from: '2026-03-05',
  to: '2026-03-07',
  factor: 1.5,
  reason: 'a fair next door',
  ...terms,
})
/** Without what is there by default. */
const without = (name: keyof OverrideRequest, terms: Partial<OverrideRequest> = {}) => {
  const { [name]: _, ...rest } = request(terms)
  return rest as OverrideRequest
}

test('an override is set, read with its history, and withdrawn by whoever saw its version', async () => {
  const { override } = await overrides.set(request(), BY)
  expect(override).toMatchObject({
    version: 1,
    state: 'active',
    factor: 1.5,
    units: null,
    category: null,
    expires_on: '2026-03-07',
    actor: 'ann',
    origin: '2026-03-01',
    from: '2026-03-05',
  })
  expect(await overrides.active('2026-03-07')).toContainEqual(override)
  expect(await overrides.active('2026-03-08')).not.toContainEqual(override)
  await expect(overrides.withdraw(override.id, { version: 2, reason: 'no fair' }, BY)).rejects.toMatchObject({
    code: 'override_changed',
  })
  const end = await overrides.withdraw(
    override.id,
    { version: 1, reason: 'no fair' },
    { actor: 'bob', origin: '2026-03-04' },
  )
  expect(end).toMatchObject({ state: 'withdrawn', version: 2, ended_origin: '2026-03-04' })
  await expect(overrides.withdraw(override.id, { version: 2, reason: 'again' }, BY)).rejects.toMatchObject({
    code: 'override_ended',
  })
  await expect(overrides.withdraw(9_999, { version: 1, reason: 'x' }, BY)).rejects.toMatchObject({
    code: 'unknown_override',
  })
  const detail = await overrides.byId(override.id)
  expect(detail!.events).toMatchObject([
    { event: 'set', actor: 'ann', reason: 'a fair next door', version: 1 },
    { event: 'withdrawn', actor: 'bob', reason: 'no fair', version: 2 },
  ])
  expect(await overrides.active('2026-03-05')).toEqual([])
})

test('a later one takes the place of the one that it names, once', async () => {
  const { override } = await overrides.set(request(), BY)
  const replaces = { id: override.id, version: 1 }
  // given two people who change the same one at the same time
  const answers = await Promise.allSettled([
    overrides.set(request({ factor: 2, replaces }), { actor: 'bob', origin: '2026-03-02' }),
    overrides.set(request({ factor: 3, replaces }), { actor: 'eve', origin: '2026-03-02' }),
  ])
  // then one wins, and nothing of the other is kept
  const wins = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value.override] : []))
  expect(wins).toHaveLength(1)
  expect(answers.find(({ status }) => status === 'rejected')).toMatchObject({
    reason: { code: 'override_ended' },
  })
  expect((await overrides.byId(override.id))!.override).toMatchObject({
    state: 'replaced',
    replaced_by: wins[0]!.id,
  })
  expect((await overrides.active('2026-03-01')).map(({ id }) => id)).toEqual([wins[0]!.id])
})

test('the same request twice with one key sets one override, another is refused', async () => {
  const twice = request({ sku: 'P2', key: 'form 7' })
  const answers = await Promise.all([overrides.set(twice, BY), overrides.set(twice, BY)])
  expect(new Set(answers.map(({ override }) => override.id)).size).toBe(1)
  expect(answers.map(({ joined }) => joined).toSorted()).toEqual([false, true])
  await expect(overrides.set({ ...twice, factor: 9 }, BY)).rejects.toMatchObject({ code: 'key_taken' })
})

test.for([
  ['no scope', without('sku')],
  ['two scopes', request({ category: 'Dairy' })],
  ['no change', without('factor')],
  ['two changes', request({ units: 3 })],
  ['units of a chain', without('store_id', { units: 3 })],
  ['days in the wrong order', request({ from: '2026-03-09' })],
  ['too many days', request({ to: '2026-09-09' })],
] as const)('%s is refused with the fix', async ([, wrong]) => {
  await expect(overrides.set(wrong, BY)).rejects.toMatchObject({
    code: 'invalid_override',
    message: expect.stringMatching(/Give /),
  })
})

test('what happened is never changed', async () => {
  await expect(store.client.query("update override_events set reason = 'other'")).rejects.toThrow()
  await expect(store.client.query('delete from override_events')).rejects.toThrow()
})
