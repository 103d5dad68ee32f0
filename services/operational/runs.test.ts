import { Run } from '@shelfcast/contracts/runs'
import { Value } from 'typebox/value'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startStore, type TestStore } from '../../test/operational/store.ts'
import { createRuns, type Runs } from './runs.ts'

let store: TestStore
let runs: Runs
const ask = { job: 'train', requested_by: 'ada' } as const
const claim = { jobs: ['train'], worker: 'one' } as const

beforeAll(async () => {
  store = await startStore()
  runs = createRuns(store.client)
}, 90_000)
afterAll(() => store?.stop())
beforeEach(() => store.client.query('truncate runs, run_keys, run_lines'))

test('a request is one run from the click to the result', async () => {
  const { run, joined } = await runs.request({ ...ask, reason: 'coverage fell to 61%' })
  expect(joined).toBe(false)
  expect(Value.Errors(Run, run)).toEqual([])
  expect(run).toMatchObject({
    state: 'queued',
    parameters: { model: 'demand' },
    reason: 'coverage fell to 61%',
    started_at: null,
  })

  const claimed = (await runs.claim(claim))!
  expect(claimed).toMatchObject({ id: run.id, state: 'running', worker: 'one', attempts: 1 })
  const line = { at: '2026-03-01T06:00:00.000Z', level: 'info', text: 'trial 3: 0.74\u0000' }
  const progress = { step: 'fit', done: 3, total: 8, text: 'quantile 0.5' }
  expect(await runs.heartbeat(claimed, { progress, lines: [line] })).toBe(false)
  await runs.heartbeat(claimed, { progress: { done: 4 } })
  expect(await runs.byId(run.id)).toMatchObject({ step: 'fit', done: 4, total: 8, text: 'quantile 0.5' })
  expect(await runs.lines(run.id)).toEqual([{ ...line, text: 'trial 3: 0.74' }])
  const result = { figures: { promoted: 1 }, shortfalls: [], detail: { version: 'v2' } }
  expect(await runs.succeed(claimed, result)).toMatchObject({ state: 'succeeded', result, error: null })
  await expect(runs.heartbeat(claimed)).rejects.toThrow(
    `Run ${run.id} (train) is succeeded, not running. Stop working on it.`,
  )
  await expect(runs.fail({ id: 123_456, attempts: 1 }, 'gone')).rejects.toThrow('There is no run 123456.')
})

test('who asks for what waits already joins it; what is under way is asked for anew', async () => {
  const first = await runs.request(ask)
  const second = await runs.request({ ...ask, requested_by: 'detect-drift', parameters: { model: 'demand' } })
  expect(second).toEqual({ run: first.run, joined: true })
  expect((await runs.request({ ...ask, parameters: { model: 'anomaly' } })).joined).toBe(false)
  expect((await runs.request({ job: 'score', requested_by: 'ada' })).joined).toBe(false)
  expect((await runs.request({ job: 'score', requested_by: 'bob' })).joined).toBe(true)
  expect(
    (await runs.request({ job: 'score', requested_by: 'bob', parameters: { force: true } })).joined,
  ).toBe(false)

  const running = (await runs.claim(claim))!
  expect(running.id).toBe(first.run.id)
  // The schedule leaves out a turn while the one before is under way.
  expect(await runs.request({ ...ask, joinsRunning: true })).toMatchObject({
    run: { id: running.id },
    joined: true,
  })
  const third = await runs.request(ask)
  expect(third.joined).toBe(false)
  expect((await runs.list({ jobs: ['train'], model: 'demand' })).map(({ id }) => id)).toEqual([
    third.run.id,
    first.run.id,
  ])
  // It waits until the one that is under way has ended.
  expect(await runs.claim(claim)).toMatchObject({ parameters: { model: 'anomaly' } })
  expect(await runs.claim(claim)).toBeUndefined()
  await runs.fail(running, 'no features')
  expect((await runs.claim(claim))?.id).toBe(third.run.id)
})

test('who asks with a key again gets the run of that key, also when it has ended, and whoever races', async () => {
  const key = 'airflow train 2026-03-01'
  const answers = await Promise.all(Array.from({ length: 6 }, () => runs.request({ ...ask, key })))
  const [first] = answers
  expect(new Set(answers.map(({ run }) => run.id)).size).toBe(1)
  expect(answers.filter(({ joined }) => !joined)).toHaveLength(1)
  const claimed = (await runs.claim(claim))!
  await runs.fail(claimed, 'no features')
  expect(await runs.request({ ...ask, key })).toMatchObject({
    run: { id: first!.run.id, state: 'failed' },
    joined: true,
  })
  await expect(runs.request({ ...ask, key, parameters: { model: 'anomaly' } })).rejects.toMatchObject({
    code: 'key_taken',
  })
  expect((await runs.request({ ...ask, key: 'another' })).joined).toBe(false)
  expect(await runs.list()).toHaveLength(2)
})

test('what a job does not take is refused before it waits', async () => {
  const request = (parameters: Record<string, unknown>) => runs.request({ ...ask, parameters })
  await expect(request({ model: 'weather' })).rejects.toThrow(
    /^Parameter "model" of the job train .* It takes model\.$/,
  )
  await expect(request({ trials: 3 })).rejects.toThrow('It takes model.')
  expect(await runs.list()).toEqual([])
})

test('many who claim at once each get another, and of one run one gets it', async () => {
  const models = ['demand', 'anomaly', 'slow-mover', 'lead-time'] as const
  for (const model of models) await runs.request({ ...ask, parameters: { model } })
  const other = store.process.connect()
  const claimers = [runs, createRuns(other)]
  const claimed = await Promise.all(
    Array.from({ length: 8 }, (_, at) => claimers[at % 2]!.claim({ ...claim, worker: `worker ${at}` })),
  )
  expect(claimed.flatMap((run) => run?.parameters.model ?? []).sort()).toEqual([...models].sort())
  // Two of one lane that wait with other parameters: one at a time.
  for (const force of [false, true])
    await runs.request({ job: 'score', requested_by: 'ada', parameters: { force } })
  const scoring = await Promise.all(
    claimers.map((each, at) => each.claim({ jobs: ['score'], worker: `worker ${at}` })),
  )
  await other.close()
  expect(scoring.filter((run) => run !== undefined)).toHaveLength(1)
})

test('a run whose worker says nothing is begun again by the next who claims, then failed, its input kept', async () => {
  const hasty = createRuns(store.client, { silenceLimitMs: 200 })
  const { run } = await runs.request({ ...ask, parameters: { model: 'anomaly' } })
  const lost = (await hasty.claim(claim))!
  const next = async () => {
    let claimed: Run | undefined
    await expect
      .poll(async () => {
        claimed = await hasty.claim({ ...claim, worker: 'two' })
        return claimed?.id ?? (await runs.byId(run.id))?.state
      })
      .toBeOneOf([run.id, 'failed'])
    return claimed
  }
  const again = (await next())!
  expect(again).toMatchObject({ id: run.id, attempts: 2, worker: 'two', parameters: { model: 'anomaly' } })
  await expect(runs.succeed(lost, { figures: {}, shortfalls: [] })).rejects.toThrow(
    'is with another worker, two. Stop working on it.',
  )
  expect(await next()).toBeUndefined()
  expect(await runs.byId(run.id)).toMatchObject({
    state: 'failed',
    parameters: { model: 'anomaly' },
    error: 'Its worker said nothing for 0.2 s and is taken for dead. Ask for it again.',
  })
  await expect(runs.heartbeat(again)).rejects.toThrow(/is failed, not running: Its worker said nothing/)
})

test('what a worker of the same name left is taken up at once; a job that may not be done twice is failed', async () => {
  await runs.request(ask)
  await runs.request({ job: 'roll-back', requested_by: 'ada' })
  const training = (await runs.claim(claim))!
  const rollBack = (await runs.claim({ jobs: ['roll-back'], worker: 'one' }))!
  expect(await runs.releaseAll('two')).toBe(0)
  expect(await runs.releaseAll('one')).toBe(2)
  expect(await runs.byId(training.id)).toMatchObject({ state: 'queued', error: null })
  expect(await runs.byId(rollBack.id)).toMatchObject({
    state: 'failed',
    error: 'Its worker ended in the middle of it. Ask for it again.',
  })
  // Where the same waits already, it is not queued twice.
  const again = (await runs.claim(claim))!
  await runs.request(ask)
  await runs.release(again, 'Stopped.')
  expect(await runs.byId(again.id)).toMatchObject({ state: 'failed' })
})

test('one that waits is cancelled at once, the worker of one that is under way is told, and one that has ended stays', async () => {
  const { run: waiting } = await runs.request(ask)
  expect(await runs.cancel(waiting.id, 'ada')).toMatchObject({
    state: 'cancelled',
    error: 'Cancelled by ada before it began.',
  })
  await expect(runs.cancel(waiting.id, 'ada')).rejects.toMatchObject({ code: 'run_ended' })
  await expect(runs.cancel(987_654, 'ada')).rejects.toMatchObject({ code: 'unknown_run' })
  await runs.request(ask)
  const running = (await runs.claim(claim))!
  expect(await runs.cancel(running.id, 'ada')).toMatchObject({ state: 'running', ended_at: null })
  expect(await runs.heartbeat(running)).toBe(true)
  // Its worker dies before it has ended it: it is not begun again.
  expect(await runs.releaseAll('one')).toBe(1)
  expect(await runs.byId(running.id)).toMatchObject({ state: 'cancelled' })
})

test('runs that ended long ago are dropped with their keys and lines', async () => {
  await runs.request({ ...ask, key: 'old' })
  const old = (await runs.claim(claim))!
  await runs.heartbeat(old, { lines: [{ at: new Date().toISOString(), level: 'info', text: 'said' }] })
  await runs.fail(old, 'no features')
  await runs.request(ask)
  expect(await runs.prune(new Date(Date.now() - 60_000))).toBe(0)
  expect(await runs.prune(new Date(Date.now() + 60_000))).toBe(1)
  expect(await runs.list()).toMatchObject([{ state: 'queued' }])
  expect(await store.client.query('select * from run_keys')).toEqual([])
  expect(await store.client.query('select * from run_lines')).toEqual([])
})
