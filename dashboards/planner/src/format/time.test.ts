import { expect, test } from 'vitest'
import { age, clockSeconds, day, duration } from './time.ts'

test('a time is shown in the time zone of its store', () => {
  expect(clockSeconds('2026-03-14T20:15:09.000Z', 'America/New_York')).toBe('16:15:09')
  expect(clockSeconds('2026-03-14T20:15:09.000Z', 'UTC')).toBe('20:15:09')
  expect(day('2026-03-14T20:15:09.000Z', 'Asia/Tokyo')).toBe('Sun, 15 Mar 2026')
})

test.each([
  [0, '0 ms'],
  [840, '840 ms'],
  [1_840, '1.84 s'],
  [12_345, '12.3 s'],
  [59_970, '1 min 0 s'],
  [125_000, '2 min 5 s'],
])('%i ms took %s', (ms, text) => {
  expect(duration(ms)).toBe(text)
})

test.each([
  [-500, '0 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [7_200_000, '2 h'],
  [200_000_000, '2 d'],
])('%i ms ago is %s', (ms, text) => {
  expect(age(ms)).toBe(text)
})
