/** Runs from the request to their end, on a real store. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import type { JobName, Run, RunResult } from '@shelfcast/contracts/runs'
import { createRuns, type Runs } from '@shelfcast/operational/runs'
import { createLog } from '@shelfcast/runtime/log'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { NOWHERE } from '../../../test/jobs/context.ts'
import { startStore, type TestStore } from '../../../test/operational/store.ts'
import { follow } from './follow.ts'
import type { Job, JobContext } from './job.ts'
import { startWorker, type Worker } from './worker.ts'

const quiet = createLog('test', 'silent')
const DONE: RunResult = { figures: { places: 8 }, shortfalls: [] }
const ask = { requested_by: 'ada' } as const

let store: TestStore
let runs: Runs
const workers: Worker[] = []
beforeAll(async () => {
  store = await startStore()
  runs = createRuns(store.client)
}, 90_000)
afterAll(() => store?.stop())
beforeEach(() => store.client.query('truncate runs, run_keys, run_lines'))
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.stop()))
})

const context = { backends: undefined as never, connectors: NOWHERE, now: Date.now }
const jobOf = (
  name: JobName,
  run: (context: JobContext) => Promise<RunResult>,
  rest: Partial<Job> = {},
): Job => ({
  name,
  run,
  ...rest,
})
function work(jobs: readonly Job[], options: Partial<Parameters<typeof startWorker>[0]> = {}) {
  const worker = startWorker({ name: 'test', jobs, runs, context, log: quiet, ...options })
  workers.push(worker)
  return worker
}
const stateOf = async (id: number) => (await runs.byId(id))?.state
const until = (id: number, state: Run['state']) =>
  vi.waitFor(async () => expect(await stateOf(id)).toBe(state), { timeout: 15_000, interval: 50 })
/** Until it is aborted. */
const forever = ({ signal }: JobContext) =>
  new Promise<RunResult>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

test('a run ends with its result, its progress and what it said', async () => {
  const onEnd = vi.fn()
  work(
    [
      jobOf('fetch-weather', async ({ parameters, actor, progress, log }) => {
        progress({ step: 'Places', done: 3, total: 8 })
        log.info(`forced: ${JSON.stringify(parameters)} by ${actor}`)
        return DONE
      }),
    ],
    { onEnd },
  )
  const { run } = await runs.request({ ...ask, job: 'fetch-weather', parameters: { force: true } })
  await until(run.id, 'succeeded')
  expect(await runs.byId(run.id)).toMatchObject({ result: DONE, step: 'Places', done: 3, worker: 'test' })
  expect(await runs.lines(run.id)).toMatchObject([{ level: 'info', text: 'forced: {"force":true} by ada' }])
  await vi.waitFor(() => expect(onEnd).toHaveBeenCalledOnce())
  expect(onEnd.mock.calls[0]![0]).toMatchObject({ id: run.id, state: 'succeeded' })
})

test('one that fails keeps its error and its input, and stops no other', async () => {
  work([
    jobOf('score', async () => {
      throw new Error('The bucket "features" is not there.')
    }),
    jobOf('fetch-macro', async () => DONE),
    jobOf('train', async () => DONE, { missing: () => 'There is no Python here.' }),
  ])
  const [failing, other, unable] = await Promise.all(
    (['score', 'fetch-macro', 'train'] as const).map((job) => runs.request({ ...ask, job })),
  )
  await Promise.all([
    until(failing!.run.id, 'failed'),
    until(other!.run.id, 'succeeded'),
    until(unable!.run.id, 'failed'),
  ])
  expect(await runs.byId(failing!.run.id)).toMatchObject({
    error: 'The bucket "features" is not there.',
    parameters: { force: false },
  })
  expect(await runs.byId(unable!.run.id)).toMatchObject({ error: 'There is no Python here.' })
})

test('heavy ones are worked on one at a time in a process, light ones beside them', async () => {
  let busy = 0
  const most = vi.fn()
  const ending = Promise.withResolvers<RunResult>()
  const heavy = async () => {
    most(++busy)
    return ending.promise.finally(() => busy--)
  }
  work([
    jobOf('train', heavy, { isHeavy: true }),
    jobOf('compact', heavy, { isHeavy: true }),
    jobOf('fetch-macro', async () => DONE),
  ])
  const answers = await Promise.all([
    runs.request({ ...ask, job: 'train' }),
    runs.request({ ...ask, job: 'train', parameters: { model: 'anomaly' } }),
    runs.request({ ...ask, job: 'compact' }),
    runs.request({ ...ask, job: 'fetch-macro' }),
  ])
  await until(answers[3]!.run.id, 'succeeded')
  expect(await runs.list({ state: 'running' })).toHaveLength(1)
  ending.resolve(DONE)
  await Promise.all(answers.map(({ run }) => until(run.id, 'succeeded')))
  expect(Math.max(...most.mock.calls.map(([count]) => count as number))).toBe(1)
})

test('a cancel ends the run that is under way', async () => {
  work([jobOf('compact', forever)])
  const { run } = await runs.request({ ...ask, job: 'compact' })
  await until(run.id, 'running')
  await runs.cancel(run.id, 'ada')
  await until(run.id, 'cancelled')
  expect(await runs.byId(run.id)).toMatchObject({ error: 'Cancelled while it was under way.', result: null })
})

test('a stop of the process leaves what was under way to the next', async () => {
  const first = work([jobOf('compact', forever)])
  const { run } = await runs.request({ ...ask, job: 'compact' })
  await until(run.id, 'running')
  await first.stop()
  expect(await runs.byId(run.id)).toMatchObject({
    state: 'queued',
    text: 'Its worker was stopped: the service stops. It is begun again.',
  })
  work([jobOf('compact', async () => DONE)], { name: 'another' })
  await until(run.id, 'succeeded')
  expect(await runs.byId(run.id)).toMatchObject({ attempts: 2, worker: 'another' })
})

test('a worker that is killed in the middle: the next of its name does the run again, with the same input', async () => {
  const { run } = await runs.request({ ...ask, job: 'train', parameters: { model: 'lead-time' } })
  const child = spawn(
    process.execPath,
    [resolve(import.meta.dirname, '../../../test/jobs/worker-process.ts')],
    {
      env: {
        ...process.env,
        OPERATIONAL_URL: store.process.url,
        OPERATIONAL_PASSWORD: store.process.password,
        WORKER_NAME: 'test',
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  await once(child.stdout!, 'data')
  await vi.waitFor(async () => expect(await runs.lines(run.id)).toHaveLength(1), { timeout: 10_000 })
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(await stateOf(run.id)).toBe('running')
  const models: unknown[] = []
  work([
    jobOf('train', async ({ parameters }) => {
      models.push(parameters)
      return DONE
    }),
  ])
  await until(run.id, 'succeeded')
  expect(models).toEqual([{ model: 'lead-time' }])
  expect(await runs.byId(run.id)).toMatchObject({ attempts: 2 })
  // What the first said is there still.
  expect(await runs.lines(run.id)).toMatchObject([{ text: 'half of it is done' }])
})

test('a command follows what a service does, and works itself where nobody takes the run', async () => {
  const job = jobOf('fetch-macro', async () => DONE)
  const options = { runs, context, log: quiet, signal: new AbortController().signal, takenWithinMs: 100 }
  const states: string[] = []
  const onChange = ({ state }: Run) => void states.push(state)
  const alone = await follow(await runs.request({ ...ask, job: 'fetch-macro' }), job, {
    ...options,
    onChange,
  })
  expect(alone).toMatchObject({
    state: 'succeeded',
    result: DONE,
    worker: expect.stringMatching(/^command@/),
  })
  work([job])
  const result = await follow(await runs.request({ ...ask, job: 'fetch-macro' }), job, {
    ...options,
    takenWithinMs: 60_000,
    onChange,
  })
  expect(result).toMatchObject({ state: 'succeeded', result: DONE, worker: 'test' })
  expect(states[0]).toBe('queued')
  expect(states.at(-1)).toBe('succeeded')
})

test('a command that is stopped cancels its run, wherever that is worked on', async () => {
  const job = jobOf('compact', forever)
  for (const isServed of [true, false]) {
    const worker = isServed ? work([job]) : undefined
    const stop = new AbortController()
    const answer = await runs.request({ ...ask, job: 'compact' })
    const following = follow(answer, job, {
      runs,
      context,
      log: quiet,
      signal: stop.signal,
      takenWithinMs: isServed ? 60_000 : 0,
      onChange: () => undefined,
    })
    await until(answer.run.id, 'running')
    stop.abort(new Error('stopped by SIGINT'))
    expect(await following).toMatchObject({ state: 'cancelled' })
    await worker?.stop()
  }
})
