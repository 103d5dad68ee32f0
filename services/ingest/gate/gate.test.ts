import type { Basket, SaleLine } from '@shelfcast/contracts/events'
import { describe, expect, test } from 'vitest'
import { type GateContext, judge, key } from './gate.ts'
import { lineBytes } from './line-bytes.ts'
import type { Message, World } from './message.ts'

const world: World = {
  store: (id) => (id === 'S1' ? { timeZone: 'Europe/London', currency: 'GBP' } : undefined),
  product: (sku) =>
    sku === 'POST' ? { kind: 'service' } : sku.startsWith('A') ? { kind: 'merchandise' } : undefined,
}

function context(overrides: Partial<GateContext> = {}): GateContext {
  return {
    world,
    refreshWorld: async () => undefined,
    accepted: async () => new Set(),
    ...overrides,
  }
}

let scans = 0
function line(overrides: Partial<SaleLine> = {}): SaleLine {
  return {
    line_no: 1,
    sku: 'A1',
    quantity: 2,
    unit: 'each',
    unit_price: 150,
    discount: 0,
    scanned_at: new Date(Date.UTC(2026, 0, 5, 10, 0, 0, scans++ % 1000)).toISOString(),
    ...overrides,
  }
}

function basket(overrides: Partial<Basket> = {}): Basket {
  return {
    basket_id: 'B1',
    kind: 'sale',
    store_id: 'S1',
    till_id: 3,
    cashier_id: 'C1',
    event_time: '2026-01-05T10:00:00.000Z',
    currency: 'GBP',
    lines: [line()],
    payment: 'card',
    total: 300,
    ...overrides,
  }
}

function message(value: unknown, offset = 0n): Message {
  const bytes = value instanceof Uint8Array ? value : Buffer.from(JSON.stringify(value))
  return { offset, value: bytes, schema: 'sales-transactions/1', producedAt: 1 }
}

async function rowsOf(value: unknown, overrides: Partial<GateContext> = {}) {
  const judged = await judge('sales-transactions', [message(value)], context(overrides))
  return judged.flatMap((each) => each.rows)
}

const reasons = async (value: unknown, overrides: Partial<GateContext> = {}) =>
  (await rowsOf(value, overrides)).map((row) => row.reason ?? 'accepted')

describe('a basket', () => {
  test('that is right is accepted with its amounts and business date', async () => {
    const lines = [
      line({ sku: 'A1', quantity: 3, unit_price: 199, discount: 97 }),
      line({ sku: 'A2', quantity: 333, unit: 'g', unit_price: 1000 }),
    ]
    const rows = await rowsOf(basket({ lines, event_time: '2026-07-05T23:30:00.000Z' }))
    expect(rows).toMatchObject([
      { line_no: 1, gross_amount: 597, discount: 97, net_amount: 500, quantity: 3 },
      { line_no: 2, gross_amount: 333, net_amount: 333 },
    ])
    // London is an hour ahead in July, so the sale belongs to the next day.
    expect(rows[0]!.business_date).toBe(Date.UTC(2026, 6, 6) / 86_400_000)
    expect(rows.every((row) => row.reason === undefined && row.payload === undefined)).toBe(true)
  })

  test('that is a return takes its amounts off', async () => {
    const rows = await rowsOf(
      basket({ kind: 'return', lines: [line({ quantity: 2, unit_price: 150, discount: 50 })] }),
    )
    expect(rows).toMatchObject([{ quantity: -2, gross_amount: -300, discount: -50, net_amount: -250 }])
  })

  test('loses only the lines that break a rule, each with its reason', async () => {
    const at = '2026-01-05T10:00:01.000Z'
    const lines = [
      line({ scanned_at: at }),
      line({ scanned_at: at }),
      line({ sku: 'POST' }),
      line({ sku: 'Z9' }),
      line({ quantity: 0 }),
      line({ quantity: -4 }),
      line({ quantity: 100_001 }),
      line({ unit_price: 0 }),
      line({ unit_price: -5 }),
      line({ unit_price: 10_000_001 }),
      line({ discount: 301 }),
      line({ discount: -1 }),
      { ...line(), quantity: 1.5 } as SaleLine,
      { ...line(), colour: 'red' } as SaleLine,
      line({ scanned_at: '2026-02-30T10:00:00.000Z' }),
      line({ sku: 'A7' }),
    ]
    expect(await reasons(basket({ lines }))).toEqual([
      ...['accepted', 'duplicate_line', 'not_a_product', 'unknown_sku', 'quantity_not_positive'],
      ...[
        'quantity_not_positive',
        'quantity_out_of_range',
        'price_zero',
        'price_negative',
        'price_out_of_range',
      ],
      ...[
        'discount_out_of_range',
        'discount_out_of_range',
        'line_schema',
        'line_schema',
        'line_schema',
        'accepted',
      ],
    ])
  })

  test('keeps the original bytes of a refused line, spaces and all', async () => {
    const good = JSON.stringify(line())
    const odd = `{ "line_no": 2,"sku":"A\\u0031", "note": "]},{", "quantity":  1.50 }`
    const text = JSON.stringify(basket()).replace(/"lines":\[.*\]/, `"lines": [${good} , ${odd}]`)
    const rows = await rowsOf(Buffer.from(text))
    expect(rows.map((row) => row.reason)).toEqual([undefined, 'line_schema'])
    expect(Buffer.from(rows[1]!.payload!).toString()).toBe(odd)
    expect(rows[1]!.sku).toBe('A1')
  })

  test.each([
    ['not_json', Buffer.from('{"basket_id":')],
    ['not_json', Buffer.from([0x7b, 0xff, 0x7d])],
    ['not_json', [1, 2]],
    ['schema', { reason: 'mine', lines: [1, 2, 3] }],
    ['schema', { ...basket(), store_id: 'no spaces please' }],
    ['schema', { ...basket(), lines: [] }],
    ['time_out_of_range', basket({ event_time: '1970-01-01T00:00:00.000Z' })],
    ['time_out_of_range', basket({ event_time: '2025-02-29T00:00:00.000Z' })],
    ['unknown_store', basket({ store_id: 'S9' })],
  ])('is refused as a whole: %s', async (reason, value) => {
    const rows = await rowsOf(value)
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({ reason, line_no: 0 })
    expect(Buffer.from(rows[0]!.payload!)).toEqual(Buffer.from(message(value).value!))
  })

  test('refused as a whole stands for all its lines', async () => {
    const rows = await rowsOf(basket({ store_id: 'S9', lines: [line(), line(), line()] }))
    expect(rows[0]!.line_count).toBe(3)
    expect((await rowsOf({ lines: [1, 2, 3] }))[0]!.line_count).toBe(3)
  })
})

describe('a message', () => {
  test('without a value, or of a version that is not read, is refused', async () => {
    const judged = await judge(
      'sales-transactions',
      [
        { ...message(basket()), value: null },
        { ...message(basket()), schema: 'sales-transactions/9' },
        { ...message(basket()), schema: undefined },
      ],
      context(),
    )
    expect(judged.map(({ rows }) => rows[0]!.reason)).toEqual(['not_json', 'unsupported_schema', undefined])
  })

  test('that comes twice is counted once: the earlier offset counts', async () => {
    const twice = [message(basket(), 7n), message(basket(), 8n), message(basket({ basket_id: 'B2' }), 9n)]
    const judged = await judge('sales-transactions', twice, context())
    expect(judged.map(({ rows }) => rows[0]!.reason)).toEqual([undefined, 'repeated', undefined])
  })

  test('that an earlier block holds is a repetition, one of another store is not', async () => {
    expect(await reasons(basket(), { accepted: async () => new Set([key('S1', 'B1')]) })).toEqual([
      'repeated',
    ])
    expect(await reasons(basket(), { accepted: async () => new Set([key('S2', 'B1')]) })).toEqual([
      'accepted',
    ])
  })

  test('of which nothing was accepted may come again, corrected', async () => {
    const messages = [message(basket({ lines: [line({ unit_price: 0 })] }), 1n), message(basket(), 2n)]
    const judged = await judge('sales-transactions', messages, context())
    expect(judged.map(({ rows }) => rows[0]!.reason)).toEqual(['price_zero', undefined])
  })

  test('that names an unknown store is judged after the reference data is read again', async () => {
    let known = false
    const late: World = { ...world, store: (id) => (known ? world.store(id) : undefined) }
    const refreshWorld = async () => {
      known = true
    }
    expect(await reasons(basket(), { world: late, refreshWorld })).toEqual(['accepted'])
  })
})

test('stock movements and till events pass by their own rules', async () => {
  const movement = {
    movement_id: 'M1',
    kind: 'receipt',
    store_id: 'S1',
    sku: 'A1',
    event_time: '2026-01-05T10:00:00.000Z',
    quantity: 24,
    unit: 'each',
    expires_on: '2026-02-28',
  }
  const plain = (value: unknown): Message => ({ ...message(value), schema: undefined })
  const movements = await judge(
    'inventory-updates',
    [
      plain(movement),
      plain({ ...movement, movement_id: 'M2', expires_on: '2026-02-30' }),
      plain({ ...movement, movement_id: 'M3', sku: 'Z9' }),
      plain(movement),
    ],
    context(),
  )
  expect(movements.map(({ rows }) => rows[0]!.reason)).toEqual([
    undefined,
    'schema',
    'unknown_sku',
    'repeated',
  ])
  const event = {
    event_id: 'E1',
    kind: 'opened',
    store_id: 'S1',
    till_id: 1,
    event_time: '2026-01-05T06:00:00.000Z',
  }
  const events = await judge('pos-events', [plain(event), plain({ ...event, kind: 'danced' })], context())
  expect(events.map(({ rows }) => rows[0]!.reason)).toEqual([undefined, 'schema'])
})

test('the bytes of lines are those that JSON.parse reads', () => {
  const text =
    '{"a":{"lines":[9]},"b":"\\"lines\\":[","lines":[1]," x":1,"lines": [ {"k":[1,{"s":"}"}]} ,"two,]\\\\", [] ]}'
  const elements = lineBytes(Buffer.from(text)).map((bytes) => JSON.parse(Buffer.from(bytes).toString()))
  expect(elements).toEqual(JSON.parse(text).lines)
})
