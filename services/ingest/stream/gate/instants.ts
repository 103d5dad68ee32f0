/** Instants and days of the calendar, from text and from bytes. */
import { DAY_MS } from '@shelfcast/contracts/dates'
import { LIMITS } from '@shelfcast/contracts/refusals'

const MINUTE_MS = 60_000
const DAYS_IN_MONTH = Int32Array.of(31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

/** Milliseconds since 1970 of an instant that matches the schema's pattern; undefined for dates like 31 February. */
export function parseInstant(text: string): number | undefined {
  const at = Date.parse(text)
  // Only days past the 28th can be too many for their month; V8 rolls those over instead of refusing them.
  if (Number.isNaN(at) || (text.slice(8, 10) > '28' && new Date(at).toISOString() !== text)) return undefined
  return at
}

/** Days since 1970 of YYYY-MM-DD; undefined where there is no such day. */
export function parseDay(text: string): number | undefined {
  const at = parseInstant(`${text}T00:00:00.000Z`)
  return at === undefined ? undefined : at / DAY_MS
}

export function isEventTime(at: number | undefined): at is number {
  return at !== undefined && at >= LIMITS.earliestEventTime && at <= LIMITS.latestEventTime
}

/** Days since 1970 in which an event may lie, and to which a field may point. */
export const EARLIEST_DAY = Math.floor(LIMITS.earliestEventTime / DAY_MS)
export const LATEST_DAY = Math.floor(LIMITS.latestEventTime / DAY_MS)

/** Bytes of YYYY-MM-DD. */
export const DAY_BYTES = 10
/** Bytes of YYYY-MM-DDTHH:MM, which instants of one basket have in common more often than not. */
export const MINUTE_BYTES = 16
/** Bytes of YYYY-MM-DDTHH:MM:SS.sssZ. */
export const INSTANT_BYTES = 24

/** @returns days since 1970 of the ten bytes of YYYY-MM-DD; NaN where they are none, or there is no such day */
export function readDay(bytes: Uint8Array, at: number): number {
  if (bytes[at + 4] !== DASH || bytes[at + 7] !== DASH) return Number.NaN
  const year = 100 * twoDigits(bytes, at) + twoDigits(bytes, at + 2)
  const month = twoDigits(bytes, at + 5)
  const day = twoDigits(bytes, at + 8)
  // Also where a pair is no number: comparisons with NaN are false.
  if (!(year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month))) return Number.NaN
  // Years are counted from March, so that the leap day is a year's last.
  const y = month > 2 ? year : year - 1
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  const leapDays = Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400)
  return 365 * y + leapDays + dayOfYear - DAYS_TO_1970
}

/**
 * @returns milliseconds since 1970 of the sixteen bytes of YYYY-MM-DDTHH:MM; NaN where they are none, or no minute in
 *          which an event may lie
 */
export function readMinute(bytes: Uint8Array, at: number): number {
  const hour = twoDigits(bytes, at + 11)
  const minute = twoDigits(bytes, at + 14)
  if (!(bytes[at + 10] === LETTER_T && hour <= 23 && bytes[at + 13] === COLON && minute <= 59))
    return Number.NaN
  const start = readDay(bytes, at) * DAY_MS + (60 * hour + minute) * MINUTE_MS
  return isEventTime(start) && isEventTime(start + MINUTE_MS - 1) ? start : Number.NaN
}

const DASH = 0x2d
const COLON = 0x3a
const LETTER_T = 0x54
/** Days from 1 March of the year 0 to 1 January 1970. */
const DAYS_TO_1970 = 719_468

function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - 0x30
  const ones = bytes[at + 1]! - 0x30
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? 10 * tens + ones : Number.NaN
}

function daysIn(year: number, month: number): number {
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return DAYS_IN_MONTH[month - 1]! + (leap ? 1 : 0)
}
