/** Lots at risk and transfers over HTTP. */
import type { LotsAtRisk, TransferList } from '@shelfcast/contracts/lots'
import {
  type LotAtRiskRow,
  type TransferProposalRow,
  toStoredLot,
  toStoredTransfer,
} from '@shelfcast/warehouse/queries/lots'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildTestServer } from '../../../test/api/fixture.ts'
import { insert, startWarehouse, type TestWarehouse } from '../../../test/warehouse/warehouse.ts'
import type { App } from '../http/schemas.ts'

let warehouse: TestWarehouse
let app: App
beforeAll(async () => {
  warehouse = await startWarehouse()
  app = await buildTestServer({ warehouse: warehouse.client })
}, 120_000)
afterAll(async () => {
  await app?.close()
  await warehouse?.stop()
})

const get = async <T>(url: string) => {
  const answer = await app.inject({ url: `/api/v1${url}`, headers: { host: '127.0.0.1' } })
  return { status: answer.statusCode, body: answer.json() as T }
}

const lot = (overrides: Partial<LotAtRiskRow> = {}): LotAtRiskRow => ({
  store_id: 'S1',
  sku: 'P1',
  category: 'Bread',
  lot: 'L1',
  unit: 'g',
  expires_on: '2026-06-03',
  days_left: 2,
  on_hand: 4_500,
  stock: 6_000,
  expected_unsold: 1_250,
  unsold_probability: 0.75,
  model_probability: null,
  loss_amount: 300,
  price: 399,
  markdown: { off: 0.2, price: 319, unsold: 250, saved: 120, low: -40, high: 260 },
  markdown_reason: 'pays',
  steps: [{ off: 0.2, price: 319, unsold: 250, saved: 120, low: -40, high: 260 }],
  elasticity: -2.5,
  elasticity_error: 0.5,
  elasticity_basis: 'measured',
  transfer_quantity: 0,
  demand_basis: 'held_out_sums',
  ...overrides,
})

const transfer = (overrides: Partial<TransferProposalRow> = {}): TransferProposalRow => ({
  from_store: 'S1',
  to_store: 'S2',
  sku: 'P1',
  lot: 'L1',
  unit: 'g',
  expires_on: '2026-06-03',
  quantity: 1_500,
  worth: 240,
  trip_worth: 900,
  km: 12.5,
  steps: [{ step: 'waste_avoided', before: 0, after: 240, facts: { units: 1_200, cost: 200 } }],
  ...overrides,
})

test('before anything was looked for, both say so', async () => {
  expect(await get('/lots-at-risk')).toEqual({
    status: 200,
    body: { found_at: null, origin: null, lots: [] },
  })
  expect(await get('/transfers')).toEqual({
    status: 200,
    body: { found_at: null, origin: null, transfers: [] },
  })
})

test('lots come by money, in the unit of facts and in words, and all filters hold', async () => {
  const none = lot({ sku: 'P2', unit: 'each', on_hand: 9, stock: 9, expected_unsold: 4, loss_amount: 90 })
  const rows = [
    lot(),
    lot({ ...none, markdown: null, markdown_reason: 'nothing_pays', model_probability: 0.5 }),
    lot({ store_id: 'S2', loss_amount: 5_000, expected_unsold: 3_000 }),
    lot({
      store_id: 'S3',
      expected_unsold: null,
      unsold_probability: null,
      loss_amount: null,
      markdown: null,
      markdown_reason: 'no_forecast',
      elasticity: null,
      elasticity_error: null,
      elasticity_basis: '',
      demand_basis: '',
      steps: [],
    }),
  ]
  const found_at = '2026-06-01 04:00:00.000'
  await insert(
    warehouse.client,
    'slow_movers',
    rows.map((row) => ({ ...toStoredLot(row, 'v1'), origin: '2026-05-31', found_at })),
  )
  await insert(warehouse.client, 'transfer_proposals', [
    ...[
      transfer(),
      transfer({ sku: 'P2', worth: 660, lot: '', expires_on: null, unit: 'each', quantity: 6 }),
    ].map((row) => ({ ...toStoredTransfer(row), origin: '2026-05-31', found_at })),
    // Of an earlier run.
    {
      ...toStoredTransfer(transfer({ sku: 'P9' })),
      origin: '2026-05-30',
      found_at: '2026-05-31 04:00:00.000',
    },
  ])
  await insert(warehouse.client, 'detection_runs', [
    { model: 'slow-mover', day: '2026-05-31', rows: 4, found: 4, model_version: 'v1', found_at },
  ])
  await insert(warehouse.client, 'dim_product', [
    { sku: 'P1', name: 'Grapes', source: 'test', updated_at: 0 },
  ])

  const { body } = await get<LotsAtRisk>('/lots-at-risk')
  expect(body).toMatchObject({ found_at: '2026-06-01T04:00:00.000Z', origin: '2026-05-31' })
  expect(body.lots.map(({ store_id, sku }) => `${store_id} ${sku}`)).toEqual([
    'S2 P1',
    'S1 P1',
    'S1 P2',
    'S3 P1',
  ])
  const { name, words, ...row } = body.lots[1]!
  expect(name).toBe('Grapes')
  expect(row).toEqual(lot())
  expect(words).toEqual([
    'Of 4.5 kg, with 1.5 kg that are sold before, 1.25 kg are expected to be left over on 2026-06-03: 3.00 at cost.',
    'A price that is 1% lower sells about 2.5% more, give or take 0.5: by its own promotions, drawn towards its category.',
    'At 3.19, 20% less, 1.20 are expected to be saved; with 80% probability between -0.40 and 2.60.',
  ])
  expect(body.lots[2]).toMatchObject({ name: 'P2', model_probability: 0.5, markdown: null })
  expect(body.lots[3]).toMatchObject({ expected_unsold: null, elasticity: null, steps: [] })

  const skus = async (query: string) =>
    (await get<LotsAtRisk>(`/lots-at-risk?${query}`)).body.lots.map(
      ({ store_id, sku }) => `${store_id} ${sku}`,
    )
  expect(await skus('store_id=S1')).toEqual(['S1 P1', 'S1 P2'])
  expect(await skus('markdown=no')).toEqual(['S1 P2', 'S3 P1'])
  expect(await skus('sku=P2&category=Bread')).toEqual(['S1 P2'])
  expect(await skus('category=Fish')).toEqual([])
  expect(await skus('limit=1')).toEqual(['S2 P1'])
})

test('transfers of the newest run come with their arithmetic, by what they are worth', async () => {
  const { body } = await get<TransferList>('/transfers?store_id=S2')
  expect(body.transfers.map(({ sku }) => sku)).toEqual(['P2', 'P1'])
  const { name, words, ...row } = body.transfers[1]!
  expect(row).toEqual(transfer())
  expect(name).toBe('Grapes')
  expect(words).toEqual(['The sender throws away 1.2 kg less: 2.40 at cost.'])
  expect(body.transfers[0]).toMatchObject({ lot: '', expires_on: null })
  expect((await get<TransferList>('/transfers?store_id=S9')).body.transfers).toEqual([])
  expect((await get<TransferList>('/transfers?sku=P1')).body.transfers).toHaveLength(1)
})

test('what is asked for amiss is told', async () => {
  for (const query of ['limit=0', 'limit=501', 'markdown=maybe', 'shop=S1', 'category='])
    expect(await get(`/lots-at-risk?${query}`)).toMatchObject({ status: 400 })
  expect(await get('/transfers?limit=x')).toMatchObject({ status: 400 })
})
