/** The store's calendar day of an instant, by its time zone. */
import { Temporal } from 'temporal-polyfill'

const DAY_MS = 86_400_000

/** A stretch of time in which a zone keeps one offset from UTC. Both ends in milliseconds, the second excluded. */
export interface Stretch {
  from: number
  to: number
  offsetMs: number
}

// A zone changes its offset about twice a year, so a handful of stretches serves years of events.
const stretches = new Map<string, Stretch[]>()

/**
 * @param at       milliseconds since 1970, UTC
 * @param timeZone IANA name
 * @returns days since 1970-01-01 of the store's calendar
 * @throws RangeError when the zone is not known
 */
export function businessDate(at: number, timeZone: string): number {
  return dayWithin(stretchOf(at, timeZone), at)
}

/** The same for those who keep the stretch that `at` lies in. */
export function dayWithin({ offsetMs }: Stretch, at: number): number {
  return Math.floor((at + offsetMs) / DAY_MS)
}

/** @throws RangeError when the zone is not known */
export function stretchOf(at: number, timeZone: string): Stretch {
  let known = stretches.get(timeZone)
  if (!known) {
    known = []
    stretches.set(timeZone, known)
  }
  let stretch = known.find(({ from, to }) => from <= at && at < to)
  if (!stretch) {
    stretch = stretchAround(at, timeZone)
    known.push(stretch)
  }
  return stretch
}

function stretchAround(at: number, timeZone: string): Stretch {
  const moment = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone)
  const next = moment.getTimeZoneTransition('next')?.epochMilliseconds ?? Number.POSITIVE_INFINITY
  // `previous` looks strictly before, so it is asked one tick later: an instant may be a transition itself.
  const previous =
    moment.add({ nanoseconds: 1 }).getTimeZoneTransition('previous')?.epochMilliseconds ??
    Number.NEGATIVE_INFINITY
  return { from: previous, to: next, offsetMs: moment.offsetNanoseconds / 1e6 }
}
