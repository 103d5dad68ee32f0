/**
 * What the platform is told as store days end: the weather that was, the forecast of the evening, and by the week the
 * prices and promotions that are announced. It goes on where the history of the run ends, as a series of the
 * kind `outlooks`. They follow from the days that they tell, and the lake knows how far they go; so after a
 * kill nothing is missing, and what is told twice is the same.
 */

import type { HistoryManifest } from '@shelfcast/contracts/datasets/histories'
import { seriesFolder } from '@shelfcast/contracts/datasets/layout'
import { OUTLOOKS, outlookFile, parseOutlookFile } from '@shelfcast/contracts/datasets/outlooks'
import { DAY_MS, type DaySpan, dateOf, dayOf, localDay, mondayOf } from '@shelfcast/contracts/dates'
import type { Lake } from '@shelfcast/runtime/lake'
import type { Logger } from '@shelfcast/runtime/log'
import { calendarRows } from '../history/calendar.ts'
import { firstAnnounced, planRows, weeksKnown } from '../history/plans.ts'
import { CALENDAR_DAYS } from '../history/surroundings.ts'
import type { NewRows } from '../history/target.ts'
import { forecastRows, weatherRows } from '../history/weather.ts'
import { LAST_DAY } from '../sim/festivals.ts'
import type { Conditions, Happening } from '../sim/model.ts'
import { createWeather } from '../sim/weather.ts'
import { createWeatherForecasts } from '../sim/weather-forecast.ts'
import { TWIN_SOURCE } from '../world/reference.ts'
import { measuredWeather, WEATHER_HAPPENINGS } from './measured-weather.ts'
import type { Run } from './run.ts'

/** Without a history it begins so many days before the stores do. */
const DAYS_BEFORE = 60
/** Days of one object at most: what it costs to make them holds the stream up. */
const DAYS_OF_AN_OBJECT = 91
/** The calendar goes on every twelve weeks, when about 300 of its days are left. */
const CALENDAR_WEEKS = 12
const CALENDAR_LEFT = 300
const RETRY_MS = 1_000
/** Told last: who finds it in the lake knows that the days are told in full. */
const LAST_TABLE = 'forecasts'

export interface Outlook {
  /**
   * The stream has come to an instant: what is known by then is published beside it.
   * @param at milliseconds since 1970
   * @param happenings that have not ended everywhere
   */
  reach(at: number, happenings: readonly Happening[]): void
  /** Resolves when nothing is under way; what failed is tried again with the next `reach`. */
  settled(): Promise<void>
}

/** Where the outlook of a run begins. */
export interface OutlookBegin {
  /** Last day that the history tells with its outlook. */
  lastDay?: number
  /** First day of which nothing is told, when the history has no outlook. */
  since?: number
}

export function outlookBegin(history: HistoryManifest | undefined): OutlookBegin {
  if (!history) return {}
  const last = dayOf(history.to)
  return history.objects.some(({ table }) => table === LAST_TABLE) ? { lastDay: last } : { since: last + 1 }
}

/**
 * @param options.conditions of its own: it asks for weeks of which the stream does not know yet
 */
export function createOutlook(options: {
  lake: Lake
  log: Logger
  run: Run
  /** Says that what is under way is the last. */
  signal: AbortSignal
  conditions: Conditions
  begin: OutlookBegin
}): Outlook {
  const { lake, log, run, signal, conditions, begin } = options
  const { world, seed } = conditions
  const folder = seriesFolder(OUTLOOKS.kind, TWIN_SOURCE, run.id)
  const timeZones = [...new Set(world.stores.map(({ time_zone }) => time_zone))]
  const weather = createWeather(world, seed)
  const forecasts = createWeatherForecasts(world, seed)
  const happened = new Map<string, Happening>()
  /** Last day that is told. */
  let lastDay: number | undefined
  /** Days of which a former process told a part. */
  let begun: DaySpan | undefined
  let isOpen = false
  /** Last day that is over at every store. */
  let over = Number.NEGATIVE_INFINITY
  let working: Promise<void> | undefined
  let failedAt = Number.NEGATIVE_INFINITY

  /** Finds how far a former process came. */
  async function open(): Promise<void> {
    lastDay = begin.lastDay
    begun = undefined
    for await (const { name } of lake.list('raw', folder)) {
      const file = parseOutlookFile(name.slice(folder.length))
      if (!file) continue
      const span = { from: dayOf(file.from), to: dayOf(file.to) }
      begun = file.table === LAST_TABLE ? undefined : span
      if (begun === undefined) lastDay = Math.max(lastDay ?? span.to, span.to)
    }
    isOpen = true
  }

  async function publish(): Promise<void> {
    if (!isOpen) await open()
    while (!signal.aborted && (lastDay === undefined || lastDay < over)) {
      // Files are not told out of order: the span of a former process comes first, when its days are over again.
      if (begun !== undefined && begun.to > over) return
      const from = lastDay === undefined ? Math.min(over - DAYS_BEFORE, begin.since ?? over) : lastDay + 1
      const span = begun ?? { from, to: Math.min(over, from + DAYS_OF_AN_OBJECT - 1) }
      for (const { table, rows, body } of tidings(span, lastDay === undefined)) {
        const name = outlookFile({ from: dateOf(span.from), to: dateOf(span.to) }, table)
        // It is there when a former process was killed in the middle of the span.
        await lake.create('raw', `${folder}${name}`, body, { rows: String(rows) })
      }
      lastDay = span.to
      begun = undefined
      const begins = lastDay * DAY_MS
      for (const [id, { to }] of happened) if (to < begins) happened.delete(id)
    }
  }

  /**
   * What becomes known on the evenings of a span.
   * @param isFirst with the plans of weeks that were announced before
   */
  function* tidings(span: DaySpan, isFirst: boolean): Generator<NewRows> {
    const { from, to } = span
    const calendar = isFirst ? { from, to: to + CALENDAR_DAYS } : calendarDue(span)
    if (calendar && calendar.from <= LAST_DAY) yield calendarRows(world, calendar)
    const mondays = weeksKnown(isFirst ? mondayOf(from) : firstAnnounced(from), to)
    if (mondays.length > 0) yield* planRows(conditions, mondays)
    yield weatherRows(world, measuredWeather(world, weather, [...happened.values()]), span)
    yield forecastRows(world, forecasts, span)
  }

  return {
    reach(at, happenings) {
      for (const happening of happenings) {
        const { id, kind, from } = happening
        // One that has not begun can still be called off.
        if (from < at && WEATHER_HAPPENINGS.includes(kind)) happened.set(id, happening)
      }
      over = Math.max(over, Math.min(...timeZones.map((zone) => localDay(zone, at))) - 1)
      if (working || signal.aborted || (isOpen && lastDay !== undefined && lastDay >= over)) return
      if (performance.now() - failedAt < RETRY_MS) return
      const isRepeated = failedAt > Number.NEGATIVE_INFINITY
      working = publish()
        .then(() => {
          failedAt = Number.NEGATIVE_INFINITY
        })
        .catch((error) => {
          if (!isRepeated && !signal.aborted)
            log.warn({ err: error }, 'outlook of the twin not published; it is tried again')
          failedAt = performance.now()
        })
        .finally(() => {
          working = undefined
        })
    },
    async settled() {
      await working
    },
  }
}

/** Days by which the calendar is made longer on the evenings of a span. */
function calendarDue({ from, to }: DaySpan): DaySpan | undefined {
  const every = 7 * CALENDAR_WEEKS
  const first = mondayOf(0) + Math.ceil((from - mondayOf(0)) / every) * every
  if (first > to) return undefined
  const last = first + Math.floor((to - first) / every) * every
  return { from: first + CALENDAR_LEFT, to: last + CALENDAR_DAYS }
}
