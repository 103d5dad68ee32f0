import type { Basket, SaleLine } from '@shelfcast/contracts/events'
import { ID_HASH_SEEDS, murmur3 } from '@shelfcast/contracts/identity'
import { describe, expect, test } from 'vitest'
import {
  basket,
  createMemory,
  gateOf,
  line,
  message,
  movement,
  posEvent,
  rowsIn,
  world,
} from '../../../../test/ingest/gate/fixture.ts'
import type { GateOptions } from './gate-of-topic.ts'
import type { World } from './world.ts'

function rowsOf(value: unknown, overrides: Partial<GateOptions> = {}) {
  const gate = gateOf('sales-transactions', overrides)
  expect(gate.judge(message(value), true)).toBe('judged')
  return rowsIn(gate.columns)
}

const reasonsIn = (rows: ReturnType<typeof rowsIn>) => rows.map((row) => row.reason ?? 'accepted')

const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')

describe('a basket', () => {
  test('that is right is accepted with its amounts and business date', () => {
    const lines = [
      line({ sku: 'A1', quantity: 3, unit_price: 199, discount: 97 }),
      line({ sku: 'A2', quantity: 333, unit: 'g', unit_price: 1000, promotion_id: 'P1' }),
    ]
    const rows = rowsOf(basket({ lines, event_time: '2026-07-05T23:30:00.000Z', customer_id: 'K7' }))
    expect(rows).toMatchObject([
      { line_no: 1, gross_amount: 597, discount: 97, net_amount: 500, quantity: 3, promotion_id: null },
      { line_no: 2, gross_amount: 333, net_amount: 333, unit: 'g', promotion_id: 'P1' },
    ])
    for (const row of rows) {
      expect(row).toMatchObject({
        topic: 'sales-transactions',
        epoch: 0,
        partition: 0,
        offset: 0,
        line_count: 1,
        produced_at: 1,
        reason: null,
        detail: null,
        payload: null,
        lateness_s: 0,
        replay_of: null,
        basket_id: 'B1',
        kind: 'sale',
        store_id: 'S1',
        till_id: 3,
        cashier_id: 'C1',
        customer_id: 'K7',
        currency: 'GBP',
        payment: 'card',
        event_time: Date.parse('2026-07-05T23:30:00.000Z'),
        // London is an hour ahead in July, so the sale belongs to the next day.
        business_date: Date.UTC(2026, 6, 6) / 86_400_000,
      })
    }
  })

  test('that is a return takes its amounts off, and keeps the sign of a 0', () => {
    const lines = [
      line({ quantity: 2, unit_price: 150, discount: 50 }),
      line({ quantity: 1, unit_price: 90, discount: 90 }),
      line({ quantity: 1, unit_price: 90 }),
    ]
    expect(rowsOf(basket({ kind: 'return', lines }))).toMatchObject([
      { quantity: -2, gross_amount: -300, discount: -50, net_amount: -250 },
      { quantity: -1, gross_amount: -90, discount: -90, net_amount: 0 },
      { quantity: -1, gross_amount: -90, discount: 0, net_amount: -90 },
    ])
  })

  test('loses only the lines that break a rule, each with its reason', () => {
    const at = '2026-01-05T10:00:01.000Z'
    const outcomes: [Partial<SaleLine> | Record<string, unknown>, string, string | null][] = [
      [{ scanned_at: at }, 'accepted', null],
      [{ scanned_at: at }, 'duplicate_line', 'line 1 again, scanned 0 ms apart: 2 each of A1 at 150'],
      [{ sku: 'POST' }, 'not_a_product', 'SKU "POST" is a service'],
      [{ sku: 'Z9' }, 'unknown_sku', 'SKU "Z9" is not in the reference data'],
      [{ quantity: 0 }, 'quantity_not_positive', 'quantity is 0'],
      [{ quantity: -4 }, 'quantity_not_positive', 'quantity is -4'],
      [{ quantity: 100_001 }, 'quantity_out_of_range', 'quantity is 100001'],
      [{ unit_price: 0 }, 'price_zero', 'unit_price is 0'],
      [{ unit_price: -5 }, 'price_negative', 'unit_price is -5'],
      [{ unit_price: 10_000_001 }, 'price_out_of_range', 'unit_price is 10000001, the line 20000002'],
      [{ sku: 'A9', unit_price: 1500 }, 'price_unlikely', 'unit_price is 1500, the list price 150'],
      [{ discount: 301 }, 'discount_out_of_range', 'discount is 301 on a gross of 300'],
      [{ discount: -1 }, 'discount_out_of_range', 'discount is -1 on a gross of 300'],
      [{ quantity: 1.5 }, 'line_schema', '/quantity must be integer'],
      [{ colour: 'red' }, 'line_schema', '/colour schema is false'],
      [{ scanned_at: '2026-02-30T10:00:00.000Z' }, 'line_schema', 'scanned_at is 2026-02-30T10:00:00.000Z'],
      [{ sku: 'A7' }, 'accepted', null],
    ]
    const lines = outcomes.map(([overrides]) => line(overrides as Partial<SaleLine>))
    const rows = rowsOf(basket({ lines }))
    expect(rows.map(({ reason, detail }) => [reason ?? 'accepted', detail])).toEqual(
      outcomes.map(([, reason, detail]) => [reason, detail]),
    )
    expect(rows.map(({ line_no }) => line_no)).toEqual(lines.map((_, index) => index + 1))
    for (const [index, row] of rows.entries()) {
      expect(row.sku).toBe(lines[index]!.sku)
      expect(row.payload).toBe(row.reason === null ? null : JSON.stringify(lines[index]))
      expect(row.quantity === null).toBe(row.reason !== null)
    }
  })

  test('keeps the original bytes of a refused line, spaces and all', () => {
    const good = JSON.stringify(line())
    const odd = `{ "line_no": 2,"sku":"A\\u0031", "note": "]},{", "quantity":  1.50 }`
    const text = JSON.stringify(basket()).replace(/"lines":\[.*\]/, `"lines": [${good} , ${odd}]`)
    const rows = rowsOf(text)
    expect(rows).toMatchObject([{ reason: null }, { reason: 'line_schema', payload: odd, sku: 'A1' }])
  })

  test.each<[string, unknown, string]>([
    ['not_json', Buffer.from('{"basket_id":'), 'Unexpected end of JSON input'],
    ['not_json', Buffer.from([0x7b, 0xff, 0x7d]), 'the bytes are not UTF-8'],
    ['not_json', [1, 2], 'the value is JSON but not an object'],
    ['schema', { reason: 'mine', lines: [1, 2, 3] }, 'value must have required properties basket_id'],
    ['schema', { ...basket(), store_id: 'no spaces please' }, '/store_id must match pattern'],
    ['schema', { ...basket(), lines: [] }, '/lines must not have fewer than 1 items'],
    ['schema', { ...basket(), total: 1e12 }, '/total must be <= 2147483647'],
    [
      'time_out_of_range',
      basket({ event_time: '1970-01-01T00:00:00.000Z' }),
      'event_time is 1970-01-01T00:00:00.000Z',
    ],
    [
      'time_out_of_range',
      basket({ event_time: '2025-02-29T00:00:00.000Z' }),
      'event_time is 2025-02-29T00:00:00.000Z',
    ],
    ['unknown_store', basket({ store_id: 'S9' }), 'store "S9" is not in the reference data'],
  ])('is refused as a whole: %s', (reason, value, detail) => {
    const rows = rowsOf(value)
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({ reason, line_no: 0, payload: latin1(message(value).bytes) })
    expect(rows[0]).toMatchObject({ id_hash: null, lateness_s: null, business_date: null, sku: null })
    expect(rows[0]!.detail).toContain(detail)
  })

  test('refused as a whole stands for all its lines, and says what could be read', () => {
    const unknown = basket({ store_id: 'S9', lines: [line(), line(), line()] })
    expect(rowsOf(unknown)).toMatchObject([{ line_count: 3, basket_id: 'B1', store_id: 'S9', till_id: 3 }])
    expect(rowsOf({ lines: [1, 2, 3] })).toMatchObject([{ line_count: 3, basket_id: null }])
    const timeless = basket({ event_time: '2100-01-01T00:00:00.000Z' })
    expect(rowsOf(timeless)).toMatchObject([{ basket_id: 'B1', event_time: null, payment: 'card' }])
  })
})

describe('a message', () => {
  test('without a value, or of a version that is not read, is refused', () => {
    const gate = gateOf('sales-transactions')
    gate.judge(message(null), true)
    gate.judge(message(basket(), { schema: 'sales-transactions/9' }), true)
    gate.judge(message(basket(), { schema: 'sales-transactions/1' }), true)
    const rows = rowsIn(gate.columns)
    expect(rows).toMatchObject([
      { reason: 'not_json', payload: '', detail: 'the message has no value' },
      {
        reason: 'unsupported_schema',
        detail: 'the schema header says "sales-transactions/9"; this gate reads sales-transactions/1',
      },
      { reason: null },
    ])
  })

  test('that comes twice is counted once: the earlier offset counts', () => {
    const gate = gateOf('sales-transactions')
    gate.judge(message(basket(), { offset: 7 }), true)
    gate.judge(message(basket({ lines: [line(), line()] }), { offset: 8 }), true)
    gate.judge(message(basket({ basket_id: 'B2' }), { offset: 9 }), true)
    expect(rowsIn(gate.columns)).toMatchObject([
      { offset: 7, reason: null },
      {
        offset: 8,
        reason: 'repeated',
        line_no: 0,
        line_count: 2,
        id_hash: null,
        basket_id: 'B1',
        detail: '"B1" of store "S1" was accepted at an earlier offset',
      },
      { offset: 9, reason: null },
    ])
  })

  test('is remembered by store and id over blocks, whatever route it comes by', () => {
    const memory = createMemory()
    const gate = gateOf('sales-transactions', { memory })
    gate.judge(message(basket()), true)
    gate.clear()
    const odd = JSON.stringify(basket()).replace('"B1"', '"\\u0042\\u0031"')
    gate.judge(message(odd), true)
    expect(reasonsIn(rowsIn(gate.columns))).toEqual(['repeated'])
    const anywhere: World = { ...world, store: () => world.store('S1') }
    const rows = rowsOf(basket({ store_id: 'S2' }), { memory, world: anywhere })
    expect(reasonsIn(rows)).toEqual(['accepted'])
  })

  test('of which nothing was accepted may come again, corrected', () => {
    const gate = gateOf('sales-transactions')
    gate.judge(message(basket({ lines: [line({ unit_price: 0 })] })), true)
    gate.judge(message(basket()), true)
    expect(reasonsIn(rowsIn(gate.columns))).toEqual(['price_zero', 'accepted'])
  })

  test.each([
    ['store', basket({ store_id: 'S2' })],
    ['SKU', basket({ lines: [line(), line({ sku: 'Z1' })] })],
  ])('that names an unknown %s leaves no trace until it is judged for good', (_, value) => {
    let knows = false
    const late: World = {
      store: (id) => (id === 'S2' && !knows ? undefined : world.store('S1')),
      product: (sku) => (sku === 'Z1' && knows ? world.product('A1') : world.product(sku)),
    }
    const gate = gateOf('sales-transactions', { world: late })
    expect(gate.judge(message(value), false)).toBe('unknown')
    expect(gate.columns.rows).toBe(0)
    expect(gate.tally).toMatchObject({ messages: 0, rowsRefused: 0 })
    knows = true
    expect(gate.judge(message(value), false)).toBe('judged')
    expect(new Set(reasonsIn(rowsIn(gate.columns)))).toEqual(new Set(['accepted']))
  })

  test('carries the hash of its identity on its first accepted row', () => {
    const gate = gateOf('sales-transactions')
    const view = message(basket({ lines: [line({ quantity: 0 }), line(), line()] }))
    const identity = new DataView(new TextEncoder().encode('S1 B1').buffer)
    const low = murmur3(identity, 5, ID_HASH_SEEDS.low)
    const high = murmur3(identity, 5, ID_HASH_SEEDS.high)
    expect(gate.idHash(view)).toEqual({ low, high })
    expect(gate.columns.rows).toBe(0)
    gate.judge(view, true)
    const hex = (word: number) => word.toString(16).padStart(8, '0')
    expect(rowsIn(gate.columns).map((row) => row.id_hash)).toEqual([null, hex(high) + hex(low), null])
    expect(gate.idHash(message('{}'))).toBeUndefined()
  })

  test('is late by its store, and only what is accepted moves the clock', () => {
    const gate = gateOf('sales-transactions')
    const at = (time: string, overrides: Partial<Basket>) =>
      gate.judge(message(basket({ event_time: `2026-01-05T${time}.000Z`, ...overrides })), true)
    at('10:10:00', { basket_id: 'B1', till_id: 1 })
    at('10:10:00', { basket_id: 'B2', till_id: 2 })
    at('12:00:00', { basket_id: 'B3', till_id: 1, lines: [line({ quantity: 0 })] })
    at('10:08:30', { basket_id: 'B4', till_id: 1, lines: [line(), line({ quantity: 0 }), line()] })
    expect(rowsIn(gate.columns).map((row) => row.lateness_s)).toEqual([0, 0, null, 90, null, 90])
    expect(gate.tally.late).toBe(2)
  })
})

describe('a replayed message', () => {
  const position = 'sales-transactions/3/17/2'

  test('says on every row what it is the replay of', () => {
    const gate = gateOf('sales-transactions')
    gate.judge(message(basket({ lines: [line(), line({ quantity: 0 })] }), { replayOf: position }), true)
    gate.judge(message('{}', { replayOf: position }), true)
    expect(rowsIn(gate.columns).map((row) => row.replay_of)).toEqual([position, position, position])
  })

  test('of one line comes in beside its basket, once', () => {
    const gate = gateOf('sales-transactions')
    gate.judge(message(basket()), true)
    const replay = (replayOf: string) => gate.judge(message(basket(), { replayOf }), true)
    replay(position)
    replay(position)
    // Another spelling of the same position is no other position.
    replay('sales-transactions@0/03/017/2')
    replay('sales-transactions/3/17/4')
    expect(reasonsIn(rowsIn(gate.columns))).toEqual([
      'accepted',
      'accepted',
      'repeated',
      'repeated',
      'accepted',
    ])
  })

  test('as a whole is recognised by its store and id as before', () => {
    const gate = gateOf('sales-transactions')
    gate.judge(message(basket(), { replayOf: 'sales-transactions/3/17/0' }), true)
    gate.judge(message(basket(), { replayOf: 'sales-transactions/3/18/0' }), true)
    expect(reasonsIn(rowsIn(gate.columns))).toEqual(['accepted', 'repeated'])
  })

  test.each(['pos-events/3/17/0', 'nonsense', ''])('of "%s" is no replay on this topic', (replayOf) => {
    const gate = gateOf('sales-transactions')
    gate.judge(message(basket(), { replayOf }), true)
    expect(rowsIn(gate.columns)).toMatchObject([{ reason: null, replay_of: null }])
  })
})

test('stock movements pass by their own rules', () => {
  const gate = gateOf('inventory-updates')
  for (const value of [
    movement({ expires_on: '2026-02-28', lot: 'L1' }),
    movement({ movement_id: 'M2', expires_on: '2026-02-30' }),
    movement({ movement_id: 'M3', sku: 'Z9' }),
    movement(),
    movement({ movement_id: 'M4', store_id: 'S9' }),
    movement({ movement_id: 'M5', quantity: -10_000_001 }),
    movement({ movement_id: 'M6', event_time: '1999-12-31T23:59:59.999Z' }),
    // Till systems write it for what never expires; the dates of the warehouse do not reach it.
    movement({ movement_id: 'M7', expires_on: '9999-12-31' }),
    movement({ movement_id: 'M8', expires_on: '2099-12-31' }),
  ])
    gate.judge(message(value), true)
  const rows = rowsIn(gate.columns)
  expect(rows.map(({ reason, detail }) => [reason, detail])).toEqual([
    [null, null],
    ['schema', '/expires_on is 2026-02-30, which is no day of the calendar'],
    ['unknown_sku', 'SKU "Z9" is not in the reference data'],
    ['repeated', '"M1" of store "S1" was accepted at an earlier offset'],
    ['unknown_store', 'store "S9" is not in the reference data'],
    ['quantity_out_of_range', 'quantity is -10000001'],
    ['time_out_of_range', 'event_time of this message on inventory-updates is 1999-12-31T23:59:59.999Z'],
    ['schema', '/expires_on must match pattern "^20\\d{2}-\\d{2}-\\d{2}$"'],
    [null, null],
  ])
  expect(rows[0]).toMatchObject({
    movement_id: 'M1',
    quantity: 24,
    unit: 'each',
    lot: 'L1',
    purchase_order_id: null,
    line_no: 0,
    expires_on: Date.UTC(2026, 1, 28) / 86_400_000,
    business_date: Date.UTC(2026, 0, 5) / 86_400_000,
  })
  expect(rows[1]).toMatchObject({ movement_id: null })
  expect(rows[2]).toMatchObject({ movement_id: 'M3', quantity: 24, business_date: null })
  expect(rows[6]).toMatchObject({ movement_id: 'M6', event_time: null })
})

test('till events pass by their own rules', () => {
  const gate = gateOf('pos-events')
  for (const value of [
    posEvent({ detail: 'Lade klemmt – “offen”', amount: -2_147_483_648 }),
    posEvent({ event_id: 'E2', kind: 'danced' as never }),
    posEvent({ event_id: 'E3', sku: 'Z9' }),
    posEvent({ event_id: 'E4', kind: 'void', sku: 'A1', basket_id: 'B1', amount: 250, detail: 'void' }),
    posEvent(),
  ])
    gate.judge(message(value), true)
  const rows = rowsIn(gate.columns)
  expect(reasonsIn(rows)).toEqual(['accepted', 'schema', 'unknown_sku', 'accepted', 'repeated'])
  expect(rows[0]).toMatchObject({ note: 'Lade klemmt – “offen”', amount: -2_147_483_648, cashier_id: null })
  expect(rows[3]).toMatchObject({ note: 'void', amount: 250, basket_id: 'B1', sku: 'A1' })
})

test('the tally and the letters say what the block holds, and are gone after it', () => {
  const gate = gateOf('sales-transactions', { epoch: 2, partition: 5 })
  const bad = basket({ basket_id: 'B2', lines: [line(), line({ quantity: 0 })] })
  gate.judge(message(basket({ lines: [line(), line()] }), { offset: 1, producedAt: 50 }), true)
  gate.judge(message(basket({ lines: [line(), line()] }), { offset: 2, producedAt: 40 }), true)
  gate.judge(message(bad, { offset: 3, producedAt: 45 }), true)
  expect(gate.tally).toMatchObject({ messages: 3, rowsAccepted: 3, rowsRefused: 2 })
  expect(gate.tally).toMatchObject({ producedMin: 40, producedMax: 50, late: 0 })
  expect([...gate.tally.outcomes]).toEqual([
    ['accepted', 3],
    ['repeated', 2],
    ['quantity_not_positive', 1],
  ])
  expect(gate.letters).toMatchObject([
    { epoch: 2, partition: 5, offset: 2n, line: 0, reason: 'repeated' },
    { offset: 3n, line: 2, reason: 'quantity_not_positive', detail: 'quantity is 0' },
  ])
  expect(latin1(gate.letters[1]!.payload)).toBe(JSON.stringify(bad.lines[1]))
  gate.clear()
  expect(gate.letters).toEqual([])
  expect(gate.tally).toMatchObject({ messages: 0, rowsAccepted: 0, producedMin: Number.POSITIVE_INFINITY })
  gate.judge(message(basket({ basket_id: 'B3' }), { offset: 4 }), true)
  expect(rowsIn(gate.columns)).toMatchObject([{ basket_id: 'B3', reason: null, topic: 'sales-transactions' }])
})

test('a refused row keeps its bytes when the fetched ones are used again', () => {
  const gate = gateOf('sales-transactions')
  const text = JSON.stringify(basket({ lines: [line({ quantity: 0 })] }))
  const buffer = Buffer.alloc(8192)
  buffer.write(text, 100)
  gate.judge(message(buffer, { start: 100, end: 100 + text.length }), true)
  gate.judge(message(buffer, { start: 100, end: 104, offset: 1 }), true)
  buffer.fill(0)
  const rows = rowsIn(gate.columns)
  expect(rows[0]!.payload).toMatch(/^\{"line_no":1,.*\}$/)
  expect(rows[1]!.payload).toBe('{"ba')
})
