/** Plans and the rules of planning over HTTP. */
import { DEFAULT_SETTINGS, type SettingsAnswer } from '@shelfcast/contracts/planning'
import type { PlanList, PlannedLineList } from '@shelfcast/contracts/plans'
import { toStored } from '@shelfcast/warehouse/queries/planned-lines'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildTestServer } from '../../../test/api/fixture.ts'
import { startStore, type TestStore } from '../../../test/operational/store.ts'
import { insert, startWarehouse, type TestWarehouse } from '../../../test/warehouse/warehouse.ts'
import type { App } from '../http/schemas.ts'

const PLAN = '2026-06-01.a1'

let warehouse: TestWarehouse
let store: TestStore
let app: App
beforeAll(async () => {
  ;[warehouse, store] = await Promise.all([startWarehouse(), startStore()])
  app = await buildTestServer({ warehouse: warehouse.client, operational: store.client })
  await insert(warehouse.client, 'order_plans', [
    {
      plan: PLAN,
      order_day: '2026-06-01',
      origin: '2026-05-31',
      digest: 'ab',
      series: 3,
      lines: 1,
      orders: 1,
      amount: 720,
    },
  ])
  await insert(
    warehouse.client,
    'planned_lines',
    ['P1', 'P2', 'P3'].map((sku, index) => ({
      plan: PLAN,
      ...toStored({
        store_id: 'S1',
        sku,
        order_day: '2026-06-01',
        supplier_id: 'mill',
        unit: sku === 'P1' ? 'g' : 'each',
        quantity: index === 0 ? 12_000 : 0,
        reason: index === 0 ? 'needed' : 'has_enough',
        expected_on: index === 0 ? '2026-06-03' : null,
        cost: 60,
        origin: '2026-05-31',
        model_version: 'v1',
        steps: [
          {
            step: 'demand',
            before: 0,
            after: 10_500,
            facts: { days: 5, sd: 3_000, lead_time_days: 2, review_days: 3 },
          },
        ],
      }),
    })),
  )
  await insert(warehouse.client, 'dim_product', [{ sku: 'P1', name: 'Flour', source: 'test', updated_at: 0 }])
}, 120_000)
afterAll(async () => {
  await app?.close()
  await Promise.all([warehouse?.stop(), store?.stop()])
})

const get = async <T>(url: string) => {
  const answer = await app.inject({ url: `/api/v1${url}`, headers: { host: '127.0.0.1' } })
  return { status: answer.statusCode, body: answer.json() as T }
}

test('a plan says of each line why, in numbers and in words, a page at a time', async () => {
  const { body: plans } = await get<PlanList>('/plans')
  expect(plans.plans).toMatchObject([{ plan: PLAN, lines: 1, amount: 720 }])
  const { body: first } = await get<PlannedLineList>('/plans/latest/lines?limit=2')
  expect(first).toMatchObject({
    plan: { plan: PLAN },
    reasons: [
      { reason: 'has_enough', lines: 2 },
      { reason: 'needed', lines: 1 },
    ],
    next: 'S1/P2',
  })
  expect(first.lines[0]).toMatchObject({
    name: 'Flour',
    quantity: 12_000,
    amount: 720,
    because: 'It is needed.',
  })
  expect(first.lines[0]!.words).toEqual([
    'Demand of the next 5 days (lead time 2 and 3 until the next order) is 10.5 kg on average, give or take 3 kg.',
  ])
  const { body: second } = await get<PlannedLineList>(`/plans/${PLAN}/lines?limit=2&after=S1/P2`)
  expect(second.lines.map(({ sku }) => sku)).toEqual(['P3'])
  expect(second.next).toBeNull()
  const { body: ordered } = await get<PlannedLineList>('/plans/latest/lines?ordered=yes')
  expect(ordered.lines.map(({ sku }) => sku)).toEqual(['P1'])
})

test('what is asked for amiss is told', async () => {
  expect(await get('/plans/2020-01-01.z/lines')).toMatchObject({
    status: 404,
    body: { error: 'unknown_plan' },
  })
  expect(await get('/plans/latest/lines?after=x')).toMatchObject({ status: 400 })
  expect(await get('/plans/latest/lines?reason=because')).toMatchObject({ status: 400 })
})

test('the rules are changed as a whole, with the version that was seen, and a wrong one is told by its name', async () => {
  const put = async (payload: object) => {
    const answer = await app.inject({
      method: 'PUT',
      url: '/api/v1/planning/settings',
      payload,
      headers: { host: '127.0.0.1' },
    })
    return { status: answer.statusCode, body: answer.json() }
  }
  const { body: before } = await get<SettingsAnswer>('/planning/settings')
  expect(before).toMatchObject({ version: 0, settings: DEFAULT_SETTINGS, history: [] })
  const settings = { ...DEFAULT_SETTINGS, store_budget: 500_000 }
  expect(await put({ version: 0, settings, reason: 'the bank' })).toMatchObject({
    status: 200,
    body: { version: 1, settings, history: [{ reason: 'the bank' }] },
  })
  expect(await put({ version: 0, settings, reason: 'again' })).toMatchObject({
    status: 409,
    body: { error: 'settings_changed' },
  })
  const wrong = { ...settings, service_levels: { A: 2, B: 0.9, C: 0.9 } }
  expect(await put({ version: 1, settings: wrong, reason: 'more' })).toMatchObject({
    status: 400,
    body: { message: expect.stringContaining('service_levels') },
  })
})
