import { describe, expect, test } from 'vitest'
import { createNumberReader, decimalSignOf, type NumberFormat } from './numbers.ts'

const EURO: NumberFormat = { signs: ['EUR', '€'] }
const read = (text: string, format: Partial<NumberFormat>) =>
  createNumberReader({ ...EURO, ...format }).amount(text, 2)

test.each([
  ['2.40', '.', 240],
  ['2,40', ',', 240],
  ['1,234.50', '.', 123_450],
  ['1.234,50', ',', 123_450],
  ['1 234,50', ',', 123_450],
  ['1\u00a0234,50', ',', 123_450],
  ['1\u202f234\u202f567,5', ',', 123_456_750],
  ["1'234.50", '.', 123_450],
  ['12,34,567.00', '.', 123_456_700],
  ['€1.50', '.', 150],
  ['1,50 €', ',', 150],
  ['EUR 1.50', '.', 150],
  ['-€1.50', '.', -150],
  ['€-1.50', '.', -150],
  ['(1.50)', '.', -150],
  ['(€1.50)', '.', -150],
  ['€(1.50)', '.', -150],
  ['1.50-', '.', -150],
  ['\u22121.50', '.', -150],
  ['+1.50', '.', 150],
  ['.5', '.', 50],
  ['5.', '.', 500],
  ['1.005', '.', 101],
  ['-1.005', '.', -101],
  ['4.440892e-16', '.', 0],
  ['1.5E3', '.', 150_000],
  ['-0', '.', 0],
  // What a binary fraction makes of it is 184.99999999999997.
  ['1.85', '.', 185],
] as const)('%s with "%s" is %d cents', (text, decimal, cents) => {
  expect(read(text, { decimal })).toMatchObject({ value: cents })
})

test.each([
  ['1,234.50', { decimal: ',' }, 'decimal sign ","'],
  ['2,40', { decimal: '.' }, 'decimal sign "."'],
  ['1,234', { decimal: '.', thousands: '' }, 'no thousands'],
  ['1.23.45', { decimal: ',' }, 'decimal sign ","'],
  ['1.234', {}, 'thousands or decimals'],
  ['2,40', {}, 'decimal sign of this file is not known'],
  ['$1.50', { decimal: '.' }, '"$" is no sign of this mapping'],
  ['1.50 kr', { decimal: '.' }, '"kr" is no sign of this mapping'],
  ['-1.50-', { decimal: '.' }, 'two signs'],
  ['(-1.50)', { decimal: '.' }, 'two signs'],
  ['', { decimal: '.' }, 'empty'],
  ['.', { decimal: '.' }, 'no number'],
  ['free', { decimal: '.' }, 'no number'],
  ['e5', { decimal: '.' }, 'no number'],
  ['=1+2', { decimal: '.' }, 'no number'],
  ['99999999.00', { decimal: '.' }, 'larger than any sale'],
  ['9'.repeat(59), { decimal: '.' }, 'larger than any sale'],
  ['1'.repeat(61), { decimal: '.' }, 'too long'],
  ['1e999', { decimal: '.' }, 'no number'],
] as const)('%s with %j is refused', (text, format, words) => {
  expect(read(text, format)).toMatchObject({ fault: expect.stringContaining(words), fix: expect.any(String) })
})

test('pieces are whole, minor units have no decimals, and rounding is said', () => {
  const numbers = createNumberReader({ ...EURO, decimal: '.' })
  expect(numbers.whole('17850.0')).toEqual({ value: 17_850, rounded: false })
  expect(numbers.whole('1.5')).toMatchObject({ fault: 'it is no whole number' })
  expect(numbers.minor('129')).toEqual({ value: 129, rounded: false })
  expect(numbers.minor('1.29')).toMatchObject({ fix: expect.stringContaining('price.in: decimal') })
  expect(numbers.amount('0.001', 2)).toEqual({ value: 0, rounded: true })
})

describe('what a number says of its decimal sign', () => {
  test.each([
    ['1,234.50', '.'],
    ['1.234,50', ','],
    ['1.234.567', ','],
    ['2,40', ','],
    ['$1.5', '.'],
    ['0.125', '.'],
    ['1234.567', '.'],
    ['1.234', 'either'],
    ['-1,234', 'either'],
    ['1234', undefined],
    ['Total', undefined],
  ])('%s: %s', (text, sign) => {
    expect(decimalSignOf(text)).toBe(sign)
  })
})
