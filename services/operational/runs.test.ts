import { Run } from '@shelfcast/contracts/runs'
import { Value } from 'typebox/value'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startStore, type TestStore } from '../../test/operational/store.ts'
import { createAlerts } from './alerts.ts'
import { createRuns, type Runs } from './runs.ts'

let store: TestStore
let runs: Runs
const ask = { kind: 'train', model: 'demand', requested_by: 'ada' } as const

beforeAll(async () => {
  store = await startStore()
  runs = createRuns(store.client)
}, 90_000)
afterAll(() => store?.stop())
beforeEach(() => store.client.query('truncate runs, alerts'))

test('a request is one run from the click to the result', async () => {
  const { run, joined } = await runs.request({ ...ask, reason: 'coverage fell to 61%' })
  expect(joined).toBe(false)
  expect(Value.Errors(Run, run)).toEqual([])
  expect(run).toMatchObject({ state: 'queued', reason: 'coverage fell to 61%', started_at: null })

  const claimed = await runs.claim(['train'])
  expect(claimed).toMatchObject({ id: run.id, state: 'running' })
  await runs.progress(run.id, { step: 'fit', done: 3, total: 8, text: 'quantile 0.5' })
  await runs.progress(run.id, { done: 4 })
  expect(await runs.byId(run.id)).toMatchObject({ step: 'fit', done: 4, total: 8, text: 'quantile 0.5' })
  expect(await runs.finish(run.id, { version: 'v2' })).toMatchObject({
    ...{ state: 'done', result: { version: 'v2' }, error: null },
  })
  await expect(runs.progress(run.id, { done: 5 })).rejects.toThrow(
    `Run ${run.id} (train) is done, not running. Stop working on it.`,
  )
  await expect(runs.fail(123_456, 'gone')).rejects.toThrow('There is no run 123456.')
})

test('who asks for what waits already joins it; what is under way is asked for anew', async () => {
  const first = await runs.request(ask)
  const second = await runs.request({ ...ask, requested_by: 'detect-drift' })
  expect(second).toEqual({ run: first.run, joined: true })
  expect((await runs.request({ ...ask, model: 'anomaly' })).joined).toBe(false)
  // Runs without a model are joined too.
  expect((await runs.request({ kind: 'score', requested_by: 'ada' })).joined).toBe(false)
  expect((await runs.request({ kind: 'score', requested_by: 'bob' })).joined).toBe(true)

  expect((await runs.claim(['train']))?.id).toBe(first.run.id)
  const third = await runs.request(ask)
  expect(third.joined).toBe(false)
  expect((await runs.latest({ kind: 'train', model: 'demand' })).map(({ id }) => id)).toEqual([
    third.run.id,
    first.run.id,
  ])
  // It waits until the one that is under way has ended.
  expect(await runs.claim(['train'])).toMatchObject({ model: 'anomaly' })
  expect(await runs.claim(['train'])).toBeUndefined()
  await runs.fail(first.run.id, 'no features')
  expect((await runs.claim(['train']))?.id).toBe(third.run.id)
})

test('many who claim at once each get another', async () => {
  const models = ['demand', 'anomaly', 'slow-mover', 'lead-time'] as const
  for (const model of models) await runs.request({ ...ask, model })
  const other = store.process.connect()
  const claimers = [runs, createRuns(other)]
  const claimed = await Promise.all(Array.from({ length: 8 }, (_, at) => claimers[at % 2]!.claim(['train'])))
  await other.close()
  expect(claimed.flatMap((run) => run?.model ?? []).sort()).toEqual([...models].sort())
})

test('a run that says nothing is taken for dead by the next who claims, and its worker is told', async () => {
  const hasty = createRuns(store.client, { silenceLimitMs: 300 })
  await runs.request(ask)
  const run = (await hasty.claim(['train']))!
  const other = await hasty.start({ kind: 'score', requested_by: 'scheduler' })
  // given a second request for the same, and another run that does say something
  const { run: next } = await runs.request(ask)
  let claimed: Run | undefined
  await expect
    .poll(async () => {
      await hasty.progress(other.id)
      claimed = await hasty.claim(['train'])
      return claimed?.id
    })
    .toBe(next.id)
  expect(await runs.byId(run.id)).toMatchObject({
    state: 'failed',
    error: 'Its process said nothing for 0.3 s and is taken for dead. Ask for it again.',
  })
  expect(await runs.byId(other.id)).toMatchObject({ state: 'running' })
  await expect(runs.finish(run.id)).rejects.toThrow(/is failed, not running: Its process said nothing/)
})

test('an alert is raised once, seen again, cleared, and then raised anew', async () => {
  const alerts = createAlerts(store.client)
  const drift = {
    kind: 'feature-drift',
    object: 'demand/lag_7',
    severity: 'warning',
    text: 'PSI 0.24',
  } as const
  const first = await alerts.raise(drift)
  expect(first).toMatchObject({ isNew: true, alert: { ...drift, detail: {}, cleared_at: null } })
  const again = await alerts.raise({
    ...drift,
    ...{ severity: 'critical', text: 'PSI 0.41', detail: { psi: 0.41 } },
  })
  expect(again).toMatchObject({
    isNew: false,
    alert: { id: first.alert.id, severity: 'critical', detail: { psi: 0.41 } },
  })
  expect(again.alert.last_seen_at > first.alert.last_seen_at).toBe(true)
  expect(again.alert.raised_at).toBe(first.alert.raised_at)
  await alerts.raise({ ...drift, object: 'demand/price' })
  expect((await alerts.open('feature-drift')).map(({ object }) => object)).toEqual([
    'demand/price',
    'demand/lag_7',
  ])
  expect((await alerts.clear('feature-drift', 'demand/lag_7'))?.id).toBe(first.alert.id)
  expect(await alerts.clear('feature-drift', 'demand/lag_7')).toBeUndefined()
  expect(await alerts.open()).toHaveLength(1)
  expect((await alerts.raise(drift)).isNew).toBe(true)
  expect(await alerts.latest()).toHaveLength(3)
})
