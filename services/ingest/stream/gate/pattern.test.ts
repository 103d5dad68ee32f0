import { Currency, Instant, Sku } from '@shelfcast/contracts/events'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { asRun, automaton, matches } from './pattern.ts'

const plain = fc.stringMatching(/^[ !#-[\]-~]{0,70}$/)

const patternOf = (schema: object) => ('pattern' in schema ? String(schema.pattern) : '')

const patterns = [
  patternOf(Sku),
  patternOf(Instant),
  patternOf(Currency),
  '^\\d{4}-\\d{2}-\\d{2}$',
  '^$',
  '^a*$',
  '^(?:ab|cd)+e?$',
  '^[^a-z]{2,5}$',
  '^[\\w.]+@\\w{2,}$',
  '^.{3}$',
  '^(a|b|)(0[1-9]|1[0-2])$',
  '^\\$\\.x$',
  '^(?:a{2}){1,3}b{0,2}$',
]

describe.each(patterns)('%s', (pattern) => {
  const compiled = automaton(pattern)
  const expression = new RegExp(pattern)
  const agree = (text: string) => {
    expect(matches(compiled, Buffer.from(text))).toBe(expression.test(text))
  }

  test('is matched as RegExp matches it', () => {
    fc.assert(fc.property(plain, agree), { seed: 1, numRuns: 300 })
    // Texts that match, and such as come near.
    const near = fc.tuple(fc.stringMatching(expression), fc.nat(), plain, fc.nat({ max: 2 }))
    fc.assert(
      fc.property(near, ([text, at, odd, cut]) => {
        if (/["\\\u007f-\uffff]|[^ -~]/.test(text)) return
        agree(text)
        const place = at % (text.length + 1)
        agree(text.slice(0, place) + odd.slice(0, 1) + text.slice(place + cut))
      }),
      { seed: 2, numRuns: 500 },
    )
  })

  test('matches no text with a byte that JSON escapes or that is not ASCII', () => {
    for (const byte of [0x00, 0x0a, 0x1f, 0x22, 0x5c, 0x7f, 0x80, 0xc3, 0xff]) {
      expect(matches(compiled, Uint8Array.of(byte))).toBe(false)
      expect(matches(compiled, Uint8Array.of(0x41, byte))).toBe(false)
    }
  })
})

test('an identifier is a run, and a run is what it says', () => {
  const identifier = asRun(automaton(patternOf(Sku)))!
  expect([identifier.least, identifier.most]).toEqual([1, 64])
  const members = (set: Uint8Array) =>
    [...set].flatMap((member, byte) => (member ? String.fromCharCode(byte) : []))
  expect(members(identifier.first).join('')).toMatch(/^0-?1.*[^-._:]$/)
  expect(members(identifier.rest)).toHaveLength(members(identifier.first).length + 4)
  const currency = asRun(automaton('^[A-Z]{3}$'))!
  expect([currency.least, currency.most]).toEqual([3, 3])
})

test.each(['^\\d{4}-\\d{2}$', '^a*$', '^(?:ab|cd)$', '^$', '^(?:a|aaa)$'])('%s is no run', (pattern) => {
  expect(asRun(automaton(pattern))).toBeUndefined()
})

test.each(['abc', '^abc', 'abc$', '^a|b$'])('%s is not anchored', (pattern) => {
  expect(() => automaton(pattern)).toThrow('is not anchored')
})

test('a pattern with more states than fit says so', () => {
  expect(() => automaton('^[a-z]{0,300}$')).toThrow('Allow less repetition')
})
