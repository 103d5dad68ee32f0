import { describe, expect, test } from 'vitest'
import { FORMATS, line, lines } from './outside.ts'

test.each([
  ['1990-01-01T00:00:00Z', true],
  ['2024-02-29T23:59:59.999999999+23:59', true],
  ['2099-12-31T23:59:59.999Z', true],
  ['2025-02-29T00:00:00Z', false],
  ['2026-04-31T00:00:00Z', false],
  ['2026-01-01T23:59:60Z', false],
  ['2026-01-01T24:00:00Z', false],
  ['2026-01-01T00:00:00', false],
  ['2026-01-01T00:00:00+24:00', false],
  ['2026-01-01 00:00:00Z', false],
  ['2026-01-01T00:00:00Z\n', false],
  ['1989-12-31T23:59:59Z', false],
  ['2100-01-01T00:00:00Z', false],
  ['0000-01-01T00:00:00Z', false],
  ['9999-12-31T23:59:59Z', false],
  ['+275760-09-13T00:00:00Z', false],
])('%s as a date and time: %s', (text, isTaken) => {
  expect(FORMATS['date-time'].takes(text)).toBe(isTaken)
  // What is taken can be made a Date of, whose text is of the same time.
  if (isTaken) expect(new Date(text).toISOString()).toMatch(/^(19|20)\d\d-/)
})

test.each([
  ['2024-02-29', true],
  ['2099-12-31', true],
  ['2025-02-29', false],
  ['2026-1-1', false],
  ['0000-00-00', false],
  ['2149-06-07', false],
  ['2026-01-01T00:00:00Z', false],
])('%s as a day: %s', (text, isTaken) => expect(FORMATS.date.takes(text)).toBe(isTaken))

describe('free text', () => {
  const takes = (schema: object, text: string) =>
    new RegExp((schema as { pattern: string }).pattern, 'u').test(text)
  test.each(['', 'Crème brûlée 😀', 'e\u0301', "'; drop table x; --", '\u202eabc', '__proto__'])(
    '%j is',
    (text) => {
      expect([takes(line(80), text), takes(lines(80), text)]).toEqual([true, true])
    },
  )
  test.each(['\0', 'a\0b', '\u001b[31m', '\u007f', '\u0085', '\ud800', 'a\udfffb', '\ufffe'])(
    '%j is not',
    (text) => {
      expect([takes(line(80), text), takes(lines(80), text)]).toEqual([false, false])
    },
  )
  test.each(['a\nb', 'a\r\nb', '\t'])('%j is only where lines are', (text) => {
    expect([takes(line(80), text), takes(lines(80), text)]).toEqual([false, true])
  })
})
