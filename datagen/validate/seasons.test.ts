import { calendarDate, dayOf, weekdayOf } from '@shelfcast/contracts/dates'
import { expect, test } from 'vitest'
import { addUp, festivalUplift, monthIndex, seasonStrength, weekdayShares } from './seasons.ts'

function totals(from: string, to: string, units: (day: number) => number) {
  const first = dayOf(from)
  return { first, units: Float64Array.from({ length: dayOf(to) - first + 1 }, (_, i) => units(first + i)) }
}

test('weekday shares leave closed days out', () => {
  const shares = weekdayShares(
    totals('2024-01-01', '2024-12-31', (day) =>
      weekdayOf(day) === 7 ? Number.NaN : weekdayOf(day) === 6 ? 5 : 1,
    ),
  )
  expect(shares[5]).toBeCloseTo(0.5, 12)
  expect(shares[6]).toBe(0)
})

test('months are relative to their year, so growth is no season', () => {
  const days = totals('2022-01-01', '2025-12-31', (day) => {
    const { year, month } = calendarDate(day)
    return (month === 12 ? 2 : 1) * 10 ** (year - 2022)
  })
  const months = monthIndex(days)!
  expect(seasonStrength(months)).toBeCloseTo(2, 12)
  expect(months[11]! / months[0]!).toBeCloseTo(2, 12)
})

test('twelve months from any on are a year; less is none', () => {
  const flat = (from: string, to: string) => monthIndex(totals(from, to, (day) => calendarDate(day).month))
  expect(flat('2010-12-01', '2011-12-09')?.[11]).toBeCloseTo(12 / 6.5, 12)
  expect(flat('2011-01-01', '2011-11-30')).toBeUndefined()
})

test('a festival is measured against usual weeks on the same weekdays', () => {
  // given weekends that sell twice as much, and three times the sales in the week before 25 December
  const days = totals('2023-06-01', '2025-05-31', (day) => {
    const { month, date } = calendarDate(day)
    const isFestive = month === 12 && date >= 18 && date <= 24
    return (weekdayOf(day) > 5 ? 2 : 1) * (isFestive ? 3 : 1)
  })
  expect(festivalUplift(days, 'christmas')).toBeCloseTo(3, 12)
  expect(festivalUplift(days, 'easter')).toBeCloseTo(1, 12)
  // Black Friday begins on the day itself.
  expect(festivalUplift(days, 'black_friday')).toBeCloseTo(1, 12)
})

test('a festival without usual weeks around it is not measured', () => {
  expect(
    festivalUplift(
      totals('2024-12-10', '2024-12-31', () => 1),
      'christmas',
    ),
  ).toBeUndefined()
})

test('totals of categories add up where at least one is open', () => {
  const one = {
    category: 'a',
    profile: 'campus',
    first: 5,
    units: Float64Array.of(1, Number.NaN, Number.NaN),
  }
  const other = { category: 'b', profile: 'campus', first: 5, units: Float64Array.of(2, 3, Number.NaN) }
  expect([...addUp([one, other]).units]).toEqual([3, 3, Number.NaN])
})
