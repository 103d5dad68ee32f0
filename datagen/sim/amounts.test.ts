import { expect, test } from 'vitest'
import { lineAmounts } from './amounts.ts'
import type { Promotion } from './model.ts'

const promotion = (overrides: Partial<Promotion>): Promotion => ({
  promotion_id: 'P2026W47-1042',
  product: 0,
  kind: 'price_off',
  off: 0.25,
  group: 1,
  from: 0,
  to: 6,
  ...overrides,
})
const each = { unit: 'each' } as const
const loose = { unit: 'g' } as const

test('goods by weight are priced by the kilogram, half a cent up', () => {
  expect(lineAmounts(loose, 1_990, undefined, 250, false)).toEqual({ gross: 498, discount: 0 })
})

test('a share off is worked out on each piece, so that two lines of one piece cost what a line of two does', () => {
  const off = promotion({ off: 0.29 })
  expect(lineAmounts(each, 100, off, 1, false)).toEqual({ gross: 100, discount: 29 })
  expect(lineAmounts(each, 149, off, 2, false)).toEqual({ gross: 298, discount: 2 * 43 })
  expect(lineAmounts(loose, 1_990, off, 250, false)).toEqual({ gross: 498, discount: 144 })
})

test('a multibuy is for full groups of pieces alone', () => {
  const three = promotion({ kind: 'multibuy', group: 3, off: 1 / 3 })
  expect(lineAmounts(each, 200, three, 2, false).discount).toBe(0)
  expect(lineAmounts(each, 200, three, 7, false).discount).toBe(2 * 200)
  expect(lineAmounts(loose, 200, three, 700, false).discount).toBe(0)
})

test('a coupon promotion needs the coupon', () => {
  const coupon = promotion({ kind: 'coupon', off: 0.5 })
  expect(lineAmounts(each, 300, coupon, 2, false).discount).toBe(0)
  expect(lineAmounts(each, 300, coupon, 2, true).discount).toBe(300)
})
