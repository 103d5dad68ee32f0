import { buildFeatures } from '@shelfcast/warehouse/features'
import { rowsOf } from '@shelfcast/warehouse/queries/rows'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { contextOf, NOWHERE, testBackends } from '../../../test/jobs/context.ts'
import { dayAfter, fillReference, fillSeries, SKUS, STORES } from '../../../test/jobs/detections.ts'
import { memoryLake, quiet } from '../../../test/jobs/sources.ts'
import { manifestOf, startStore, type TestStore, WON } from '../../../test/operational/store.ts'
import { startWarehouse, type TestWarehouse } from '../../../test/warehouse/warehouse.ts'
import type { Backends } from '../backends.ts'
import { startWorker } from '../engine/worker.ts'
import { score, scoreJob } from './score.ts'

const DAYS = 60
const LAST = dayAfter(DAYS - 1)
const ROWS = STORES.length * SKUS.length * 28

let testWarehouse: TestWarehouse
let store: TestStore
let backends: Backends

beforeAll(async () => {
  ;[testWarehouse, store] = await Promise.all([startWarehouse(), startStore()])
  // Its bundles are gone: what is registered here cannot be loaded.
  backends = testBackends(testWarehouse, store, memoryLake())
  await fillReference(testWarehouse.client)
}, 120_000)
afterAll(() => Promise.all([testWarehouse?.stop(), store?.stop()]))

const now = (force = false) => score(backends, { signal: new AbortController().signal, force })
const stored = () =>
  rowsOf<{ turn: number; version: string; rows: number }>(
    testWarehouse.client,
    'select turn, model_version as version, rows from forecast_scorings final order by turn',
  )

test('before the first sale there is nothing to forecast', async () => {
  expect(await now()).toBeUndefined()
  const result = await scoreJob().run(contextOf('score', backends))
  expect(result).toEqual({ figures: { rows: 0 }, shortfalls: [expect.stringContaining('no sale yet')] })
})

test('without a champion the best baseline forecasts, once', async () => {
  await fillSeries(testWarehouse.client, DAYS)
  await buildFeatures({ server: testWarehouse.access, warehouse: testWarehouse.client, origins: [LAST] })
  const first = await now()
  expect(first).toMatchObject({ origin: LAST, rows: ROWS, version: 'baseline:moving_average', isNew: true })
  expect(first!.shortfalls[0]).toContain('There is no champion yet')
  const [latest] = await rowsOf<object>(
    testWarehouse.client,
    'select count() as rows, min(mean) > 5 as sold from forecast_latest',
  )
  expect(latest).toEqual({ rows: ROWS, sold: 1 })
})

test('who comes to serve has a turn of its own, and one that cannot be loaded leaves a baseline', async () => {
  for (const version of ['v1', 'v2']) {
    await backends.registry.register({
      manifest: manifestOf({ version }),
      prefix: `models/demand/${version}/`,
      gate: WON,
      actor: 'test',
    })
    await backends.registry.promote('demand', version, { actor: 'test' })
  }
  const first = await backends.registry.turn('demand')
  const scored = await now()
  expect(scored).toMatchObject({ isNew: true, rows: ROWS })
  expect(scored!.version).toMatch(/^baseline:/)
  expect(scored!.shortfalls).toEqual([expect.stringMatching(/^The champion cannot be trusted/)])
  // It is tried again: it may be whole by then.
  expect((await now())!.isNew).toBe(true)
  await backends.registry.rollBack('demand', { actor: 'test' })
  const second = await backends.registry.turn('demand')
  expect(second).toBeGreaterThan(first)
  await now()
  expect((await stored()).map(({ turn }) => turn)).toEqual([0, first, second])
  // What was stored for the same turn and origin again is there once, and what is read is there once.
  const [actual] = await rowsOf<{ all: number; latest: number }>(
    testWarehouse.client,
    `select (select count() from fact_forecast final) as all, (select count() from forecast_latest) as latest`,
  )
  expect(actual).toEqual({ all: ROWS, latest: ROWS })
})

test('a challenger that cannot be loaded is not tried, and the others are forecast', async () => {
  await backends.registry.register({
    manifest: manifestOf({ version: 'v3' }),
    prefix: 'models/demand/v3/',
    gate: WON,
    actor: 'test',
  })
  await backends.registry.startExperiment({
    model: 'demand',
    challenger: 'v3',
    mode: 'shadow',
    share: 1,
    actor: 'test',
  })
  const scored = await now()
  expect(scored).toMatchObject({ isNew: true, rows: ROWS })
  expect(scored!.shortfalls[1]).toContain('The challenger cannot be trusted, so it is not tried')
})

test('when who serves or is on trial has changed, all series are forecast anew, in the order of the changes', async () => {
  const turns = async () => (await stored()).map(({ turn }) => turn)
  const worker = startWorker({
    name: 'test',
    jobs: [scoreJob()],
    runs: backends.runs,
    context: { backends, connectors: NOWHERE, now: Date.now },
    log: quiet,
  })
  const forecastOf = (turn: number) =>
    vi.waitFor(async () => expect(await turns()).toContain(turn), { timeout: 20_000, interval: 200 })
  try {
    await backends.registry.endExperiment('demand', { actor: 'test' })
    const ended = await backends.registry.turn('demand')
    await forecastOf(ended)
    // A change joins a run that still waits, which has the reason of the one before.
    await vi.waitFor(
      async () => expect(await backends.runs.list({ jobs: ['score'], state: 'queued' })).toEqual([]),
      { timeout: 20_000, interval: 200 },
    )
    await backends.registry.promote('demand', 'v2', { actor: 'ada' })
    const promoted = await backends.registry.turn('demand')
    expect(promoted).toBeGreaterThan(ended)
    await forecastOf(promoted)
    const [run] = await backends.runs.list({ jobs: ['score'] })
    expect(run).toMatchObject({ requested_by: 'ada', reason: 'v2: promoted' })
  } finally {
    await worker.stop()
  }
}, 60_000)
