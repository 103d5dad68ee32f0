import { expect, test } from 'vitest'
import { businessDate } from './calendar.ts'

const day = (text: string) => Date.parse(`${text}T00:00:00Z`) / 86_400_000

test.each([
  ['2026-03-29T00:59:59.999Z', 'Europe/London', '2026-03-29'],
  ['2026-03-28T23:59:59.999Z', 'Europe/London', '2026-03-28'],
  ['2026-07-01T23:00:00.000Z', 'Europe/London', '2026-07-02'],
  ['2026-10-25T23:30:00.000Z', 'Europe/London', '2026-10-25'],
  ['2026-01-01T04:59:59.999Z', 'America/New_York', '2025-12-31'],
  ['2026-01-01T05:00:00.000Z', 'America/New_York', '2026-01-01'],
  ['2026-06-30T18:15:00.000Z', 'Asia/Kathmandu', '2026-07-01'],
  ['2026-06-30T18:14:59.999Z', 'Asia/Kathmandu', '2026-06-30'],
  ['2011-12-30T12:00:00.000Z', 'Pacific/Apia', '2011-12-31'],
  ['2026-06-30T23:59:59.999Z', 'UTC', '2026-06-30'],
])('%s is in %s the day %s', (instant, zone, expected) => {
  expect(businessDate(Date.parse(instant), zone)).toBe(day(expected))
})

test('a transition in between is not stepped over', () => {
  for (let hour = 0; hour < 24 * 400; hour++) {
    const at = Date.UTC(2025, 0, 1) + hour * 3_600_000
    const expected = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/London' }).format(at)
    if (businessDate(at, 'Europe/London') !== day(expected)) throw new Error(new Date(at).toISOString())
  }
})
