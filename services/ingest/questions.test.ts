import { once } from 'node:events'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createLoadingTurns, type LoadingTurns } from './load/loading-turns.ts'
import { createQuestions } from './questions.ts'

let server: Server
let loading: LoadingTurns
let looks: number
let queries: { query: string; parameters: unknown }[]

beforeEach(async () => {
  loading = createLoadingTurns(1)
  looks = 0
  queries = []
  const answer = createQuestions({
    loading,
    datasets: { progress: undefined, settledAt: 0, hurry: () => looks++ },
    async read(query, parameters) {
      queries.push({ query, parameters })
      return []
    },
  })
  server = createServer((request, response) => {
    void answer(request, response).then((isOurs) => {
      if (!isOurs) response.writeHead(404).end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(() => void server.close())

const address = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

async function ask(path: string, body?: unknown, method = 'POST') {
  const answer = await fetch(`${address()}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  return { status: answer.status, body: answer.status === 404 ? undefined : await answer.json() }
}

test('loading is held and goes on by request', async () => {
  expect(await ask('/loading/pause', { seconds: 30 })).toEqual({ status: 200, body: { paused: true } })
  expect(loading.isHeld).toBe(true)
  expect(await ask('/loading/resume', {})).toEqual({ status: 200, body: { paused: false } })
  expect(loading.isHeld).toBe(false)
  expect((await ask('/loading/pause', { seconds: 0 })).status).toBe(400)
  expect((await ask('/loading/pause', undefined, 'GET')).status).toBe(405)
  expect((await ask('/other', {})).status).toBe(404)
  expect((await ask('/constructor', {})).status).toBe(404)
  expect(loading.isHeld).toBe(false)
})

test('who has written a dataset has it looked for at once, and asks how far it is', async () => {
  expect(await ask('/datasets/look')).toEqual({ status: 200, body: { looking: true } })
  expect((await ask('/datasets/look', undefined, 'GET')).status).toBe(405)
  expect(looks).toBe(1)
  expect(await ask('/datasets', undefined, 'GET')).toEqual({
    status: 200,
    body: { settled_at: '1970-01-01T00:00:00.000Z', loading: null },
  })
})

test('a source asks what became of what it has sent', async () => {
  const question = { partition: 3, ranges: [{ begin: 10, end: 20 }] }
  expect(await ask('/landed/lines', question)).toEqual({
    status: 200,
    body: { accepted: 0, reversed: 0, refused: {} },
  })
  expect(queries[0]!.parameters).toMatchObject({ partition: 3, first: 10, last: 20 })
  expect(await ask('/landed/ends', undefined, 'GET')).toEqual({ status: 200, body: { ends: [] } })
})

test.each([
  ['no ranges', { partition: 0, ranges: [] }],
  ['a partition below none', { partition: -1, ranges: [{ begin: 0, end: 1 }] }],
  ['text in place of a number', { partition: '0', ranges: [{ begin: '0 or 1', end: 1 }] }],
  ['offsets that no number holds', '{"partition": 0, "ranges": [{"begin": 0, "end": 1e400}]}'],
  ['more than is asked for', { partition: 0, ranges: [{ begin: 0, end: 1 }], table: 'system.users' }],
  ['too many ranges', { partition: 0, ranges: Array.from({ length: 501 }, () => ({ begin: 0, end: 1 })) }],
  ['a key of a prototype', '{"__proto__": {"partition": 0}}'],
  ['no JSON', 'partition=0'],
  ['nothing', ''],
])('%s is refused, and the warehouse is not asked', async (_, question) => {
  const { status, body } = await ask('/landed/lines', question)
  expect(status).toBe(400)
  expect(body).toMatchObject({ message: expect.stringMatching(/\S/) })
  expect(queries).toEqual([])
})

test('a body without end is cut off', async () => {
  const upload = request(`${address()}/landed/lines`, { method: 'POST' })
  const chunk = Buffer.alloc(16 * 1024, '[')
  upload.on('error', () => undefined)
  const reply = once(upload, 'response')
  for (let count = 0; count < 8; count++) upload.write(chunk)
  const [response] = await reply
  expect(response.statusCode).toBe(413)
  upload.destroy()
})
