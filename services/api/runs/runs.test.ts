/** Runs over HTTP, and what a stranger may not ask for. */
import type { RunAnswer, RunDetail, RunList } from '@shelfcast/contracts/runs'
import { createRuns, type Runs } from '@shelfcast/operational/runs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildTestServer } from '../../../test/api/fixture.ts'
import { startStore, type TestStore } from '../../../test/operational/store.ts'
import type { App } from '../http/schemas.ts'

let store: TestStore
let app: App
let runs: Runs
beforeAll(async () => {
  store = await startStore()
  app = await buildTestServer({ operational: store.client })
  runs = createRuns(store.client)
}, 90_000)
afterAll(async () => {
  await app?.close()
  await store?.stop()
})

async function get<T>(path: string): Promise<{ status: number; body: T }> {
  const answer = await app.inject({ url: `/api/v1/runs${path}`, headers: { host: '127.0.0.1' } })
  return { status: answer.statusCode, body: answer.json() }
}
async function post<T = { error: string; message: string }>(
  path: string,
  payload: object,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: T }> {
  const answer = await app.inject({
    method: 'POST',
    url: `/api/v1/runs${path}`,
    payload,
    headers: { host: '127.0.0.1', ...headers },
  })
  return { status: answer.statusCode, body: answer.json() }
}

test('a run is asked for, followed and read with its result and what it said', async () => {
  const answer = await post<RunAnswer>('', { job: 'train', parameters: { model: 'anomaly' }, key: 'dag 1' })
  expect(answer).toMatchObject({
    status: 202,
    body: { joined: false, run: { state: 'queued', parameters: { model: 'anomaly' }, requested_by: 'api' } },
  })
  const { id } = answer.body.run
  const again = await post<RunAnswer>('', { job: 'train', parameters: { model: 'anomaly' }, key: 'dag 1' })
  expect(again.body).toMatchObject({ joined: true, run: { id } })

  const run = (await runs.claim({ jobs: ['train'], worker: 'test' }))!
  const lines = [{ at: '2026-03-01T06:00:00.000Z', level: 'info', text: 'window 1 of 2' }]
  await runs.heartbeat(run, { progress: { step: 'Backtest', done: 1, total: 2 }, lines })
  expect((await get<RunDetail>(`/${id}`)).body).toMatchObject({ run: { state: 'running', done: 1 }, lines })
  await runs.succeed(run, { figures: { promoted: 1 }, shortfalls: [], detail: { version: 'v2' } })
  expect((await get<RunDetail>(`/${id}`)).body.run).toMatchObject({
    state: 'succeeded',
    result: { figures: { promoted: 1 }, shortfalls: [], detail: { version: 'v2' } },
  })
  // The key still means this run.
  const late = await post<RunAnswer>('', { job: 'train', parameters: { model: 'anomaly' }, key: 'dag 1' })
  expect(late.body).toMatchObject({ joined: true, run: { id, state: 'succeeded' } })
  expect(await post('', { job: 'score', key: 'dag 1' })).toMatchObject({
    status: 409,
    body: { error: 'key_taken' },
  })
})

test('runs are listed by job and state, page after page', async () => {
  for (const job of ['fetch-weather', 'fetch-macro', 'score']) await post('', { job })
  expect((await get<RunList>('?job=score')).body.runs).toMatchObject([{ job: 'score', state: 'queued' }])
  expect((await get<RunList>('?state=succeeded')).body.runs).toMatchObject([{ job: 'train' }])
  const { runs: page } = (await get<RunList>('?limit=2')).body
  const { runs: rest } = (await get<RunList>(`?limit=2&before=${page[1]!.id}`)).body
  expect([...page, ...rest].map(({ job }) => job)).toEqual(['score', 'fetch-macro', 'fetch-weather', 'train'])
})

test('a run is cancelled once', async () => {
  const { body } = await post<RunAnswer>('', { job: 'compact' })
  const path = `/${body.run.id}/cancel`
  expect(await post(path, {})).toMatchObject({ status: 202, body: { run: { state: 'cancelled' } } })
  expect(await post(path, {})).toMatchObject({ status: 409, body: { error: 'run_ended' } })
  expect(await post('/999999/cancel', {})).toMatchObject({ status: 404, body: { error: 'unknown_run' } })
  expect(await get('/999999')).toMatchObject({ status: 404, body: { error: 'unknown_run' } })
})

test.each([
  [
    'an unknown job',
    { job: 'format-disk' },
    400,
    /Field "job" is "format-disk": it must be one of fetch-weather/,
  ],
  [
    'a parameter that the job has not',
    { job: 'score', parameters: { model: 'demand' } },
    400,
    /It takes force\./,
  ],
  [
    'a parameter of another kind',
    { job: 'train', parameters: { model: 'all' } },
    400,
    /Field "parameters\.model" is "all"/,
  ],
  [
    'a parameter of another type',
    { job: 'score', parameters: { force: 'yes' } },
    400,
    /Field "parameters\.force" is "yes"/,
  ],
  ['an object as parameter', { job: 'score', parameters: { force: { $gt: '' } } }, 400, /parameters\.force/],
  ['a field that is not known', { job: 'score', requested_by: 'root' }, 400, /"requested_by" is not known/],
  ['a NUL in the reason', { job: 'score', reason: 'a\u0000b' }, 400, /must be text on one line/],
  ['1 MB of text', { job: 'score', reason: 'x'.repeat(1_000_000) }, 413, /too large|larger/i],
])('%s is refused, with a sentence', async (_, body, status, message) => {
  const count = (await runs.list()).length
  const answer = await post('', body)
  expect(answer.body.message).toMatch(message)
  expect(answer.status).toBe(status)
  expect(await runs.list()).toHaveLength(count)
})

test('what another page of this machine sends asks for nothing', async () => {
  const foreign = await post('', { job: 'roll-back' }, { 'sec-fetch-site': 'same-site' })
  expect(foreign.status).toBe(403)
  expect(await runs.list({ jobs: ['roll-back'] })).toEqual([])
  const without = await buildTestServer({})
  const answer = await without.inject({ url: '/api/v1/runs', headers: { host: '127.0.0.1' } })
  expect([answer.statusCode, answer.json().error]).toEqual([503, 'operational_unavailable'])
  await without.close()
})
