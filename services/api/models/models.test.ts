import type { ModelsState, RunsState } from '@shelfcast/contracts/model-answers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildTestServer } from '../../../test/api/fixture.ts'
import { ORIGIN, seedOperational, seedWarehouse } from '../../../test/api/forecasts.ts'
import { startStore, type TestStore } from '../../../test/operational/store.ts'
import { startWarehouse, type TestWarehouse } from '../../../test/warehouse/warehouse.ts'
import type { App } from '../http/schemas.ts'

let warehouse: TestWarehouse
let store: TestStore
let app: App

async function get<T>(url: string): Promise<T> {
  const answer = await app.inject({ url, headers: { host: '127.0.0.1' } })
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json<T>()
}
async function send(method: 'POST' | 'DELETE', path: string, body: Record<string, unknown> = {}) {
  const answer = await app.inject({
    method,
    url: `/api/v1/models/${path}`,
    payload: body,
    headers: { host: '127.0.0.1' },
  })
  return { status: answer.statusCode, body: answer.json() }
}
const demand = async () =>
  (await get<ModelsState>('/api/v1/models')).models.find(({ model }) => model === 'demand')!

beforeAll(async () => {
  ;[warehouse, store] = await Promise.all([startWarehouse(), startStore()])
  app = await buildTestServer({ warehouse: warehouse.client, operational: store.client })
}, 120_000)

afterAll(async () => {
  await app?.close()
  await Promise.all([warehouse?.stop(), store?.stop()])
})

test('before anything is trained every model is there, and empty', async () => {
  const { models, alerts } = await get<ModelsState>('/api/v1/models')
  expect(models.map(({ model, champion, live }) => [model, champion, live])).toEqual([
    ['demand', null, null],
    ['anomaly', null, null],
    ['slow-mover', null, null],
    ['lead-time', null, null],
  ])
  expect(alerts).toEqual([])
  expect(await get<RunsState>('/api/v1/models/runs')).toMatchObject({
    runs: [],
    champions: [],
    alerts_open: 0,
  })
})

test('a champion is told with its backtest, its gate, and how it does on what came', async () => {
  await seedWarehouse(warehouse.client, { stores: 2, skus: 2 })
  await seedOperational(store.client)
  const state = await demand()
  expect(state.champion).toBe('demand-20260222-1')
  expect(state.versions.map(({ state }) => state)).toEqual(['challenger', 'champion', 'retired'])
  expect(state.versions[1]).toMatchObject({ inputs: 2, baseline: 'moving_average', gate: { passed: true } })
  expect(state.versions[1]!.backtest!.by_horizon_week).toHaveLength(4)
  expect(JSON.stringify(state)).not.toContain('prefix')

  const live = state.live!
  expect(live).toMatchObject({ to: ORIGIN, versions: ['demand-20260101-1', 'demand-20260222-1'] })
  expect(live.by_day).toHaveLength(60)
  expect(live.by_store.map(({ of }) => of)).toEqual(['S-01', 'S-02'])
  expect(live.by_category).toHaveLength(5)
  expect(live.by_horizon_week.map(({ of }) => of)).toEqual(['1', '2', '3', '4'])
  expect(live.total.wape).toBeLessThan(live.total.baseline_wape!)
  expect(live.total.coverage_80).toBeGreaterThan(0.7)
  // Six series in each of 2 stores, 5 categories, 5 horizons and 28 days.
  expect(live.total.forecasts).toBe(6 * 2 * 5 * 5 * 28)

  const { comparison } = state.experiment!
  expect(comparison!.challenger.forecasts).toBe(comparison!.champion.forecasts)
  expect(comparison!.challenger.wape).toBeLessThan(comparison!.champion.wape!)
  expect(state.drift[0]).toMatchObject({ measure: 'psi', object: 'mean_7', breached: true })
})

test('trainings are told as they go', async () => {
  const { runs, alerts_open } = await get<RunsState>('/api/v1/models/runs')
  expect(runs.filter(({ job }) => job === 'train').map(({ state }) => state)).toEqual(['running'])
  expect(alerts_open).toBe(1)
})

test('a version that lost the gate is promoted only by force, and rolled back from', async () => {
  const path = 'demand/versions/demand-20260228-1'
  expect(await send('POST', `${path}/promote`)).toMatchObject({ status: 409, body: { error: 'gate_lost' } })
  expect(await send('POST', `${path}/promote`, { force: true })).toMatchObject({
    status: 200,
    body: { state: 'champion' },
  })
  const forced = await demand()
  expect(forced).toMatchObject({ champion: 'demand-20260228-1', experiment: null })
  expect(await send('POST', `${path}/retire`)).toMatchObject({ status: 409, body: { error: 'is_champion' } })
  expect(await send('POST', 'demand/roll-back')).toMatchObject({
    status: 200,
    body: { version: 'demand-20260222-1' },
  })
  expect(await send('POST', 'demand/versions/none/promote')).toMatchObject({
    status: 404,
    body: { error: 'unknown_version' },
  })
  expect(await send('POST', 'anomaly/roll-back')).toMatchObject({
    status: 409,
    body: { error: 'no_champion_before' },
  })
})

test('an experiment begins, refuses a second, and ends', async () => {
  const challenger = 'demand-20260101-1'
  const request = { challenger, mode: 'ab', share: 0.25 }
  expect(await send('POST', 'demand/experiment', request)).toMatchObject({
    status: 200,
    body: { share: 0.25 },
  })
  expect((await demand()).experiment).toMatchObject({ challenger, comparison: null })
  expect(await send('POST', 'demand/experiment', request)).toMatchObject({ status: 409 })
  expect(await send('DELETE', 'demand/experiment')).toMatchObject({ status: 200, body: { challenger } })
  expect(await send('DELETE', 'demand/experiment')).toMatchObject({
    status: 409,
    body: { error: 'no_experiment' },
  })
})

test('what another page of this machine sends changes nothing, and a store that is away is told', async () => {
  const foreign = await app.inject({
    method: 'POST',
    url: '/api/v1/models/demand/roll-back',
    payload: {},
    headers: { host: '127.0.0.1', 'sec-fetch-site': 'same-site' },
  })
  expect(foreign.statusCode).toBe(403)
  const without = await buildTestServer({})
  const answer = await without.inject({ url: '/api/v1/models/runs', headers: { host: '127.0.0.1' } })
  expect([answer.statusCode, answer.json().error]).toEqual([503, 'operational_unavailable'])
  await without.close()
})
