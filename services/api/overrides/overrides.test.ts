import type {
  OverrideAnswer,
  OverrideDetail,
  OverrideList,
  OverrideValues,
} from '@shelfcast/contracts/overrides'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildTestServer } from '../../../test/api/fixture.ts'
import { startStore, type TestStore } from '../../../test/operational/store.ts'
import { insert, startWarehouse, type TestWarehouse } from '../../../test/warehouse/warehouse.ts'
import type { App } from '../http/schemas.ts'

let store: TestStore
let warehouse: TestWarehouse
let app: App
beforeAll(async () => {
  ;[warehouse, store] = await Promise.all([startWarehouse(), startStore()])
  app = await buildTestServer({ operational: store.client, warehouse: warehouse.client })
}, 120_000)
afterAll(async () => {
  await app?.close()
  await warehouse?.stop()
  await store?.stop()
})

async function ask<T = { error: string; message: string }>(
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  payload?: object,
): Promise<{ status: number; body: T }> {
  const answer = await app.inject({
    method,
    url: `/api/v1/overrides${path}`,
    headers: { host: '127.0.0.1' },
    ...(payload && { payload }),
  })
  return { status: answer.statusCode, body: answer.json() }
}

const REQUEST = {
  store_id: 'S1',
  sku: 'P1',
  from: '2026-03-05',
  to: '2026-03-06',
  factor: 1.5,
  reason: 'a fair next door',
  actor: 'ann',
  key: 'form 1',
}

test('an override is set, listed, read with what it was worth, and withdrawn', async () => {
  const created = await ask<OverrideAnswer>('POST', '', REQUEST)
  expect(created).toMatchObject({
    status: 201,
    body: { joined: false, override: { state: 'active', actor: 'ann', origin: null } },
  })
  const { id } = created.body.override
  expect((await ask<OverrideAnswer>('POST', '', REQUEST)).body).toMatchObject({
    joined: true,
    override: { id },
  })
  expect((await ask<OverrideList>('GET', '?sku=P1&state=active')).body.overrides).toHaveLength(1)
  expect((await ask<OverrideDetail>('GET', `/${id}`)).body).toMatchObject({
    events: [{ event: 'set' }],
    value: null,
  })
  expect((await ask<OverrideValues>('GET', '/value')).body).toEqual({
    all: null,
    by_actor: [],
    by_reason: [],
    by_direction: [],
  })
  const row = {
    override_id: id,
    store_id: 'S1',
    sku: 'P1',
    origin: '2026-03-01',
    actor: 'ann',
    reason: 'fair',
  }
  await insert(warehouse.client, 'override_outcomes', [
    { ...row, day: '2026-03-05', forecast: 10, effective: 15, actual: 16 },
    { ...row, day: '2026-03-06', forecast: 10, effective: 15, actual: 12 },
  ])
  expect((await ask<OverrideDetail>('GET', `/${id}`)).body.value).toMatchObject({
    days: 2,
    forecast_error: 8,
    override_error: 4,
    value_added: 0.5,
    saved_per_day: 2,
  })
  expect((await ask<OverrideValues>('GET', '/value')).body).toMatchObject({
    all: { series_days: 2 },
    by_actor: [{ actor: 'ann', value: { value_added: 0.5 } }],
    by_direction: [{ direction: 'up' }],
  })
  const end = await ask<OverrideAnswer>('DELETE', `/${id}?version=1&reason=no%20fair&actor=bob`)
  expect(end).toMatchObject({ status: 200, body: { override: { state: 'withdrawn', version: 2 } } })
  expect(await ask('DELETE', `/${id}?version=2&reason=again`)).toMatchObject({
    status: 409,
    body: { error: 'override_ended' },
  })
})

test.for([
  [{ ...REQUEST, key: 'form 1', factor: 2 }, 409, 'key_taken'],
  [{ ...REQUEST, key: 'x', category: 'Dairy' }, 400, 'invalid_override'],
  [{ ...REQUEST, key: 'x', factor: -1 }, 400, undefined],
  [{ ...REQUEST, key: 'x', to: '2026-02-30' }, 400, undefined],
  [{ ...REQUEST, key: 'x', replaces: { id: 777, version: 1 } }, 404, 'unknown_override'],
] as const)('%o is refused with %i', async ([payload, status, code]) => {
  const answer = await ask('POST', '', payload)
  expect(answer.status).toBe(status)
  if (code) expect(answer.body.error).toBe(code)
})

test('an override that is not there is 404', async () => {
  expect(await ask('GET', '/4711')).toMatchObject({ status: 404, body: { error: 'unknown_override' } })
})
