/** The fast route is held to the slow one: what it takes it reads alike, so rows and refusals are the same. */
import { EVENT_TOPICS, type EventTopic } from '@shelfcast/contracts/topics'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { messageText } from '../../../../test/ingest/gate/arbitrary.ts'
import {
  basket,
  createMemory,
  createRoutes,
  line,
  message,
  movement,
  posEvent,
  readingOf,
  rowsIn,
  world,
} from '../../../../test/ingest/gate/fixture.ts'
import { fuzz } from '../../../../test/ingest/gate/fuzz.ts'
import type { MessageView } from '../message.ts'
import { createGate } from './create.ts'
import type { Reader } from './reader.ts'

const RUNS = 1_000

describe.each(EVENT_TOPICS)('%s', (topic) => {
  const routes = createRoutes(topic)
  const slowReader: Reader = { scratch: routes.slowScratch, read: routes.slow }

  test('rows are the same whether the fast route is there or not', () => {
    const ids = [createMemory(), createMemory()] as const
    const clocks = [new Map(), new Map()] as const
    const chain = { topic, epoch: 1, partition: 2, world }
    const gate = createGate({ ...chain, memory: ids[0], clocks: clocks[0] })
    const slowGate = createGate({ ...chain, memory: ids[1], clocks: clocks[1] }, slowReader)
    let taken = 0
    let count = 0
    fc.assert(
      fc.property(fc.array(messageText(topic), { minLength: 1, maxLength: 3 }), (texts) => {
        for (const each of [gate, slowGate, ...ids, ...clocks]) each.clear()
        texts.forEach((text, offset) => {
          const view = within(text, offset)
          count++
          if (routes.fast(view)) taken++
          expect(gate.idHash(view)).toEqual(slowGate.idHash(view))
          const answer = gate.judge(view, false)
          expect(slowGate.judge(view, false)).toBe(answer)
          if (answer === 'unknown') for (const each of [gate, slowGate]) each.judge(view, true)
        })
        expect(rowsIn(gate.columns)).toEqual(rowsIn(slowGate.columns))
        expect(gate.letters).toEqual(slowGate.letters)
        expect([...gate.tally.outcomes]).toEqual([...slowGate.tally.outcomes])
        expect(clocks[0]).toEqual(clocks[1])
      }),
      { numRuns: RUNS, seed: 5 },
    )
    // A property that hardly ever meets the fast route proves nothing.
    expect(taken / count).toBeGreaterThan(0.25)
    expect(taken / count).toBeLessThan(0.75)
  })

  test('what the fast route takes it reads as the slow one does', () => {
    fc.assert(
      fc.property(messageText(topic), (text) => {
        const view = message(text)
        if (!routes.fast(view)) return
        routes.slow(view)
        expect(readingOf(routes.fastScratch)).toEqual(readingOf(routes.slowScratch))
      }),
      { numRuns: 3 * RUNS, seed: 6 },
    )
  })
})

test.each(EVENT_TOPICS)('bytes of %s that are flipped, cut, put in and spliced are read alike', (topic) => {
  const { tried, taken } = fuzz(topic, 30_000, 1)
  expect(taken / tried).toBeGreaterThan(0.1)
  expect(taken / tried).toBeLessThan(0.6)
})

/** The message amid other bytes, as it lies in what was fetched. */
function within(text: string, offset: number): MessageView {
  const value = Buffer.from(text)
  const bytes = Buffer.concat([Buffer.from('{"a":'), value, Buffer.from(text), Buffer.alloc(4096, '"')])
  return message(bytes, { offset, start: 5, end: 5 + value.length })
}

test.each<[EventTopic, unknown]>([
  ['sales-transactions', basket()],
  [
    'sales-transactions',
    basket({ customer_id: 'K1', lines: [line({ promotion_id: 'P1' }), line({ unit: 'ml' })] }),
  ],
  [
    'sales-transactions',
    basket({ till_id: 0, total: -999_999_999, lines: Array.from({ length: 5_000 }, () => line()) }),
  ],
  ['inventory-updates', movement()],
  ['inventory-updates', movement({ lot: 'L', expires_on: '2028-02-29', purchase_order_id: 'A'.repeat(64) })],
  ['pos-events', posEvent()],
  ['pos-events', posEvent({ cashier_id: 'C', basket_id: 'B', sku: 'A1', amount: -5, detail: '' })],
  ['pos-events', posEvent({ detail: `~ ${'x'.repeat(498)}` })],
])('a right message of %s takes the fast route', (topic, value) => {
  const { fast } = createRoutes(topic)
  expect(fast(message(value))).toBe(true)
  expect(fast(message(JSON.stringify(value, null, 2)))).toBe(true)
  const reversed = Object.fromEntries(Object.entries(value as object).reverse())
  expect(fast(message(`\n${JSON.stringify(reversed)}\t`))).toBe(true)
})

test.each([
  ['an escape', (text: string) => text.replace('"B1"', '"\\u0042\\u0031"')],
  ['more than ASCII', (text: string) => text.replace('"C1"', '"Č1"')],
  ['a key twice', (text: string) => text.replace('"till_id"', '"till_id":3,"till_id"')],
  ['a key that is not known', (text: string) => text.replace('"till_id"', '"colour":3,"till_id"')],
  ['no key', (text: string) => text.replace('"till_id":3,', '')],
  ['a fraction', (text: string) => text.replace('"till_id":3', '"till_id":3.0')],
  ['an exponent', (text: string) => text.replace('"till_id":3', '"till_id":3e0')],
  ['a zero before', (text: string) => text.replace('"till_id":3', '"till_id":03')],
  ['a signed zero', (text: string) => text.replace('"discount":0', '"discount":-0')],
  ['a number in quotes', (text: string) => text.replace('"till_id":3', '"till_id":"3"')],
  ['a number out of range', (text: string) => text.replace('"till_id":3', '"till_id":100001')],
  [
    'a number that comes round to one in range',
    (text: string) => text.replace('"till_id":3', '"till_id":4294967299'),
  ],
  ['a text out of pattern', (text: string) => text.replace('"B1"', '".B1"')],
  ['a text that is too long', (text: string) => text.replace('"B1"', `"${'B'.repeat(65)}"`)],
  ['a text that is none', (text: string) => text.replace('"B1"', '""')],
  ['a day that there is not', (text: string) => text.replace('2026-01-05T', '2026-02-29T')],
  ['a time that no event has', (text: string) => text.replace('2026-01-05T', '1999-12-31T')],
  ['no line', (text: string) => text.replace(/\[.*\]/, '[]')],
  [
    'a line too many',
    (text: string) => text.replace(/\[(.*)\]/, (_, line) => `[${Array(5_001).fill(line).join()}]`),
  ],
  ['a comma too many', (text: string) => text.replace('}]', '},]')],
  ['no end', (text: string) => text.slice(0, -1)],
  ['more after the end', (text: string) => `${text}}`],
  ['a byte order mark', (text: string) => `\ufeff${text}`],
])('a message with %s does not', (_, change) => {
  const { fast } = createRoutes('sales-transactions')
  const text = JSON.stringify(basket())
  expect(change(text)).not.toBe(text)
  expect(fast(message(text))).toBe(true)
  expect(fast(message(change(text)))).toBe(false)
  // The bytes after the message would complete it.
  const whole = Buffer.from(`${change(text)}${text}${' '.repeat(4096)}`)
  expect(fast(message(whole, { end: Buffer.byteLength(change(text)) }))).toBe(false)
})
