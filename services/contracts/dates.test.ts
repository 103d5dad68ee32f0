import { expect, test } from 'vitest'
import {
  addDays,
  addMonths,
  calendarDate,
  DAY_MS,
  dateOf,
  datesBetween,
  dayHours,
  dayOf,
  daysBetween,
  instant,
  isDate,
  isoWeekOf,
  localDay,
  mondayOf,
  utcDate,
  weekdayOf,
  yearShareOf,
} from './dates.ts'

const hours = (timeZone: string, date: string) =>
  [...dayHours(timeZone, dayOf(date))].map((ms) => new Date(ms).toISOString().slice(11, 13)).join(' ')

test('day numbers, dates and weekdays are those of Date', () => {
  for (let day = dayOf('1999-12-31'); day <= dayOf('2101-01-01'); day++) {
    const date = new Date(day * DAY_MS)
    expect(dateOf(day)).toBe(date.toISOString().slice(0, 10))
    expect(utcDate((day + 1) * DAY_MS - 1)).toBe(dateOf(day))
    expect(dayOf(dateOf(day))).toBe(day)
    expect(calendarDate(day).month).toBe(date.getUTCMonth() + 1)
    expect(weekdayOf(day) % 7).toBe(date.getUTCDay())
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

test('a date is one that the calendar has, as ISO writes it', () => {
  for (const date of ['2026-11-30', '2024-02-29', '2000-02-29']) expect(isDate(date)).toBe(true)
  for (const text of ['2026-02-29', '2100-02-29', '2026-13-01', '2026-1-1', '2026-11-30T10:00', '']) {
    expect(isDate(text)).toBe(false)
  }
})

test('days and months are added across ends of months and years', () => {
  expect(addDays('2026-12-31', 1)).toBe('2027-01-01')
  expect(addDays('2024-03-01', -1)).toBe('2024-02-29')
  expect(addMonths('2026-11-30', 1)).toBe('2026-12-30')
  expect(addMonths('2026-11-30', 3)).toBe('2027-02-28')
  expect(addMonths('2024-03-31', -1)).toBe('2024-02-29')
  expect(addMonths('2026-01-15', -13)).toBe('2024-12-15')
})

test('dates between two include both', () => {
  expect(daysBetween('2026-02-27', '2026-03-02')).toBe(3)
  expect(datesBetween('2026-02-27', '2026-03-02')).toEqual([
    '2026-02-27',
    '2026-02-28',
    '2026-03-01',
    '2026-03-02',
  ])
  expect(datesBetween('2026-03-02', '2026-03-02')).toEqual(['2026-03-02'])
  expect(datesBetween('2026-03-02', '2026-02-27')).toEqual([])
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
])('%s is in %s the day %s', (text, zone, date) => {
  expect(dateOf(localDay(zone, Date.parse(text)))).toBe(date)
})

test('a transition in between is not stepped over', () => {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/London' })
  for (let hour = 0; hour < 24 * 400; hour++) {
    const at = Date.UTC(2025, 0, 1) + hour * 3_600_000
    if (dateOf(localDay('Europe/London', at)) !== format.format(at))
      throw new Error(new Date(at).toISOString())
  }
})

test('an instant is spelled as Date spells it, at any hour in any order', () => {
  // Strides that share no factor with an hour, so that hours come back after others took their place.
  for (let number = 0; number < 5_000; number++) {
    const at = (number * 7_919_999_983) % Date.UTC(2099, 11, 31)
    expect(instant(at)).toBe(new Date(at).toISOString())
  }
})
