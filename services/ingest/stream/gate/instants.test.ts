import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isEventTime, parseDay, parseInstant, readDay, readMinute } from './instants.ts'

const two = (most: number) => fc.nat({ max: most }).map((number) => String(number).padStart(2, '0'))
const year = fc.oneof(
  fc.nat({ max: 9_999 }),
  fc.constantFrom(0, 1, 4, 99, 100, 400, 1900, 1970, 1999, 2000, 2024, 2099, 2100, 9_999),
)
const day = fc
  .tuple(year, two(13), two(32))
  .map(([year, month, day]) => `${String(year).padStart(4, '0')}-${month}-${day}`)

test('a day is read from bytes as from text', () => {
  fc.assert(
    fc.property(day, (text) => {
      expect(readDay(Buffer.from(`--${text}`), 2)).toBe(parseDay(text) ?? Number.NaN)
    }),
    { seed: 1, numRuns: 5_000 },
  )
})

test('every day of 800 years is read from bytes', () => {
  const first = Date.UTC(1600, 0, 1) / 86_400_000
  for (let day = first; day < first + 800 * 365.2425; day++) {
    const text = new Date(day * 86_400_000).toISOString().slice(0, 10)
    if (readDay(Buffer.from(text), 0) !== day) throw new Error(text)
  }
})

test.each(['2026-1-05-', '2026/01/05', '20a6-01-05', '2026-0:-05', '2026-01-0/', '          '])(
  '"%s" is no day',
  (text) => {
    expect(readDay(Buffer.from(text), 0)).toBeNaN()
  },
)

test('a minute is read from bytes as from text, where an event may lie in it', () => {
  fc.assert(
    fc.property(fc.tuple(day, two(24), two(60)), ([day, hour, minute]) => {
      const at = parseInstant(`${day}T${hour}:${minute}:00.000Z`)
      // 24:00 is a time to Date, and none to the schema.
      const expected = isEventTime(at) && hour !== '24' ? at : Number.NaN
      expect(readMinute(Buffer.from(`${day}T${hour}:${minute}`), 0)).toBe(expected)
    }),
    { seed: 2, numRuns: 5_000 },
  )
})
