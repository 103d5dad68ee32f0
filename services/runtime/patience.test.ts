import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { NotReady } from './away.ts'
import { createPatience, type PatienceOptions } from './patience.ts'

let dataDir: string
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'shelfcast-patience-'))
})
afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

/** @param lines what a person is told */
const patience = (options: Partial<PatienceOptions> = {}, lines: string[] = []) =>
  createPatience({ waitS: 60, dataDir: undefined, say: (text) => lines.push(text), ...options })

const coded = (code: string, message = code) => Object.assign(new Error(message), { code })

/** Fails with each of them, and answers then. */
function failing(...failures: Error[]): () => Promise<string> {
  const left = [...failures]
  return async () => {
    const failure = left.shift()
    if (failure) throw failure
    return 'done'
  }
}

test.concurrent.each([
  ['a refused connection', coded('ECONNREFUSED')],
  ['a broken one', coded('ECONNRESET')],
  ['one that broke while it was written to', coded('EPIPE')],
  ['one that Node broke off', new Error('socket hang up')],
  ['a failed fetch', new TypeError('fetch failed', { cause: coded('UND_ERR_SOCKET') })],
  ['two addresses of which none answers', new AggregateError([coded('ECONNREFUSED'), coded('ETIMEDOUT')])],
  ['a warehouse that takes no more queries', coded('202', 'Too many simultaneous queries')],
  ['an operational store that starts', coded('57P03')],
  ['one that stops', coded('57P01')],
  ['a service of ours that is not ready', new NotReady(503, 'The twin is starting.')],
  [
    'an object store behind a gateway',
    new Error('Request failed after 1 retries: Error: Retryable HTTP status: 503'),
  ],
  [
    'a broker that is gone',
    Object.assign(new Error('Closed connection'), { name: 'KafkaJSConnectionClosedError' }),
  ],
])('%s is an absence: it is waited for, and the work is done again', async (_, failure) => {
  const lines: string[] = []
  expect(await patience({}, lines).until('warehouse', failing(failure))).toBe('done')
  expect(lines).toEqual([
    'ClickHouse (warehouse) does not answer; waiting for it to come back (up to 60 s)',
    expect.stringMatching(/^ClickHouse \(warehouse\) is back after \d+\.\d s$/),
  ])
})

test('any other failure is passed on', async () => {
  const lines: string[] = []
  await expect(patience({}, lines).until('warehouse', failing(coded('60', 'no such table')))).rejects.toThrow(
    /such table/,
  )
  expect(lines).toEqual([])
})

test('what may not be done twice is done again only while the part has not heard of it', async () => {
  expect(await patience().until('warehouse', failing(coded('ECONNREFUSED'), coded('202')), false)).toBe(
    'done',
  )
  await expect(patience().until('warehouse', failing(coded('ECONNRESET')), false)).rejects.toThrow(
    'ClickHouse (warehouse) went away in the middle of a step (ECONNRESET), and nobody knows whether that was done. Run the command again.',
  )
})

test('a lake that the warehouse does not reach is the one that is waited for', async () => {
  const failure = coded('499', 'Poco::Exception. Code: 1000, Connection refused, 127.0.0.1:9000')
  const lines: string[] = []
  expect(await patience({}, lines).until('warehouse', failing(failure))).toBe('done')
  expect(lines[0]).toMatch(/^Object store \(lake\) does not answer/)
})

test('past the limit it ends with the part and the fix', async () => {
  const away = failing(...Array.from({ length: 9 }, () => coded('ECONNREFUSED', 'connect ECONNREFUSED')))
  await expect(patience({ waitS: 0.3 }).until('kafka', away)).rejects.toThrow(
    'Apache Kafka (kafka) did not come back in 0.3 s (connect ECONNREFUSED). Look at its log (docker compose logs kafka) and start it again.',
  )
  writeFileSync(join(dataDir, 'stack.json'), JSON.stringify({ pid: process.pid }))
  await expect(patience({ waitS: 0, dataDir }).until('kafka', away)).rejects.toThrow(
    `Look at ${dataDir}/logs/kafka.log; start the stack again with npm start -- --data ${dataDir}.`,
  )
})

test('a stack that has stopped is not waited for', async () => {
  const stopped = /has stopped, and with it Apache Kafka \(kafka\)\. Start it again: npm start -- --data /
  const lines: string[] = []
  const away = () => patience({ dataDir }, lines).until('kafka', failing(coded('ECONNREFUSED')))
  await expect(away()).rejects.toThrow(stopped)
  // Its supervisor was killed.
  writeFileSync(join(dataDir, 'stack.json'), JSON.stringify({ pid: 2 ** 22 + 1 }))
  await expect(away()).rejects.toThrow(stopped)
  expect(lines).toEqual([])
})

test('a part that is watched ends the command where it does not come back', async () => {
  const lines: string[] = []
  const watching = patience({ waitS: 0.3 }, lines)
  watching.watch('ingest', async () => false)
  await expect(watching.guard(new Promise(() => undefined))).rejects.toThrow(
    /^Ingest \(ingest\) did not come back/,
  )
  const slow = patience({}, lines)
  slow.watch('ingest', async () => true)
  expect(await slow.guard(Promise.resolve(1))).toBe(1)
  expect(lines).toHaveLength(1)
})
