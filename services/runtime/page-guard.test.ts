/** The guard in front of the server that every service has, asked over a socket: what no client library would send. */
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLog } from './log.ts'
import { createPageGuard, ownHosts } from './page-guard.ts'
import { openServer } from './service.ts'

let server: Awaited<ReturnType<typeof openServer>>
let port: number
/** How often something was changed. */
let changes = 0

beforeAll(async () => {
  server = await openServer({
    log: createLog('test', 'silent'),
    guard: createPageGuard(
      ownHosts({ BIND_HOST: '0.0.0.0', ALLOWED_HOSTS: 'ingest,Shelf.Example,fd00::1' }),
      'json',
    ),
    host: '0.0.0.0',
    port: 0,
    async answer(request, response) {
      if (request.method === 'POST') changes++
      response.writeHead(200).end('done')
      return true
    },
  })
  port = (server.address() as AddressInfo).port
})
afterAll(() => {
  server.close()
})

/** @returns the status of the answer; 0 when there is none */
async function ask(lines: string[], address = '127.0.0.1'): Promise<number> {
  const socket = connect({ host: address, port })
  await once(socket, 'connect')
  socket.end(`${[...lines, 'connection: close', 'content-length: 0'].join('\r\n')}\r\n\r\n`)
  return Number(/^HTTP\/1\.1 (\d+)/.exec(await text(socket))?.[1] ?? 0)
}
const get = (...headers: string[]) => ['GET /metrics HTTP/1.1', ...headers]
const post = (...headers: string[]) => ['POST /loading/pause HTTP/1.1', ...headers]
const OWN = 'host: 127.0.0.1:8080'

test.each([
  'host: 127.0.0.1',
  'host: 127.0.0.1:8080',
  'host: [::1]:8080',
  'host: LocalHost:8080',
  'HOST: ingest:8081',
  'host: shelf.example',
  'host: [fd00::1]:8080',
])('"%s" is a name of this process', async (host) => {
  expect(await ask(get(host))).toBe(200)
})

test.each([
  'host: evil.example',
  'host: evil.example:8080',
  'host: 127.0.0.1:8080.evil.example',
  'host: 127.0.0.1.evil.example',
  'host: localhost.evil.example',
  'host: 127.0.0.1@evil.example',
  'host: evil.example#@127.0.0.1',
  'host: evil.example/127.0.0.1',
  'host: localhost.',
  'host: 2130706433',
  'host: 0x7f000001',
  'host: 127.1',
  'host: 0.0.0.0:8080',
  'host: [::]',
  'host: [::ffff:127.0.0.1]',
  'host: 203.0.113.9',
  'host: 127.0.0.1:8080:8080',
  'host: ingest.evil.example',
  'host: 127.0.0.1, evil.example',
  'host:',
])('"%s" is not', async (host) => {
  expect(await ask(get(host))).toBe(403)
})

test('one that is asked by an address of the network answers by that address, and by no other', async () => {
  // Linux gives the whole of 127.0.0.0/8 to the machine, as if it were another address of it.
  expect(await ask(get('host: 127.0.0.2:8080'), '127.0.0.2')).toBe(200)
  expect(await ask(get('host: 127.0.0.3:8080'), '127.0.0.2')).toBe(403)
  expect(await ask(get('host: 192.168.1.20:8080'))).toBe(403)
})

test('there is one Host header, and the target has no host of its own', async () => {
  expect(await ask(get(OWN, 'host: evil.example'))).not.toBe(200)
  expect(await ask(get('host: evil.example', OWN))).not.toBe(200)
  expect(await ask(get())).toBe(400)
  expect(await ask(['GET /metrics HTTP/1.0'])).toBe(403)
  expect(await ask(['GET http://evil.example/metrics HTTP/1.1', OWN])).toBe(403)
  expect(await ask(['GET http://127.0.0.1:8080/metrics HTTP/1.1', 'host: evil.example'])).toBe(403)
  expect(await ask(['OPTIONS * HTTP/1.1', OWN])).toBe(403)
})

test.each([
  ['http://evil.example', 403],
  ['http://127.0.0.1:9999', 403],
  ['http://127.0.0.1', 403],
  ['http://localhost:8080', 403],
  ['http://127.0.0.1:8080.evil.example', 403],
  ['http://127.0.0.1:8080@evil.example', 403],
  ['file://127.0.0.1:8080', 403],
  ['null', 403],
  ['', 403],
  ['http://127.0.0.1:8080', 200],
])('a page of the origin "%s" is answered with %i', async (origin, status) => {
  expect(await ask(get(OWN, `origin: ${origin}`))).toBe(status)
})

const LINK = ['sec-fetch-mode: navigate', 'sec-fetch-dest: document']
test.each([
  ['an image or a script of another site', ['sec-fetch-site: cross-site', 'sec-fetch-mode: no-cors'], 403],
  ['one of another port', ['sec-fetch-site: same-site', 'sec-fetch-mode: no-cors'], 403],
  ['a frame of another site', ['sec-fetch-site: cross-site', LINK[0]!, 'sec-fetch-dest: iframe'], 403],
  ['a link of another site', ['sec-fetch-site: cross-site', ...LINK], 200],
  ['our own page', ['sec-fetch-site: same-origin'], 200],
  ['an address that was typed', ['sec-fetch-site: none', ...LINK], 200],
])('reading for %s', async (_who, headers, status) => {
  expect(await ask(get(OWN, ...headers))).toBe(status)
})

const JSON_BODY = 'content-type: application/json'
test.each([
  ['a program', [OWN, JSON_BODY], 200],
  ['our own page', [OWN, JSON_BODY, 'origin: http://127.0.0.1:8080', 'sec-fetch-site: same-origin'], 200],
  ['a page of another site', [OWN, JSON_BODY, 'origin: http://evil.example'], 403],
  ['a page on another port of this machine', [OWN, JSON_BODY, 'sec-fetch-site: same-site'], 403],
  ['a form of another site', [OWN, 'sec-fetch-site: cross-site', ...LINK], 403],
  ['a page whose name now leads here', ['host: evil.example:8080', JSON_BODY, 'sec-fetch-site: none'], 403],
  ['a form', [OWN, 'content-type: application/x-www-form-urlencoded'], 415],
  ['a form with files', [OWN, 'content-type: multipart/form-data; boundary=x'], 415],
  ['a simple request of a script', [OWN, 'content-type: text/plain'], 415],
  ['one that names JSON beside', [OWN, 'content-type: text/plain; application/json'], 415],
  ['no content type', [OWN], 415],
])('changing something, asked by %s', async (_who, headers, status) => {
  const count = changes
  expect(await ask(post(...headers))).toBe(status)
  expect(changes - count).toBe(status === 200 ? 1 : 0)
})

test('where a secret proves it, another type is taken, and no page of another site', async () => {
  const guard = createPageGuard([], 'secret')
  const asked = (headers: Record<string, string>) =>
    guard({
      method: 'POST',
      url: '/',
      socket: { localAddress: '127.0.0.1' },
      headers,
      rawHeaders: Object.entries(headers).flat(),
    } as never)?.status
  expect(asked({ host: 'localhost', 'content-type': 'text/plain' })).toBeUndefined()
  expect(asked({ host: 'localhost', origin: 'http://evil.example' })).toBe(403)
})
