/** What surrounds the sales of a history, as a retailer knows it on the evening of the last day: also of the days to come. */
import { calendarDate, type DaySpan, mondayOf } from '@shelfcast/contracts/dates'
import type { Conditions } from '../sim/model.ts'
import { createWeather } from '../sim/weather.ts'
import { createWeatherForecasts } from '../sim/weather-forecast.ts'
import { calendarRows } from './calendar.ts'
import { planRows, weeksKnown } from './plans.ts'
import type { NewObject } from './target.ts'
import { forecastRows, weatherRows } from './weather.ts'

/** The calendar reaches so many days beyond what has happened. */
export const CALENDAR_DAYS = 400

/** The objects of the tables beside sales, one by one. */
export function* surroundings(conditions: Conditions, span: DaySpan): Generator<NewObject> {
  const { world, seed } = conditions
  const { from, to } = span
  yield { name: 'calendar/calendar.parquet', ...calendarRows(world, { from, to: to + CALENDAR_DAYS }) }
  yield { name: 'weather/weather.parquet', ...weatherRows(world, createWeather(world, seed), span) }
  const forecasts = createWeatherForecasts(world, seed)
  for (const [year, days] of byYear(daysOf(span), from)) {
    const issued = { from: days[0]!, to: days.at(-1)! }
    yield { name: `forecasts/year=${year}/forecasts.parquet`, ...forecastRows(world, forecasts, issued) }
  }
  // The first week may begin before the history; it is in the history's first year.
  for (const [year, mondays] of byYear(weeksKnown(mondayOf(from), to), from)) {
    for (const rows of planRows(conditions, mondays)) {
      yield { name: `${rows.table}/year=${year}/${rows.table}.parquet`, ...rows }
    }
  }
}

function daysOf({ from, to }: DaySpan): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}

/** @param first what lies before it belongs to its year */
function byYear(days: readonly number[], first: number): Map<number, number[]> {
  const years = new Map<number, number[]>()
  for (const day of days) {
    const { year } = calendarDate(Math.max(day, first))
    const daysOfYear = years.get(year)
    if (daysOfYear) daysOfYear.push(day)
    else years.set(year, [day])
  }
  return years
}
