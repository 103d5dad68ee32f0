/** 24 hours and the day before the month, so that a date reads one way only. */
const LOCALE = 'en-GB'

const formats = new Map<string, Intl.DateTimeFormat>()
function format(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const earlier = formats.get(name)
  if (earlier) return earlier
  const created = new Intl.DateTimeFormat(LOCALE, options)
  formats.set(name, created)
  return created
}

const TIME = { hour: '2-digit', minute: '2-digit' } as const

/** @param timeZone IANA name; without it the reader's own */
export const clock = (time: string | number, timeZone?: string): string =>
  format(`clock ${timeZone}`, { ...TIME, timeZone }).format(new Date(time))

export const clockSeconds = (time: string | number, timeZone?: string): string =>
  format(`seconds ${timeZone}`, { ...TIME, second: '2-digit', timeZone }).format(new Date(time))

export const day = (time: string | number, timeZone?: string): string =>
  format(`day ${timeZone}`, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone,
  }).format(new Date(time))

export const dayAndClock = (time: string | number, timeZone?: string): string =>
  format(`both ${timeZone}`, { day: 'numeric', month: 'short', year: 'numeric', ...TIME, timeZone }).format(
    new Date(time),
  )

/** @param date YYYY-MM-DD, which is a day wherever the reader is */
export const shortDate = (date: string): string =>
  format('short', { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(new Date(date))

export const dateWithWeekday = (date: string): string =>
  format('weekday date', { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' }).format(
    new Date(date),
  )

export const weekdayName = (date: string): string =>
  format('weekday', { weekday: 'long', timeZone: 'UTC' }).format(new Date(date))

/** How long something took. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 59_950) return `${(ms / 1_000).toFixed(ms < 9_995 ? 2 : 1)} s`
  const seconds = Math.round(ms / 1_000)
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/** How long ago something was, in the largest unit that says it. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000))
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h`
  return `${Math.floor(seconds / 86_400)} d`
}
