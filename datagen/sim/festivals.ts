/**
 * Festivals and public holidays, from 2000 to 2100, by the rules of the library date-holidays. It knows Easter,
 * Chinese New Year and Black Friday for all of these years, the two Eids up to 2076 (Umm al-Qura) and Diwali up to
 * 2030 (Singapore's Deepavali). Later Eids and Diwalis follow by mean lunations, within a day or two.
 */

import { calendarDate, DAY_MS, dayNumber, dayOf } from '@shelfcast/contracts/dates'
import Holidays from 'date-holidays'
import { FESTIVALS, type Festival } from '../world/world.ts'

export const FIRST_YEAR = 2000
export const LAST_YEAR = 2100
/** Between these, festivals are known. */
export const FIRST_DAY = dayNumber(FIRST_YEAR, 1, 1)
export const LAST_DAY = dayNumber(LAST_YEAR, 12, 31)
/** Mean time from new moon to new moon. */
const LUNATION_DAYS = 29.530588853

interface Rule {
  /** Grammar of date-holidays. */
  rule?: string
  /** Days over which demand climbs to its height on the eve. */
  lead: number
  /** Share of the height on the day itself and the days after. */
  after: readonly number[]
  /** The last year that the library knows. */
  lastYear: number
}

const RULES: Record<Festival, Rule> = {
  easter: { rule: 'easter', lead: 14, after: [0.35, 0.2], lastYear: LAST_YEAR },
  eid_al_fitr: { rule: '1 Shawwal', lead: 14, after: [0.8, 0.4, 0.15], lastYear: 2076 },
  eid_al_adha: { rule: '10 Dhu al-Hijjah', lead: 8, after: [0.8, 0.4, 0.15], lastYear: 2076 },
  diwali: { lead: 12, after: [0.8, 0.3], lastYear: 2030 },
  chinese_new_year: { rule: 'chinese 01-0-01', lead: 14, after: [0.6, 0.4, 0.2], lastYear: LAST_YEAR },
  black_friday: {
    rule: 'friday after 4th thursday in November',
    lead: 5,
    after: [1, 0.7, 0.5, 0.4],
    lastYear: LAST_YEAR,
  },
  christmas: { rule: '12-25', lead: 28, after: [0.1], lastYear: LAST_YEAR },
}
const LONGEST_LEAD = 28

const ofYear = new Map<number, Record<Festival, readonly number[]>>()

/** Days on which a festival falls in a year: one, but for an Eid that comes twice in a year or, rarely, not at all. */
export function festivalDays(festival: Festival, year: number): readonly number[] {
  if (year < FIRST_YEAR || year > LAST_YEAR) {
    throw new RangeError(
      `There are no festivals for ${year}. Choose dates from ${FIRST_YEAR}-01-01 to ${LAST_YEAR}-12-31.`,
    )
  }
  let days = ofYear.get(year)
  if (!days) {
    days = daysOfYear(year)
    ofYear.set(year, days)
  }
  return days[festival]
}

/**
 * How much of a festival is in the air: it climbs from 0 to 1 on the eve, and falls quickly after the day.
 * Black Friday is at its height on the day.
 */
export function festivalWeight(festival: Festival, day: number): number {
  return festivalWeights(day)[FESTIVALS.indexOf(festival)]!
}

let latest: { day: number; weights: Float64Array } | undefined

/** The weights of all festivals, in the order of FESTIVALS. Shared: do not write to it. */
export function festivalWeights(day: number): Float64Array {
  if (latest?.day === day) return latest.weights
  const weights = new Float64Array(FESTIVALS.length)
  const { year } = calendarDate(day)
  const next = year < LAST_YEAR && calendarDate(day + LONGEST_LEAD).year > year ? year + 1 : year
  for (let index = 0; index < FESTIVALS.length; index++) {
    const festival = FESTIVALS[index]!
    for (let of = year; of <= next; of++) {
      for (const date of festivalDays(festival, of)) {
        weights[index] = Math.max(weights[index]!, shape(RULES[festival], day - date))
      }
    }
  }
  latest = { day, weights }
  return weights
}

/** @param since days since the festival; below 0 before it */
function shape(rule: Rule, since: number): number {
  if (since >= 0) return rule.after[since] ?? 0
  if (since <= -rule.lead) return 0
  const climbed = (rule.lead + since) / (rule.lead - 1)
  return climbed * climbed
}

let library: Holidays | undefined

function daysOfYear(year: number): Record<Festival, readonly number[]> {
  library ??= festivalLibrary()
  const entries = library.getHolidays(year, 'en')
  const days = {} as Record<Festival, readonly number[]>
  for (const festival of FESTIVALS) {
    const { rule, lastYear } = RULES[festival]
    days[festival] =
      year > lastYear
        ? byLunations(festival, year)
        : entries
            .filter((holiday) => (rule === undefined ? holiday.name === 'Deepavali' : holiday.rule === rule))
            .map((holiday) => dayOf(holiday.date))
            .slice(0, rule === undefined ? 1 : undefined)
  }
  return days
}

/** Singapore's calendar, which alone has Deepavali, without what is slow to work out, and with the festivals of others. */
function festivalLibrary(): Holidays {
  const calendar = new Holidays('SG')
  for (const start of ['chinese 01-0-02', 'substitutes chinese 01-0-01', 'substitutes chinese 01-0-02']) {
    for (const end of ['', ' if sunday then next monday', ' if sunday then next tuesday']) {
      calendar.unsetRule(`${start}${end}`)
    }
  }
  for (const { rule } of Object.values(RULES)) {
    if (rule) calendar.setHoliday(rule, { name: rule, type: 'observance' })
  }
  return calendar
}

/** A year of 12 lunations after the last date known; Diwali, which stays in autumn, takes a 13th when it must. */
function byLunations(festival: Festival, year: number): number[] {
  const last = festivalDays(festival, RULES[festival].lastYear).at(-1)!
  const after = (lunations: number) => last + Math.floor(lunations * LUNATION_DAYS + 0.5)
  const days: number[] = []
  for (let lunations = 12; ; lunations += 12) {
    // The new moon of Kartik lies from 17 October to 15 November.
    if (festival === 'diwali' && isBefore(after(lunations), 10, 17)) lunations++
    const day = after(lunations)
    const yearOfDay = calendarDate(day).year
    if (yearOfDay > year) return days
    if (yearOfDay === year) days.push(day)
  }
}

function isBefore(day: number, month: number, date: number): boolean {
  const calendar = calendarDate(day)
  return calendar.month < month || (calendar.month === month && calendar.date < date)
}

const holidays = new Map<string, Map<number, string>>()

/** Public holidays of a country in a year, by day; none for a country that date-holidays does not have. */
export function publicHolidays(country: string, year: number): ReadonlyMap<number, string> {
  const key = `${country} ${year}`
  let days = holidays.get(key)
  if (!days) {
    days = new Map()
    for (const { date, start, end, name } of new Holidays(country, { types: ['public'] }).getHolidays(
      year,
      'en',
    )) {
      const first = dayOf(date)
      // Rounded, since a night in which the clocks change is an hour shorter.
      const length = Math.max(1, Math.round((end.getTime() - start.getTime()) / DAY_MS))
      for (let day = first; day < first + length; day++) days.set(day, name)
    }
    holidays.set(key, days)
  }
  return days
}

export function isPublicHoliday(country: string, day: number): boolean {
  return publicHolidays(country, calendarDate(day).year).has(day)
}
