import { expect, test } from 'vitest'
import { createGate } from './create.ts'
import { isUnlikelyPrice } from './list-price.ts'

test('a price with a digit too many or too few is told from any markdown', () => {
  const unlikely = (unitPrice: number) => isUnlikelyPrice(unitPrice, 'each', 250, 'each')
  expect([2_500, 1_251, 1_250, 250, 50, 49, 25].map(unlikely)).toEqual([
    true,
    true,
    false,
    false,
    false,
    true,
    true,
  ])
})

test('where no list price can be compared, no price is unlikely', () => {
  expect(isUnlikelyPrice(1, 'each', undefined, 'each')).toBe(false)
  expect(isUnlikelyPrice(1, 'each', 0, 'each')).toBe(false)
  expect(isUnlikelyPrice(1, 'each', 990, 'g')).toBe(false)
})

test('an unlikely price is looked at again by the list price that holds by then', () => {
  // given a list price that was wrong by a digit when the block began
  let price = 2_500
  const gate = createGate({
    topic: 'sales-transactions',
    epoch: 0,
    partition: 0,
    world: {
      store: () => ({ timeZone: 'UTC', currency: 'EUR' }),
      product: () => ({ kind: 'merchandise', unit: 'each', price }),
    },
    memory: { has: () => false, add: () => undefined },
    clocks: new Map(),
  })
  const bytes = Buffer.from(
    '{"basket_id":"B1","kind":"sale","store_id":"S1","till_id":1,"cashier_id":"C1","event_time":"2026-01-05T10:00:00.000Z","currency":"EUR","lines":[{"line_no":1,"sku":"A1","quantity":1,"unit":"each","unit_price":249,"discount":0,"scanned_at":"2026-01-05T09:59:00.000Z"}],"payment":"card","total":249}',
  )
  const message = {
    offset: 0,
    bytes,
    start: 0,
    end: bytes.length,
    producedAt: 0,
    schema: undefined,
    replayOf: undefined,
  }
  // when it is corrected between the first look and the second
  expect(gate.judge(message, false)).toBe('unknown')
  expect(gate.columns.rows).toBe(0)
  price = 250
  expect(gate.judge(message, true)).toBe('judged')
  // then the line is accepted
  expect(gate.tally).toMatchObject({ rowsAccepted: 1, rowsRefused: 0 })
  // and where it stays as it is, the line is refused
  price = 2_500
  gate.clear()
  expect(gate.judge(message, false)).toBe('unknown')
  gate.judge(message, true)
  expect(gate.tally.outcomes.get('price_unlikely')).toBe(1)
})
