/** The calendar as it hangs in an office: weekdays, public holidays and festivals, of the past and of the days to come. */

import { HISTORY_COLUMNS } from '@shelfcast/contracts/datasets/history-tables'
import { calendarDate, type DaySpan, weekdayOf } from '@shelfcast/contracts/dates'
import { festivalDays, LAST_DAY, publicHolidays } from '../sim/festivals.ts'
import { FESTIVALS, type World } from '../world/world.ts'
import { createWords, encodeTable } from './table.ts'
import type { NewRows } from './target.ts'

/** What lies beyond LAST_DAY is left out. */
export function calendarRows(world: World, span: DaySpan): NewRows {
  const { from } = span
  const to = Math.min(span.to, LAST_DAY)
  const countries = [...new Set(world.stores.map(({ country }) => country))].sort()
  const festivals = new Map<number, string>()
  for (let { year } = calendarDate(from); year <= calendarDate(to).year; year++) {
    for (const festival of FESTIVALS) {
      for (const day of festivalDays(festival, year)) {
        const others = festivals.get(day)
        festivals.set(day, others === undefined ? festival : `${others},${festival}`)
      }
    }
  }
  const days = to - from + 1
  const rows = countries.length * days
  const dates = new Int32Array(rows)
  const weekdays = new Int32Array(rows)
  const country = new Int32Array(rows)
  const holiday = createWords()
  const festival = createWords()
  for (let row = 0; row < rows; row++) {
    const day = from + (row % days)
    country[row] = Math.floor(row / days)
    dates[row] = day
    weekdays[row] = weekdayOf(day)
    holiday.push(publicHolidays(countries[country[row]!]!, calendarDate(day).year).get(day))
    festival.push(festivals.get(day))
  }
  const cells = {
    date: dates,
    country: { words: countries, indexes: country },
    weekday: weekdays,
    public_holiday: holiday.cells(),
    festival: festival.cells(),
  }
  return { table: 'calendar', rows, body: encodeTable(HISTORY_COLUMNS.calendar, cells, rows) }
}
