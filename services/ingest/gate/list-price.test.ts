import { expect, test } from 'vitest'
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
