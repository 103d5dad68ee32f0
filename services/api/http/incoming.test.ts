/** What is no request of the API: damaged bodies, URLs, connections and WebSocket frames. */
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
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

const REPLAYS = '/api/v1/dead-letters/replays'
async function post(payload: string | Buffer, type = 'application/json') {
  const headers = { host: '127.0.0.1', 'content-type': type }
  const answer = await app.inject({ method: 'POST', url: REPLAYS, headers, payload })
  return { status: answer.statusCode, ...answer.json<{ error: string; message: string }>() }
}

test.each([
  ['not JSON', '{"filter":', 'not_json'],
  ['a number that JSON does not have', '{"limit":NaN}', 'not_json'],
  ['empty', ' ', 'body_missing'],
  ['a key of a prototype', '{"__proto__":{"again":true}}', 'not_json'],
  ['a constructor with a prototype', '{"constructor":{"prototype":{}}}', 'not_json'],
  ['a key twice', '{"again":false,"filter":{},"again":true}', 'key_repeated'],
  ['a key twice, once escaped', '{"again":false,"filter":{},"\\u0061gain":true}', 'key_repeated'],
  ['bytes that are not UTF-8', Buffer.from([0x7b, 0xff, 0x7d]), 'body_not_utf8'],
  ['too deep', `{"value":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 'body_too_deep'],
  ['half a pair of UTF-16', '{"positions":["a"],"value":"\\ud800"}', 'invalid_request'],
  ['NUL', '{"positions":["a"],"value":"\\u0000"}', 'invalid_request'],
  ['a number beyond all', '{"filter":{},"limit":1e400}', 'invalid_request'],
  ['a number as text', '{"filter":{},"limit":"5"}', 'invalid_request'],
  ['nothing', 'null', 'invalid_request'],
])('a body that is %s is 400', async (_, body, error) => {
  expect(await post(body)).toMatchObject({ status: 400, error })
})

test('a filter with a misspelt part is refused: passed over, it would send every dead letter again', async () => {
  expect(await post('{"filter":{"stoer_id":"S1"}}')).toEqual({
    status: 400,
    error: 'invalid_request',
    message: expect.stringContaining('"filter.stoer_id" is not known'),
  })
})

test('another charset is refused, more than is taken is 413, a mark of the byte order is passed over', async () => {
  expect(await post('{}', 'application/json; charset=utf-16')).toMatchObject({ error: 'charset_refused' })
  expect(await post('x'.repeat(2_200_000))).toMatchObject({ status: 413 })
  // Keys in texts are no keys.
  expect(await post('\ufeff{"value":"{\\"a\\":1, \\"a\\": 2}"}')).toMatchObject({
    message: expect.stringContaining('"positions" or "filter"'),
  })
})

test.each([
  ['/%zz', 400, /%zz/],
  ['/api/v1/baskets/latest?limit=1e400', 400, /"limit" is "1e400": it must be integer/],
  ['/api/v1/baskets/latest?limit=5&limit=6', 400, /"limit"/],
  ['/api/v1/baskets/latest?limt=5', 400, /"limt" is not known/],
  ['/api/v1/baskets/latest?__proto__=5', 400, /__proto__/],
  ['/api/v1/dead-letters/replays?from=2026-01-01T23:59:60Z', 400, /leap second .* the second after/],
  ['/api/v1/dead-letters/replays?from=2300-01-01T00:00:00Z', 400, /years 1990 to 2099/],
  ['/api/v1/dead-letters?cursor=99999999999999~sales-transactions/0/0/0', 400, /cursor is .*the page before/],
  ['/api/v1/dead-letters/sales-transactions/0/0/9007199254740993/0', 400, /"offset"/],
  ['/api/v1/forecasts?text=%00', 400, /"text" is "\\u0000"/],
  [`/api/v1/${'x'.repeat(10_000)}`, 404, /./],
  ['/api/v1/live/../../../etc/passwd', 404, /./],
])('%s: %i, with what is wrong', async (url, status, message) => {
  const answer = await app.inject({ url, headers: { host: '127.0.0.1' } })
  expect([answer.statusCode, answer.json()]).toEqual([
    status,
    { error: expect.any(String), message: expect.stringMatching(message) },
  ])
})

test.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const)(
  '%s where there is only GET is 404',
  async (method) => {
    const headers = { host: '127.0.0.1', 'content-type': 'application/json' }
    const answer = await app.inject({ method, url: '/api/v1/live', headers, payload: '{}' })
    expect(answer.statusCode).toBe(404)
  },
)

/** All that the server says to these bytes before it ends the connection. */
async function say(bytes: string | Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (some) => chunks.push(some))
  socket.on('error', () => {})
  socket.write(bytes)
  await once(socket, 'close')
  return Buffer.concat(chunks).toString('latin1')
}

test.each([
  ['no HTTP at all', '\x16\x03\x01\x00\r\n\r\n', '400'],
  ['a header that is none', 'GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nbad header\r\n\r\n', '400'],
  ['two lengths', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n', '400'],
  ['too many headers', `GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, '431'],
])('%s gets an error of ours', async (_, bytes, status) => {
  const answer = await say(bytes)
  expect(answer).toContain(`HTTP/1.1 ${status} `)
  expect(JSON.parse(answer.split('\r\n\r\n')[1]!)).toEqual({
    error: 'bad_request',
    message: expect.any(String),
  })
})

test('WebSocket frames that are none end their connection and nothing else', async () => {
  const handshake = [
    'GET /api/v1/stream?channels=twin HTTP/1.1',
    `host: 127.0.0.1:${port}`,
    'connection: upgrade',
    'upgrade: websocket',
    'sec-websocket-version: 13',
    'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==',
    '',
    '',
  ].join('\r\n')
  const frames = {
    // The first byte is the kind of the frame, the second its length, with the bit of a client's mask.
    unmasked: [0x81, 0x01, 0x61],
    unknownKind: [0x8f, 0x80, 0, 0, 0, 0],
    reservedBits: [0xf1, 0x80, 0, 0, 0, 0],
    tooLong: [0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0],
    notUtf8: [0x81, 0x81, 0, 0, 0, 0, 0xff],
    longPing: [0x89, 0xfe, 0x04, 0x00, 0, 0, 0, 0],
    closeCode: [0x88, 0x82, 0, 0, 0, 0, 0, 1],
  }
  for (const frame of Object.values(frames)) {
    expect(await say(Buffer.concat([Buffer.from(handshake), Buffer.from(frame)]))).toContain('HTTP/1.1 101 ')
  }
  expect((await app.inject({ url: '/healthz', headers: { host: '127.0.0.1' } })).statusCode).toBe(200)

  // What is said in right frames is nothing that the stream asks for.
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/stream?channels=twin`)
  await once(socket, 'open')
  for (const text of ['', 'null', '{"__proto__":1}', '\0', '['.repeat(500)]) socket.send(text)
  socket.send(new Uint8Array([0xff, 0xfe]))
  const closed = once(socket, 'close')
  socket.send('x'.repeat(2_000))
  expect((await closed)[0].code).toBe(1_009)
})
