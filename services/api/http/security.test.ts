import { once } from 'node:events'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildTestServer } from '../../../test/api/fixture.ts'
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
      connection: 'upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': Buffer.from('sixteen bytes ok').toString('base64'),
      ...headers,
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
  ['GET', '/api/v1/health'],
  ['GET', '/healthz'],
  ['GET', '/metrics'],
  ['GET', '/'],
  ['GET', '/no/such/page'],
  ['POST', '/api/v1/dead-letters/replays'],
] as const)('%s %s is for our own page and for programs alone', async (method, url) => {
  const statusOf = async (headers: Record<string, string>) =>
    (
      await app.inject({
        method,
        url,
        headers: { 'content-type': 'application/json', ...headers },
        ...(method === 'POST' ? { payload: '{}' } : {}),
      })
    ).statusCode
  expect(await statusOf({ host: 'localhost:8080' })).not.toBe(403)
  expect(await statusOf({ host: 'evil.example' })).toBe(403)
  expect(await statusOf({ host: 'localhost:8080', origin: 'http://localhost:8081' })).toBe(403)
  expect(await statusOf({ host: 'localhost:8080', 'sec-fetch-site': 'cross-site' })).toBe(403)
})

test('a form changes nothing', async () => {
  const answer = await app.inject({
    method: 'POST',
    url: '/api/v1/dead-letters/replays',
    payload: 'all=yes',
    headers: { host: 'localhost:8080', 'content-type': 'application/x-www-form-urlencoded' },
  })
  expect(answer.statusCode).toBe(415)
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
