import { expect, test } from 'vitest'
import {
  calendarDate,
  DAY_MS,
  dateOf,
  dayHours,
  dayOf,
  isoWeekOf,
  localDay,
  mondayOf,
  weekdayOf,
  yearShareOf,
} from './calendar.ts'

const hours = (timeZone: string, date: string) =>
  [...dayHours(timeZone, dayOf(date))].map((ms) => new Date(ms).toISOString().slice(11, 13)).join(' ')

test('day numbers, dates and weekdays are those of Date', () => {
  for (let day = dayOf('1999-12-31'); day <= dayOf('2101-01-01'); day++) {
    const theirs = new Date(day * DAY_MS)
    expect(dateOf(day)).toBe(theirs.toISOString().slice(0, 10))
    expect(dayOf(dateOf(day))).toBe(day)
    expect(calendarDate(day).month).toBe(theirs.getUTCMonth() + 1)
    expect(weekdayOf(day) % 7).toBe(theirs.getUTCDay())
    expect(weekdayOf(mondayOf(day))).toBe(1)
  }
})

test('weeks are those of ISO 8601, and a year goes from 0 to 1', () => {
  expect(isoWeekOf(dayOf('2026-11-21'))).toEqual({ year: 2026, week: 47 })
  expect(isoWeekOf(dayOf('2027-01-01'))).toEqual({ year: 2026, week: 53 })
  expect(isoWeekOf(dayOf('2024-12-30'))).toEqual({ year: 2025, week: 1 })
  expect(yearShareOf(dayOf('2024-01-01'))).toBe(0)
  expect(yearShareOf(dayOf('2024-07-01'))).toBeCloseTo(182 / 366, 12)
})

test('hours of a day: plain, in another zone, without an hour, and with one that comes twice', () => {
  const plain = '00 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20 21 22 23'
  expect(hours('Europe/Dublin', '2026-01-15')).toBe(plain)
  expect(hours('Europe/Amsterdam', '2026-01-15')).toBe(`23 ${plain.slice(0, -3)}`)
  expect(hours('Europe/Dublin', '2026-03-29')).toBe(`00 01 ${plain.slice(3, -3)}`)
  expect(hours('Europe/Dublin', '2026-10-25')).toBe(`23 00 ${plain.slice(6)}`)
  // Where the hour after midnight is missing, the day begins at one.
  expect(hours('America/Sao_Paulo', '2018-11-04').slice(0, 8)).toBe('03 03 04')
})

test('the day at a place is the one whose hours hold the instant', () => {
  for (const zone of ['Europe/Dublin', 'America/Los_Angeles', 'Pacific/Auckland', 'Asia/Kolkata']) {
    for (let at = Date.UTC(2026, 9, 20); at < Date.UTC(2026, 9, 28); at += 1_800_000) {
      const day = localDay(zone, at)
      expect(dayHours(zone, day)[0]).toBeLessThanOrEqual(at)
      expect(dayHours(zone, day + 1)[0]).toBeGreaterThan(at)
    }
  }
})
