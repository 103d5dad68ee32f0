import { dayOf } from '@shelfcast/contracts/dates'
import { expect, test } from 'vitest'
import { createShopping, type Receipt, together } from './shopping.ts'

const MONDAY = dayOf('2025-03-03')
const receipt = (overrides: Partial<Receipt> = {}): Receipt => ({
  kind: 'sale',
  profile: 'campus',
  day: MONDAY,
  hour: 12,
  lines: [{ sku: 'P-1', quantity: 1, isWeighed: false }],
  ...overrides,
})

test('receipts add up to hours, weekdays, sizes, amounts and returns', () => {
  const shopping = createShopping()
  shopping.add(receipt())
  shopping.add(
    receipt({
      profile: 'hypermarket',
      day: MONDAY + 5,
      hour: 18,
      lines: [
        { sku: 'P-1', quantity: 2, isWeighed: false },
        { sku: 'P-2', quantity: 640, isWeighed: true },
        { sku: 'P-1', quantity: 2, isWeighed: false },
      ],
    }),
  )
  shopping.add(receipt({ kind: 'return', hour: 13 }))
  const result = shopping.result()
  expect(result.sales).toBe(2)
  expect(result.sizes.get('campus')![1]).toBe(1)
  expect(result.sizes.get('hypermarket')![3]).toBe(1)
  expect(result.quantities[2]).toBe(2)
  expect(result.repeating).toBe(1)
  expect([result.saleLines, result.returnLines]).toEqual([4, 1])
  expect(together(result.hours)[12]).toBe(1)
  expect(together(result.hours)[13]).toBe(0)
  expect(result.weekdays.get('hypermarket')![5]).toBe(1)
})

test('days between visits are counted for each customer, and two visits on a day are one', () => {
  const shopping = createShopping()
  for (const [customer, day] of [
    ['a', 0],
    ['b', 1],
    ['a', 3],
    ['a', 3],
    ['b', 8],
    ['a', 5],
  ] as const) {
    shopping.add(receipt({ customer, day: MONDAY + day }))
  }
  shopping.add(receipt({ day: MONDAY + 9 }))
  const { gaps, recognised, sales } = shopping.result()
  expect(gaps[3]).toBe(1)
  expect(gaps[2]).toBe(1)
  expect(gaps[7]).toBe(1)
  expect([recognised, sales]).toEqual([6, 7])
})
