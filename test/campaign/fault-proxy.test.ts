/** The proxy does what the campaign says that it did: a fault that does not happen proves nothing. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, request as send } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createFaultProxy, type FaultProxy } from './fault-proxy.ts'

/** What reached the store: whole requests, and those that broke off. */
let whole: string[] = []
let broken = 0
const store = createServer(async (request, response) => {
  let bytes = 0
  try {
    for await (const chunk of request) bytes += (chunk as Buffer).byteLength
    whole.push(`${request.method} ${bytes}`)
    response.end('done')
  } catch {
    broken++
  }
})
let proxy: FaultProxy

beforeAll(async () => {
  await once(store.listen(0, '127.0.0.1'), 'listening')
  const { port } = store.address() as AddressInfo
  proxy = await createFaultProxy(`http://127.0.0.1:${port}`, 20, (below) => below >> 1)
})
beforeEach(async () => {
  whole = []
  broken = 0
  await proxy.set('passing')
})
afterAll(async () => {
  await proxy.close()
  store.closeAllConnections()
  store.close()
})

/** @returns status and body */
function put(bytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = send(
      `${proxy.url}/object`,
      { method: 'PUT', agent: false },
      async (answer: IncomingMessage) => {
        const chunks: Buffer[] = []
        for await (const chunk of answer) chunks.push(chunk)
        resolve(`${answer.statusCode} ${Buffer.concat(chunks)}`)
      },
    )
    request.on('error', reject)
    request.end(Buffer.alloc(bytes, 'x'))
  })
}

test('what passes is as it was', async () => {
  const answer = proxy.moment('answer', /^PUT /)
  expect(await put(200_000)).toBe('200 done')
  await answer
  expect(whole).toEqual(['PUT 200000'])
})

test('slow is slow, and whole', async () => {
  await proxy.set('slow')
  expect(await put(200_000)).toBe('200 done')
  expect(whole).toEqual(['PUT 200000'])
})

test('refusing is refused, and heals', async () => {
  await proxy.set('refusing')
  await expect(put(10)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  await proxy.set('passing')
  expect(await put(10)).toBe('200 done')
})

test('unavailable answers 503 and asks nobody', async () => {
  await proxy.set('unavailable')
  expect(await put(10)).toMatch(/^503 .*ServiceUnavailable/)
  expect(whole).toEqual([])
})

test('silent never answers, and what waits is reset when it passes again', async () => {
  await proxy.set('silent')
  const waiting = put(10).catch((error: NodeJS.ErrnoException) => error.code)
  expect(await Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 200, 'waits'))])).toBe(
    'waits',
  )
  await proxy.set('passing')
  expect(await waiting).toMatch(/ECONNRESET|EPIPE/)
  expect(whole).toEqual([])
})

test('a request that is cut does not reach the store whole, and the next one does', async () => {
  const cut = proxy.cut('request', /^PUT /)
  await expect(put(200_000)).rejects.toMatchObject({ code: expect.stringMatching(/ECONNRESET|EPIPE/) })
  await cut
  await expect.poll(() => broken).toBe(1)
  expect(whole).toEqual([])
  expect(await put(10)).toBe('200 done')
})

test('a request whose answer is cut was done', async () => {
  const cut = proxy.cut('answer', /^PUT /)
  await expect(put(10)).rejects.toMatchObject({ code: 'ECONNRESET' })
  await cut
  expect(whole).toEqual(['PUT 10'])
})

test('who waits for an answer gets that of the next request where the one under way is cut', async () => {
  const answer = proxy.moment('answer', /^PUT /)
  const cut = proxy.cut('request', /^PUT /)
  await expect(put(200_000)).rejects.toMatchObject({ code: expect.stringMatching(/ECONNRESET|EPIPE/) })
  await cut
  expect(await put(10)).toBe('200 done')
  await answer
})
