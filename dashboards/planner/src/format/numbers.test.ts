import { describe, expect, test } from 'vitest'
import { bytes, change, compactMoney, money, perSecond } from './numbers.ts'

describe('money', () => {
  test.each([
    [123_456, 'GBP', '£1,234.56'],
    [123_456, 'JPY', '¥123,456'],
    [123_456, 'KWD', 'KWD 123.456'],
    [-250, 'EUR', '-€2.50'],
    [5, 'USD', '$0.05'],
  ])('%i minor units of %s are %s', (amount, currency, text) => {
    expect(money(amount, currency).replaceAll('\u00a0', ' ')).toBe(text)
  })

  test('an amount without a currency is a plain number, so that a page without sales can be drawn', () => {
    expect(money(0, 'XXX')).toBe('0')
  })

  test('an axis label leaves out what it does not need', () => {
    expect(compactMoney(1_250_000, 'GBP')).toBe('£12.5K')
    expect(compactMoney(20_000, 'GBP')).toBe('£200')
  })
})

test.each([
  [0, '0 B'],
  [1_023, '1,023 B'],
  [1_536, '1.5 KiB'],
  [130_023_424, '124 MiB'],
])('%i bytes are %s', (value, text) => {
  expect(bytes(value)).toBe(text)
})

test('a change carries its sign', () => {
  expect(change(0.0421)).toBe('+4.2%')
  expect(change(-0.5)).toBe('-50%')
  expect(change(0)).toBe('0%')
})

test('a rate shows three digits', () => {
  expect(perSecond(0.03333)).toBe('0.0333')
  expect(perSecond(12.345)).toBe('12.3')
  expect(perSecond(52_340)).toBe('52.3K')
})
