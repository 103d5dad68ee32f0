import { describe, expect, test } from 'vitest'
import { cleanText, identifier, minorUnits, wholeNumber } from './cells.ts'

describe('amounts in minor units', () => {
  test.each([
    ['2.55', 255],
    ['38970.0', 3_897_000],
    ['-11062.06', -1_106_206],
    ['0.001', 0],
    ['-0.001', 0],
    ['1.005', 101],
    ['-1.005', -101],
    ['4.440892e-16', 0],
    [' .5 ', 50],
  ])('%s is %d cents', (text, cents) => {
    expect(minorUnits(text, 2)).toBe(cents)
  })

  test('a currency without decimals keeps none', () => {
    expect(minorUnits('1980', 0)).toBe(1980)
  })

  test.each(['', '.', '1,50', 'free', '1.2.3', 'e5'])('"%s" is no amount', (text) => {
    expect(minorUnits(text, 2)).toBeUndefined()
  })
})

test('identifiers keep to the alphabet that needs no escaping, or are refused', () => {
  expect(identifier('OR-', 'BANK CHARGES')).toBe('OR-BANK-CHARGES')
  expect(identifier('OR-', ' united kingdom ')).toBe('OR-united-kingdom')
  expect(identifier('OR-', '  ')).toBeUndefined()
  expect(identifier('OR-', '?')).toBeUndefined()
  expect(identifier('', '.hidden')).toBeUndefined()
  expect(identifier('OR-', 'x'.repeat(62))).toBeUndefined()
})

test('whole numbers may carry an empty fraction', () => {
  expect(wholeNumber('17850.0')).toBe(17_850)
  expect(wholeNumber('-12')).toBe(-12)
  expect(wholeNumber('1.5')).toBeUndefined()
  expect(wholeNumber('')).toBeUndefined()
})

test('descriptions lose stray spaces, outer quotes and hanging commas, and keep inches', () => {
  expect(cleanText('  LUNCH BAG  BLACK SKULL. ')).toBe('LUNCH BAG BLACK SKULL.')
  expect(cleanText('"QUOTED"')).toBe('QUOTED')
  expect(cleanText('FANCY FONT BIRTHDAY CARD, ')).toBe('FANCY FONT BIRTHDAY CARD')
  expect(cleanText('RUBY GLASS NECKLACE 42"')).toBe('RUBY GLASS NECKLACE 42"')
})
