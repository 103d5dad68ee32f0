/**
 * Day numbers and dates by arithmetic alone, and the hours of a store's day. A day is the number of a calendar date,
 * counted from 1970-01-01; date arithmetic after Howard Hinnant's days_from_civil.
 */
import { Temporal } from 'temporal-polyfill'

export const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
/** Days whose hours are kept, for each time zone. */
const KEPT_DAYS = 16

export interface CalendarDate {
  year: number
  /** 1 to 12. */
  month: number
  /** 1 to 31. */
  date: number
}

/** @param month 1 to 12 */
export function dayNumber(year: number, month: number, date: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + date - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

export function calendarDate(day: number): CalendarDate {
  const z = day + 719_468
  const era = Math.floor(z / 146_097)
  const dayOfEra = z - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1_460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shifted = Math.floor((5 * dayOfYear + 2) / 153)
  const month = shifted + (shifted < 10 ? 3 : -9)
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    date: dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1,
  }
}

/** @param date as 2026-11-21 */
export function dayOf(date: string): number {
  return dayNumber(Number(date.slice(0, 4)), Number(date.slice(5, 7)), Number(date.slice(8, 10)))
}

/** As 2026-11-21. */
export function dateOf(day: number): string {
  const { year, month, date } = calendarDate(day)
  return `${year}-${month < 10 ? '0' : ''}${month}-${date < 10 ? '0' : ''}${date}`
}

/** 1 is Monday. */
export function weekdayOf(day: number): number {
  return day - mondayOf(day) + 1
}

/** The Monday of the day's week. */
export function mondayOf(day: number): number {
  // 1970-01-01 was a Thursday.
  return Math.floor((day + 3) / 7) * 7 - 3
}

/** How much of its year has passed at the day's beginning: 0 on 1 January. */
export function yearShareOf(day: number): number {
  const { year } = calendarDate(day)
  const first = dayNumber(year, 1, 1)
  return (day - first) / (dayNumber(year + 1, 1, 1) - first)
}

/** ISO 8601: the week belongs to the year of its Thursday. */
export function isoWeekOf(day: number): { year: number; week: number } {
  const thursday = mondayOf(day) + 3
  const { year } = calendarDate(thursday)
  return { year, week: Math.floor((thursday - dayNumber(year, 1, 1)) / 7) + 1 }
}

const hoursByZone = new Map<string, Map<number, Float64Array>>()
const startsByZone = new Map<string, Map<number, number>>()

/**
 * When each local hour of a day begins, as UTC milliseconds. On the day in spring the hour that is missing begins
 * with the next one; on the day in autumn the hour that comes twice begins with the first of the two.
 * Shared: do not write to it.
 */
export function dayHours(timeZone: string, day: number): Float64Array {
  const kept = keptFor(hoursByZone, timeZone)
  const known = kept.get(day)
  if (known) return known
  const hours = new Float64Array(24)
  const start = dayStart(timeZone, day)
  if (dayStart(timeZone, day + 1) - start === DAY_MS) {
    for (let hour = 0; hour < 24; hour++) hours[hour] = start + hour * HOUR_MS
  } else {
    const date = Temporal.PlainDate.from(dateOf(day))
    for (let hour = 0; hour < 24; hour++) {
      const at = date.toPlainDateTime({ hour }).toZonedDateTime(timeZone, { disambiguation: 'compatible' })
      hours[hour] = at.epochMilliseconds
    }
    // A missing hour is taken to begin where the gap ends, which is where the next one begins.
    for (let hour = 22; hour >= 0; hour--) hours[hour] = Math.min(hours[hour]!, hours[hour + 1]!)
  }
  keep(kept, day, hours, KEPT_DAYS)
  return hours
}

/** The day at a place at an instant. */
export function localDay(timeZone: string, utcMs: number): number {
  const guess = Math.floor(utcMs / DAY_MS)
  if (dayStart(timeZone, guess + 1) <= utcMs) return guess + 1
  return dayStart(timeZone, guess) <= utcMs ? guess : guess - 1
}

/** UTC milliseconds. */
function dayStart(timeZone: string, day: number): number {
  const kept = keptFor(startsByZone, timeZone)
  const known = kept.get(day)
  if (known !== undefined) return known
  const start = Temporal.PlainDate.from(dateOf(day)).toZonedDateTime(timeZone).epochMilliseconds
  keep(kept, day, start, KEPT_DAYS)
  return start
}

function keptFor<T>(byZone: Map<string, Map<number, T>>, timeZone: string): Map<number, T> {
  let kept = byZone.get(timeZone)
  if (!kept) {
    kept = new Map()
    byZone.set(timeZone, kept)
  }
  return kept
}

/** Adds an entry, and drops the oldest when there are enough: a Map gives them in the order in which they came. */
export function keep<K, V>(kept: Map<K, V>, key: K, value: V, limit: number): void {
  if (kept.size >= limit) {
    for (const oldest of kept.keys()) {
      kept.delete(oldest)
      break
    }
  }
  kept.set(key, value)
}
