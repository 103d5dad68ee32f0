/**
 * Days, dates and time zones. A date is ISO text: 2026-11-30. A day is its number, counted from 1970-01-01, in which
 * arithmetic is plain; converted after Howard Hinnant's days_from_civil. An instant is milliseconds since 1970, UTC.
 */
import { Temporal } from 'temporal-polyfill'

export const HOUR_MS = 3_600_000
export const DAY_MS = 86_400_000

export interface CalendarDate {
  year: number
  /** 1 to 12. */
  month: number
  /** 1 to 31. */
  date: number
}

/** Days, both included. */
export interface DaySpan {
  from: number
  to: number
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

/** What follows the date in the text, such as a time, is not looked at. */
export function dayOf(date: string): number {
  return dayNumber(Number(date.slice(0, 4)), Number(date.slice(5, 7)), Number(date.slice(8, 10)))
}

export function dateOf(day: number): string {
  const { year, month, date } = calendarDate(day)
  return `${year}-${month < 10 ? '0' : ''}${month}-${date < 10 ? '0' : ''}${date}`
}

/** True of a date that the calendar has: not of 2026-02-30, nor of 2026-2-3. */
export function isDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && dateOf(dayOf(text)) === text
}

/** @param days whole; negative goes back */
export function addDays(date: string, days: number): string {
  return dateOf(dayOf(date) + days)
}

/**
 * The same date of another month, or its last one where that month is shorter.
 * @param months whole; negative goes back
 */
export function addMonths(date: string, months: number): string {
  const { year, month, date: ofMonth } = calendarDate(dayOf(date))
  const count = year * 12 + month - 1 + months
  const target = { year: Math.floor(count / 12), month: (count % 12) + 1 }
  const next = dayNumber(
    target.month === 12 ? target.year + 1 : target.year,
    target.month === 12 ? 1 : target.month + 1,
    1,
  )
  return dateOf(Math.min(dayNumber(target.year, target.month, ofMonth), next - 1))
}

/** Days from one date to another: 1 from a day to the next, negative where the second comes first. */
export function daysBetween(from: string, to: string): number {
  return dayOf(to) - dayOf(from)
}

/** All dates from one to another, both included; none where the second comes first. */
export function datesBetween(from: string, to: string): string[] {
  const first = dayOf(from)
  return Array.from({ length: Math.max(0, daysBetween(from, to) + 1) }, (_, index) => dateOf(first + index))
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

/** The day of an instant in UTC. */
export function utcDay(at: number): number {
  return Math.floor(at / DAY_MS)
}

/** The date of an instant in UTC. */
export function utcDate(at: number): string {
  return dateOf(utcDay(at))
}

/** A stretch of time in which a zone keeps one offset from UTC. */
export interface Stretch {
  /** An instant. */
  from: number
  /** An instant, excluded. */
  to: number
  offsetMs: number
}

// A zone changes its offset about twice a year, so a handful of stretches serves years of events.
const stretchesByZone = new Map<string, Stretch[]>()

/**
 * The stretch that an instant lies in.
 * @param timeZone IANA name
 * @throws RangeError where there is no such zone
 */
export function stretchOf(timeZone: string, at: number): Stretch {
  let stretches = stretchesByZone.get(timeZone)
  if (!stretches) {
    stretches = []
    stretchesByZone.set(timeZone, stretches)
  }
  let stretch = stretches.find(({ from, to }) => from <= at && at < to)
  if (!stretch) {
    stretch = stretchAround(timeZone, at)
    stretches.push(stretch)
  }
  return stretch
}

function stretchAround(timeZone: string, at: number): Stretch {
  const moment = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone)
  const next = moment.getTimeZoneTransition('next')?.epochMilliseconds ?? Number.POSITIVE_INFINITY
  // `previous` looks strictly before, so it is asked one tick later: an instant may be a transition itself.
  const previous =
    moment.add({ nanoseconds: 1 }).getTimeZoneTransition('previous')?.epochMilliseconds ??
    Number.NEGATIVE_INFINITY
  return { from: previous, to: next, offsetMs: moment.offsetNanoseconds / 1e6 }
}

/**
 * The day at a place at an instant.
 * @param timeZone IANA name
 * @throws RangeError where there is no such zone
 */
export function localDay(timeZone: string, at: number): number {
  return dayWithin(stretchOf(timeZone, at), at)
}

/** The same for those who keep the stretch that `at` lies in. */
export function dayWithin({ offsetMs }: Stretch, at: number): number {
  return Math.floor((at + offsetMs) / DAY_MS)
}

/** The instant at which a day begins at a place. */
export function dayStart(timeZone: string, day: number): number {
  return kept(startsByZone, timeZone, day, readStart)
}

/**
 * The instants at which the local hours of a day begin. On the day in spring the hour that is missing begins with the
 * next one; on the day in autumn the hour that comes twice begins with the first of the two.
 * Shared: do not write to it.
 */
export function dayHours(timeZone: string, day: number): Float64Array {
  return kept(hoursByZone, timeZone, day, readHours)
}

function readStart(timeZone: string, day: number): number {
  return Temporal.PlainDate.from(dateOf(day)).toZonedDateTime(timeZone).epochMilliseconds
}

function readHours(timeZone: string, day: number): Float64Array {
  const hours = new Float64Array(24)
  const start = dayStart(timeZone, day)
  if (dayStart(timeZone, day + 1) - start === DAY_MS) {
    for (let hour = 0; hour < 24; hour++) hours[hour] = start + hour * HOUR_MS
    return hours
  }
  const date = Temporal.PlainDate.from(dateOf(day))
  for (let hour = 0; hour < 24; hour++) {
    const at = date.toPlainDateTime({ hour }).toZonedDateTime(timeZone, { disambiguation: 'compatible' })
    hours[hour] = at.epochMilliseconds
  }
  // A missing hour is taken to begin where the gap ends, which is where the next one begins.
  for (let hour = 22; hour >= 0; hour--) hours[hour] = Math.min(hours[hour]!, hours[hour + 1]!)
  return hours
}

/** Whether there is a time zone of that IANA name. */
export function isTimeZone(name: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name)
    return true
  } catch {
    return false
  }
}

/** Days of which a zone's hours are kept, each at its number modulo this. */
const KEPT_DAYS = 16

interface KeptDays<T> {
  days: Float64Array
  values: T[]
}

const startsByZone = new Map<string, KeptDays<number>>()
const hoursByZone = new Map<string, KeptDays<Float64Array>>()

function kept<T>(
  byZone: Map<string, KeptDays<T>>,
  timeZone: string,
  day: number,
  read: (timeZone: string, day: number) => T,
): T {
  let ofZone = byZone.get(timeZone)
  if (!ofZone) {
    ofZone = { days: new Float64Array(KEPT_DAYS).fill(Number.NaN), values: [] }
    byZone.set(timeZone, ofZone)
  }
  const place = ((day % KEPT_DAYS) + KEPT_DAYS) % KEPT_DAYS
  if (ofZone.days[place] !== day) {
    ofZone.values[place] = read(timeZone, day)
    ofZone.days[place] = day
  }
  return ofZone.values[place]!
}

const KEPT_HOURS = 64
const twoDigits = (number: number) => String(number).padStart(2, '0')
/** By second of the hour: 05:03. */
const SECONDS = Array.from(
  { length: 3_600 },
  (_, second) => `${twoDigits(Math.floor(second / 60))}:${twoDigits(second % 60)}.`,
)
const MILLISECONDS = Array.from({ length: 1_000 }, (_, ms) => `${String(ms).padStart(3, '0')}Z`)
const keptHours = new Float64Array(KEPT_HOURS).fill(Number.NaN)
const keptPrefixes: string[] = new Array(KEPT_HOURS).fill('')

/**
 * An instant as events write it, put together from parts that are kept: the fastest way to 2026-06-01T10:05:03.123Z.
 * @param at from 1970 until 9999
 */
export function instant(at: number): string {
  const hour = Math.floor(at / HOUR_MS)
  const place = hour % KEPT_HOURS
  if (keptHours[place] !== hour) {
    keptHours[place] = hour
    keptPrefixes[place] = new Date(hour * HOUR_MS).toISOString().slice(0, 14)
  }
  const within = at - hour * HOUR_MS
  const second = Math.floor(within / 1_000)
  return keptPrefixes[place]! + SECONDS[second]! + MILLISECONDS[within - second * 1_000]!
}
