import { Basket } from '@shelfcast/contracts/events'
import { Check } from 'typebox/value'
import { expect, test } from 'vitest'
import { type Content, replayMessage, schemaFaults } from './message.ts'

const envelope: Content['envelope'] = {
  basket_id: 'B1',
  kind: 'return',
  store_id: 'S1',
  till_id: 3,
  cashier_id: 'C1',
  customer_id: null,
  event_time: '2026-01-05T10:00:00.000Z',
  currency: 'GBP',
  payment: 'card',
}
const line =
  '{"line_no":2,"sku":"A1","quantity":1500,"unit":"g","unit_price":199,"discount":9,"scanned_at":"2026-01-05T10:00:00.000Z"}'

function content(overrides: Partial<Content> = {}): Content {
  return {
    topic: 'sales-transactions',
    line: 2,
    store_id: 'S1',
    value: Buffer.from(line),
    envelope,
    origin: 'sales-transactions/3/120/2',
    ...overrides,
  }
}

test('a line goes in a basket of its own that keeps the envelope, with its net amount as total', () => {
  const message = replayMessage(content(), 1_700)
  expect(message).toMatchObject({
    topic: 'sales-transactions',
    key: 'S1',
    headers: {
      schema: 'sales-transactions/1',
      produced_at: '1700',
      replay_of: 'sales-transactions/3/120/2',
    },
  })
  const basket = JSON.parse(message.value.toString())
  // 1.5 kg at 1.99 is 2.985, which a till rounds to 2.99; 0.09 off.
  const { customer_id: _, ...present } = envelope!
  expect(basket).toEqual({ ...present, lines: [JSON.parse(line)], total: 290 })
  expect(Check(Basket, basket)).toBe(true)
})

test('a line that is not corrected keeps its bytes, odd spelling included', () => {
  const odd = '{ "sku":"A\\u0031", "quantity": 1.50, "unit_price": 2e0, "note": "é" }'
  expect(replayMessage(content({ value: Buffer.from(odd) }), 0).value.toString()).toContain(
    `"lines":[${odd}]`,
  )
})

test.each([
  ['numbers that are none', '{"quantity":"3","unit":"each","unit_price":5,"discount":0}'],
  ['an amount past what a total holds', '{"quantity":99999,"unit":"each","unit_price":99999,"discount":0}'],
  ['no JSON', '{"quantity":'],
])('the total of a line with %s is 0, so that the line and not the basket is at fault', (_case, value) => {
  expect(replayMessage(content({ value: Buffer.from(value) }), 0).value.toString()).toMatch(/"total":0\}$/)
})

test('a whole message goes as it is, keyed by the store that it names, or by the one that was read before', () => {
  const whole = { line: 0, envelope: undefined, store_id: 'S9' }
  const corrected = Buffer.from('{"store_id":"S2"}')
  expect(replayMessage(content({ ...whole, value: corrected }), 0)).toMatchObject({
    key: 'S2',
    value: corrected,
  })
  const broken = Buffer.from([0x7b, 0xff])
  expect(replayMessage(content({ ...whole, value: broken }), 0)).toMatchObject({ key: 'S9', value: broken })
  expect(replayMessage(content({ ...whole, store_id: '', value: broken }), 0).key).toBeNull()
})

test('the schema tells each field that is still wrong by its path', () => {
  expect(schemaFaults({ topic: 'sales-transactions', line: 2 }, line)).toEqual([])
  const wrong = { ...JSON.parse(line), unit: 'kg', quantity: '3', colour: 'red' }
  expect(schemaFaults({ topic: 'sales-transactions', line: 2 }, JSON.stringify(wrong))).toEqual([
    expect.stringContaining('colour'),
    '/quantity must be integer',
    '/unit must be one of each, g, ml',
  ])
  expect(schemaFaults({ topic: 'pos-events', line: 0 }, '{}')[0]).toContain('event_id')
  expect(schemaFaults({ topic: 'pos-events', line: 0 }, '{"a":')[0]).toMatch(/^it is not JSON/)
})
