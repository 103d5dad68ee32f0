import { once } from 'node:events'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildTestServer } from './fixture.ts'
import type { App } from './schemas.ts'

let app: App
let port: number
beforeAll(async () => {
  app = await buildTestServer({})
  await app.listen({ host: '127.0.0.1', port: 0 })
  port = (app.server.address() as AddressInfo).port
})
afterAll(() => app.close())

/** The status that a WebSocket handshake with these headers is answered with; the connection is ended at once. */
async function handshake(headers: Record<string, string>): Promise<number> {
  const sent = request({
    host: '127.0.0.1',
    port,
    path: '/api/v1/stream?channels=pipeline',
    headers: {
      ...{ connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' },
      ...{ 'sec-websocket-key': Buffer.from('sixteen bytes ok').toString('base64'), ...headers },
    },
  })
  sent.end()
  return Promise.race([
    once(sent, 'upgrade').then(([answer, socket]) => {
      socket.destroy()
      return answer.statusCode
    }),
    once(sent, 'response').then(([answer]) => {
      answer.resume()
      return answer.statusCode
    }),
  ])
}

test('the WebSocket opens for our own page and for programs, and for no other page', async () => {
  const own = `127.0.0.1:${port}`
  expect(await handshake({ host: own, origin: `http://${own}` })).toBe(101)
  expect(await handshake({ host: `localhost:${port}`, origin: `http://localhost:${port}` })).toBe(101)
  expect(await handshake({ host: own })).toBe(101)
  expect(await handshake({ host: own, origin: 'http://evil.example' })).toBe(403)
  expect(await handshake({ host: own, origin: `http://127.0.0.1:${port + 1}` })).toBe(403)
  expect(await handshake({ host: own, origin: 'null' })).toBe(403)
  // A page of the attacker whose name now resolves to this machine: Origin and Host agree.
  expect(await handshake({ host: `evil.example:${port}`, origin: `http://evil.example:${port}` })).toBe(403)
})

test.each([
  ['127.0.0.1:8080', 200],
  ['[::1]:8080', 200],
  ['localhost', 200],
  ['evil.example', 403],
  ['127.0.0.1.evil.example', 403],
])('a request to the host %s is answered with %i', async (host, status) => {
  const answer = await app.inject({ url: '/api/v1/health', headers: { host } })
  expect(answer.statusCode).toBe(status)
  if (status === 403) expect(answer.json().error).toBe('host_refused')
})

const change = { method: 'POST', url: '/api/v1/dead-letters/replays' } as const
const own = { host: 'localhost:8080', 'content-type': 'application/json' }
test.each([
  // Past the guard, the route refuses a body that says nothing.
  ['a program', own, 400],
  ['our own page', { ...own, origin: 'http://localhost:8080', 'sec-fetch-site': 'same-origin' }, 400],
  ['a page of another site', { ...own, origin: 'http://evil.example' }, 403],
  ['a page on another port of this machine', { ...own, 'sec-fetch-site': 'same-site' }, 403],
  ['a page of another site that hides its origin', { ...own, 'sec-fetch-site': 'cross-site' }, 403],
  ['a form', { ...own, 'content-type': 'application/x-www-form-urlencoded' }, 415],
  ['a simple request of a script', { ...own, 'content-type': 'text/plain' }, 415],
  ['no content type', { host: own.host }, 415],
])('a change asked for by %s is answered with its status', async (_who, headers, status) => {
  const answer = await app.inject({ ...change, headers, payload: Buffer.from('{}') })
  expect(answer.statusCode, answer.body).toBe(status)
})

test('supervisors reach the health of the process by any name', async () => {
  for (const url of ['/healthz', '/readyz', '/metrics']) {
    expect((await app.inject({ url, headers: { host: 'api' } })).statusCode).toBe(200)
  }
})

test('every answer carries the headers that keep it from other sites', async () => {
  for (const url of ['/', '/api/v1/health', '/docs', '/no/such/page']) {
    const { headers } = await app.inject({ url, headers: { host: 'localhost' } })
    expect(headers['content-security-policy'], url).toContain("default-src 'self'")
    expect(headers['content-security-policy'], url).not.toContain('unsafe-inline')
    expect(headers, url).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cross-origin-resource-policy': 'same-origin',
    })
    expect(headers).not.toHaveProperty('access-control-allow-origin')
  }
})
