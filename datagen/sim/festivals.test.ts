import { calendarDate, dateOf, dayOf } from '@shelfcast/contracts/dates'
import { expect, test } from 'vitest'
import { FESTIVALS, type Festival } from '../world/world.ts'
import { festivalDays, festivalWeight, isPublicHoliday, publicHolidays } from './festivals.ts'

const dates = (festival: Festival, year: number) => festivalDays(festival, year).map(dateOf)

test('festivals fall on the days on which they were celebrated', () => {
  expect(dates('easter', 2024)).toEqual(['2024-03-31'])
  expect(dates('eid_al_fitr', 2024)).toEqual(['2024-04-10'])
  expect(dates('eid_al_adha', 2024)).toEqual(['2024-06-16'])
  expect(dates('diwali', 2024)).toEqual(['2024-10-31'])
  expect(dates('chinese_new_year', 2025)).toEqual(['2025-01-29'])
  expect(dates('black_friday', 2025)).toEqual(['2025-11-28'])
  expect(dates('christmas', 2025)).toEqual(['2025-12-25'])
})

test('an Eid can come twice in a year', () => {
  expect(dates('eid_al_fitr', 2000)).toEqual(['2000-01-08', '2000-12-27'])
  expect(festivalWeight('eid_al_fitr', dayOf('2000-01-07'))).toBe(1)
  expect(festivalWeight('eid_al_fitr', dayOf('2000-12-26'))).toBe(1)
})

test('each festival has its days in every year, also after those that the library knows', () => {
  for (const festival of FESTIVALS) {
    let last: number | undefined
    for (let year = 2000; year <= 2100; year++) {
      for (const day of festivalDays(festival, year)) {
        expect(calendarDate(day).year).toBe(year)
        const least = festival.startsWith('eid') ? 353 : 340
        const most = festival.startsWith('eid') ? 356 : 392
        if (last !== undefined) {
          expect(day - last, `${festival} ${dateOf(day)}`).toBeGreaterThanOrEqual(least)
          expect(day - last, `${festival} ${dateOf(day)}`).toBeLessThanOrEqual(most)
        }
        last = day
      }
    }
  }
  expect(() => festivalDays('easter', 1999)).toThrow('Choose dates from 2000-01-01 to 2100-12-31.')
})

test('a festival builds up, is highest on the eve, and is soon over', () => {
  const weights = (festival: Festival, from: string, days: number) =>
    Array.from({ length: days }, (_, index) => festivalWeight(festival, dayOf(from) + index))
  const before = weights('christmas', '2024-11-20', 35)
  expect(before).toEqual(before.toSorted((a, b) => a - b))
  expect(before[0]).toBe(0)
  expect(before.at(-1)).toBe(1)
  expect(weights('christmas', '2024-12-25', 3)).toEqual([0.1, 0, 0])
  expect(festivalWeight('black_friday', dayOf('2025-11-28'))).toBe(1)
  // The lead-up to a festival of January begins in the year before.
  expect(festivalWeight('chinese_new_year', dayOf('2022-12-31'))).toBe(0)
  expect(festivalWeight('eid_al_fitr', dayOf('2032-12-31'))).toBeGreaterThan(0.5)
})

test('public holidays differ by country, and an unknown country has none', () => {
  expect(isPublicHoliday('IE', dayOf('2026-03-17'))).toBe(true)
  expect(isPublicHoliday('NL', dayOf('2026-03-17'))).toBe(false)
  expect(publicHolidays('IE', 2026).get(dayOf('2026-12-25'))).toBe('Christmas Day')
  expect(publicHolidays('XX', 2026).size).toBe(0)
})
