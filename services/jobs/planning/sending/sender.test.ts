/** The sender against an ERP that behaves badly: each order is there once, by its key. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Behaviour, startErp, type TestErp } from '../../../../test/sending/erp.ts'
import { outboxEntry } from '../../../../test/sending/orders.ts'
import { memoryOutbox } from '../../../../test/sending/outbox.ts'
import { createErpChannel } from './erp-channel.ts'
import { createSender, retryMs } from './sender.ts'

const SECRET = 'a-secret-of-both'
const silent = { info: () => undefined, warn: () => undefined }
let erp: TestErp
let behave: (key: string, attempt: number) => Behaviour
beforeEach(async () => {
  erp = await startErp(SECRET, (key, attempt) => behave(key, attempt))
})
afterEach(() => erp.close())

/** Sends until nothing waits, with a clock that passes all waits at once. */
async function sendAll(entries = [outboxEntry()], mostRounds = 50) {
  const outbox = memoryOutbox(entries)
  const sender = createSender({
    worker: 'test',
    outbox,
    channels: { erp: createErpChannel({ url: erp.url, secret: SECRET, timeoutMs: 500 }) },
    log: silent,
    now: () => outbox.time,
  })
  const { signal } = new AbortController()
  for (let round = 0; round < mostRounds; round++) {
    await sender.send(signal)
    if (outbox.sendings.length + outbox.deadLetters.length === entries.length) break
    outbox.pass()
  }
  return outbox
}

test('whatever an ERP does, each order is there once, under the key of all its attempts', async () => {
  // given an ERP that fails, is busy, breaks off after it has taken an order, and says nothing, in turn
  const course: Behaviour[] = ['fail', 'busy', 'reset', 'silent', 'take']
  behave = (key, attempt) => course[(attempt - 1 + Number(key.slice(4))) % course.length]!
  const entries = Array.from({ length: 20 }, (_, at) =>
    outboxEntry({ id: at + 1, idempotency_key: `key-${at}` }),
  )
  // when all is sent
  const outbox = await sendAll(entries)
  // then
  expect(erp.faults).toEqual([])
  expect(outbox.deadLetters).toEqual([])
  expect(outbox.sendings.map(({ key }) => key).sort()).toEqual(
    entries.map((entry) => entry.idempotency_key).sort(),
  )
  expect([...erp.orders.keys()].sort()).toEqual(entries.map((entry) => entry.idempotency_key).sort())
  expect(Math.max(...erp.attempts.values())).toBeGreaterThanOrEqual(5)
})

test('what the ERP is told is signed, and says what was approved', async () => {
  behave = () => 'take'
  const outbox = await sendAll()
  const entry = outboxEntry()
  expect(erp.faults).toEqual([])
  expect(JSON.parse(erp.orders.get(entry.idempotency_key)!)).toEqual({
    type: 'order.approved',
    timestamp: entry.order.approved_at,
    data: entry.order,
  })
  expect(outbox.sendings[0]!.detail).toEqual({ status: 201, answer: '{"document":"4500000017"}' })
})

test('a busy ERP is given the time that it asks for', async () => {
  behave = (_, attempt) => (attempt === 1 ? 'busy' : 'take')
  const { postponements, sendings } = await sendAll()
  const start = Date.parse('2026-03-02T09:31:00Z')
  expect(postponements).toHaveLength(1)
  expect(postponements[0]!.untilMs - start).toBe(2_000)
  expect(sendings).toHaveLength(1)
})

describe('a dead letter', () => {
  test('is what the ERP refuses, with its answer', async () => {
    behave = () => 'refuse'
    const { deadLetters } = await sendAll()
    expect(deadLetters).toEqual([
      {
        key: 'order-key-7',
        reason: `The ERP at ${erp.url.host} answered 422: {"error":"vendor SUP-1 is blocked"}`,
      },
    ])
    expect(erp.attempts.get('order-key-7')).toBe(1)
  })

  test('is what would be led elsewhere: a redirect is not followed', async () => {
    behave = () => 'move'
    const { deadLetters } = await sendAll()
    expect(deadLetters[0]!.reason).toContain(
      'answered 308 (moved to http://127.0.0.1:1/elsewhere, which is not followed)',
    )
  })

  test('is what a day of attempts has not brought through', async () => {
    behave = () => 'fail'
    const { deadLetters, postponements } = await sendAll()
    expect(postponements).toHaveLength(35)
    expect(deadLetters[0]!.reason).toMatch(/answered 500: \{"error":"deadlock"\} It was tried 36 times\.$/)
    const lasted = postponements.at(-1)!.untilMs - Date.parse('2026-03-02T09:31:00Z')
    expect(lasted).toBeGreaterThan(12 * 3_600_000)
  })

  test('is what goes by a channel that is not set up', async () => {
    const outbox = memoryOutbox([outboxEntry({ channel: 'twin' })])
    await createSender({ worker: 'test', outbox, channels: {}, log: silent }).send(
      new AbortController().signal,
    )
    expect(outbox.deadLetters[0]!.reason).toContain('there is no twin (TWIN_URL)')
  })
})

test('an answer that never ends is cut off: the order is sent', async () => {
  behave = () => 'flood'
  const { sendings } = await sendAll()
  expect(sendings[0]!.detail).toMatchObject({ status: 200, answer: 'x'.repeat(500) })
})

test('what a stop interrupts is given back at once, under its key', async () => {
  behave = () => 'silent'
  const outbox = memoryOutbox([outboxEntry()])
  const channel = createErpChannel({ url: erp.url, secret: SECRET })
  const stopping = new AbortController()
  const sending = createSender({ worker: 'test', outbox, channels: { erp: channel }, log: silent }).send(
    stopping.signal,
  )
  while (erp.attempts.size === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  stopping.abort(new Error('the service stops'))
  await sending
  expect(outbox.postponements).toMatchObject([
    { key: 'order-key-7', reason: 'The sender stopped while it was under way.' },
  ])
})

test('waits double, spread out, and never pass an hour', () => {
  for (let attempts = 0; attempts < 60; attempts++) {
    const longest = Math.min(3_600_000, 1_000 * 2 ** attempts)
    const wait = retryMs(attempts)
    expect(wait).toBeGreaterThanOrEqual(longest / 2)
    expect(wait).toBeLessThanOrEqual(longest)
  }
})
