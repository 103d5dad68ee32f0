/** The client against a server that fails in all the ways in which the internet does. */
import { afterEach, expect, test } from 'vitest'
import { HASTY, type LocalServer, sendJson, startServer } from '../../../test/jobs/sources.ts'
import { createHttpSource, type SourceLimits } from './http-source.ts'

let server: LocalServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

async function serve(answer: Parameters<typeof startServer>[0]): Promise<LocalServer> {
  server = await startServer(answer)
  return server
}

function ask(url: URL, limits: Partial<SourceLimits> = {}, etag?: string) {
  const source = createHttpSource(url, { ...HASTY, ...limits })
  return source.get(source.urlOf('/v1/forecast', { latitude: '52.5' }), {
    signal: new AbortController().signal,
    etag,
  })
}

test('an answer comes as the bytes that were sent, with its entity tag; we say who we are', async () => {
  const { url, requests } = await serve((_, response) => {
    response.writeHead(200, { etag: 'W/"1"' }).end('{"a": 1.0}')
  })
  expect(await ask(url)).toEqual({ body: Buffer.from('{"a": 1.0}'), etag: 'W/"1"' })
  expect(requests[0]!.headers['user-agent']).toMatch(/^shelfcast\/\d+\.\d+\.\d+$/)
  expect(requests.map((request) => request.url)).toEqual(['/v1/forecast?latitude=52.5'])
})

test('500 twice, then good: asked three times', async () => {
  const { url, requests } = await serve((_, response, requestsBefore) =>
    requestsBefore < 2 ? response.writeHead(500).end() : sendJson(response, { good: true }),
  )
  expect((await ask(url))?.body.toString()).toBe('{"good":true}')
  expect(requests).toHaveLength(3)
})

test('429 with Retry-After: not asked again before that', async () => {
  let opens = 0
  let early = 0
  const { url, requests } = await serve((_, response, requestsBefore) => {
    // Timers may be a little fast.
    if (requestsBefore === 0) opens = performance.now() + 950
    if (performance.now() >= opens) return sendJson(response, {})
    early += requestsBefore
    response.writeHead(429, { 'retry-after': '1' }).end()
  })
  await ask(url)
  expect({ requests: requests.length, early }).toEqual({ requests: 2, early: 0 })
})

test('429 with more patience than we have: given up at once', async () => {
  const { url, requests } = await serve((_, response) =>
    response.writeHead(429, { 'retry-after': new Date(Date.now() + 3_600_000).toUTCString() }).end(),
  )
  await expect(ask(url)).rejects.toMatchObject({ kind: 'overloaded', message: 'answered 429' })
  expect(requests).toHaveLength(1)
})

test('429 each time: the reason is passed on', async () => {
  const reason = 'Daily API request limit exceeded. Please try again tomorrow.'
  const { url, requests } = await serve((_, response) => sendJson(response, { error: true, reason }, 429))
  await expect(ask(url)).rejects.toMatchObject({ kind: 'overloaded', message: `answered 429: ${reason}` })
  expect(requests).toHaveLength(4)
})

test.each([
  [
    400,
    { error: true, reason: 'Latitude must be in range of -90 to 90°. Given: 91.0.' },
    /^answered 400: Latitude/,
  ],
  [
    404,
    { type: 'https://tools.ietf.org/html/rfc9110', title: 'Not Found', status: 404 },
    /^answered 404: Not Found$/,
  ],
  [204, undefined, /^answered 204$/],
] as const)('%i is an answer: not asked again', async (status, body, message) => {
  const { url, requests } = await serve((_, response) =>
    body ? sendJson(response, body, status) : response.writeHead(status).end(),
  )
  await expect(ask(url)).rejects.toMatchObject({ kind: 'declined', message: expect.stringMatching(message) })
  expect(requests).toHaveLength(1)
})

test('a redirect is not followed', async () => {
  const { url, requests } = await serve((_, response) =>
    response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end(),
  )
  await expect(ask(url)).rejects.toMatchObject({
    kind: 'declined',
    message: 'answered 302: it has moved to http://169.254.169.254/latest',
  })
  expect(requests).toHaveLength(1)
})

test('a connection that is cut, before or within the answer, is tried again', async () => {
  const { url, requests } = await serve((_, response, requestsBefore) => {
    if (requestsBefore === 0) response.socket!.destroy()
    else if (requestsBefore === 1) {
      response.writeHead(200, { 'content-length': '100' }).write('{"half":')
      setImmediate(() => response.socket!.destroy())
    } else sendJson(response, {})
  })
  await ask(url)
  expect(requests).toHaveLength(3)
})

test('an answer that does not come, or does not end, is given up and tried again', async () => {
  const { url, requests } = await serve((_, response, requestsBefore) => {
    if (requestsBefore === 1) response.writeHead(200).write('{')
    if (requestsBefore === 2) sendJson(response, {})
  })
  await ask(url, { timeoutMs: 100 })
  expect(requests).toHaveLength(3)
})

test('who cannot be reached is named by the reason of the system', async () => {
  const { url, close } = await startServer(() => undefined)
  await close()
  await expect(ask(url)).rejects.toMatchObject({ kind: 'unreachable', message: 'ECONNREFUSED' })
})

test('an answer that never ends is cut at the limit, and not asked for again', async () => {
  let sent = 0
  const { url, requests } = await serve((_, response) => {
    const more = () => {
      sent += 1024
      if (!response.destroyed && response.write('x'.repeat(1024))) setImmediate(more)
    }
    response.on('drain', more)
    more()
  })
  await expect(ask(url, { maxBytes: 10_000, timeoutMs: 5_000 })).rejects.toMatchObject({
    kind: 'too_large',
    message: 'answered more than 10000 bytes',
  })
  expect(requests).toHaveLength(1)
  expect(sent).toBeGreaterThan(10_000)
})

test('what has not changed is not sent again', async () => {
  const { url, requests } = await serve((_, response) => response.writeHead(304).end())
  expect(await ask(url, {}, '"1"')).toBeUndefined()
  expect(requests[0]!.headers['if-none-match']).toBe('"1"')
})

test('a stop ends the waiting at once', async () => {
  const stop = new AbortController()
  const { url } = await serve((_, response) => {
    response.writeHead(503, { 'retry-after': '60' }).end()
    stop.abort(new Error('the service stops'))
  })
  const source = createHttpSource(url, HASTY)
  await expect(source.get(source.urlOf('/', {}), { signal: stop.signal })).rejects.toThrow(
    'the service stops',
  )
})
