import { expect, test } from 'vitest'
import { quantity, signedQuantity } from './quantities.ts'

test('an amount has the digits that matter at its size, and its unit unless it is counted', () => {
  expect(quantity(1234.4, 'each')).toBe('1,234')
  expect(quantity(12.44, 'kg')).toBe('12.4 kg')
  expect(quantity(0.348, 'l')).toBe('0.35 l')
  expect(quantity(0, 'kg')).toBe('0 kg')
})

test('a change has its sign', () => {
  expect(signedQuantity(2.13, 'each')).toBe('+2.1')
  expect(signedQuantity(-0.4, 'kg')).toBe('-0.40 kg')
  expect(signedQuantity(0, 'each')).toBe('0')
})
