import { buildFeatures } from '@shelfcast/warehouse/features'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import {
  contextOf,
  dayAfter,
  fillReference,
  fillSeries,
  SKUS,
  STORES,
} from '../../../test/jobs/detections.ts'
import { memoryLake, quiet } from '../../../test/jobs/sources.ts'
import { manifestOf, startStore, type TestStore, WON } from '../../../test/operational/store.ts'
import { rowsOf, startWarehouse, type TestWarehouse } from '../../../test/warehouse/warehouse.ts'
import { type Backends, openBackends } from '../backends.ts'
import { startRescoring } from '../queue.ts'
import { score, scoreJob } from './score.ts'

const DAYS = 60
const LAST = dayAfter(DAYS - 1)
const ROWS = STORES.length * SKUS.length * 28

let its: TestWarehouse
let store: TestStore
let stores: Backends

beforeAll(async () => {
  ;[its, store] = await Promise.all([startWarehouse(), startStore()])
  const opened = openBackends({
    CLICKHOUSE_URL: its.access.url,
    CLICKHOUSE_USER: its.access.user,
    CLICKHOUSE_PASSWORD: its.access.password,
    OPERATIONAL_URL: store.process.url,
    OPERATIONAL_PASSWORD: store.process.password,
  })
  // Its bundles are gone: what is registered here cannot be loaded.
  stores = Object.create(opened, { lake: { value: memoryLake() } })
  await fillReference(its.client)
}, 120_000)
afterAll(async () => {
  await stores?.close()
  await Promise.all([its?.stop(), store?.stop()])
})

const now = (force = false) => score(stores, { signal: new AbortController().signal, force })
const stored = () =>
  rowsOf<{ turn: number; version: string; rows: number }>(
    its.client,
    'select turn, model_version as version, rows from forecast_scorings final order by turn',
  )

test('before the first sale there is nothing to forecast', async () => {
  expect(await now()).toBeUndefined()
  const told = await scoreJob(stores).run(contextOf())
  expect(told).toEqual({ figures: { rows: 0 }, shortfalls: [expect.stringContaining('no sale yet')] })
})

test('without a champion the best baseline forecasts, once, whoever asks at the same time', async () => {
  await fillSeries(its.client, DAYS)
  await buildFeatures({ server: its.access, warehouse: its.client, origins: [LAST] })
  const asked = await Promise.all([now(), now(), now()])
  expect(asked.map((each) => each?.isNew)).toEqual([true, false, false])
  expect(asked[0]).toMatchObject({ origin: LAST, rows: ROWS, version: 'baseline:moving_average' })
  expect(asked[0]!.shortfalls[0]).toContain('There is no champion yet')
  const [latest] = await rowsOf<object>(
    its.client,
    'select count() as rows, min(mean) > 5 as sold from forecast_latest',
  )
  expect(latest).toEqual({ rows: ROWS, sold: 1 })
})

test('who comes to serve has a turn of its own, and one that cannot be loaded leaves a baseline', async () => {
  for (const version of ['v1', 'v2']) {
    await stores.registry.register({
      manifest: manifestOf({ version }),
      ...{ prefix: `models/demand/${version}/`, gate: WON, actor: 'test' },
    })
    await stores.registry.promote('demand', version, { actor: 'test' })
  }
  const first = await stores.registry.turn('demand')
  const scored = await now()
  expect(scored).toMatchObject({ isNew: true, rows: ROWS })
  expect(scored!.version).toMatch(/^baseline:/)
  expect(scored!.shortfalls).toEqual([expect.stringMatching(/^The champion cannot be trusted/)])
  // It is tried again: it may be whole by then.
  expect((await now())!.isNew).toBe(true)
  await stores.registry.rollBack('demand', { actor: 'test' })
  const second = await stores.registry.turn('demand')
  expect(second).toBeGreaterThan(first)
  await now()
  expect((await stored()).map(({ turn }) => turn)).toEqual([0, first, second])
  // What was stored for the same turn and origin again is there once, and what is read is there once.
  const [found] = await rowsOf<{ all: number; latest: number }>(
    its.client,
    `select (select count() from fact_forecast final) as all, (select count() from forecast_latest) as latest`,
  )
  expect(found).toEqual({ all: ROWS, latest: ROWS })
})

test('a challenger that cannot be loaded is not tried, and the others are forecast', async () => {
  await stores.registry.register({
    manifest: manifestOf({ version: 'v3' }),
    ...{ prefix: 'models/demand/v3/', gate: WON, actor: 'test' },
  })
  await stores.registry.startExperiment({
    ...{ model: 'demand', challenger: 'v3', mode: 'shadow', share: 1, actor: 'test' },
  })
  const scored = await now()
  expect(scored).toMatchObject({ isNew: true, rows: ROWS })
  expect(scored!.shortfalls[1]).toContain('The challenger cannot be trusted, so it is not tried')
})

test('the service forecasts anew by itself when who serves or is on trial has changed', async () => {
  const turns = async () => (await stored()).map(({ turn }) => turn)
  const rescoring = startRescoring({ stores, log: quiet, firstAfterMs: 0 })
  try {
    await stores.registry.endExperiment('demand', { actor: 'test' })
    const ended = await stores.registry.turn('demand')
    await vi.waitFor(async () => expect(await turns()).toContain(ended), { timeout: 20_000, interval: 200 })
    await stores.registry.promote('demand', 'v2', { actor: 'test' })
    const promoted = await stores.registry.turn('demand')
    expect(promoted).toBeGreaterThan(ended)
    await vi.waitFor(async () => expect(await turns()).toContain(promoted), {
      timeout: 20_000,
      interval: 200,
    })
  } finally {
    await rescoring.stop()
  }
}, 60_000)
