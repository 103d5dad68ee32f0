/**
 * What the platform is told as store days end: the weather that was, the forecast of the evening, and by the week the
 * prices and promotions that are announced. It goes on where the history of the run ends, as objects under
 * `history/<run>-outlook/`. They follow from the days that they tell, and the lake knows how far they go; so after a
 * kill nothing is missing, and what is told twice is the same.
 */

import { DAY_MS, type DaySpan, dateOf, dayOf, localDay, mondayOf } from '@shelfcast/contracts/dates'
import {
  HISTORY_PREFIX,
  HISTORY_TABLES,
  type HistoryManifest,
  type HistoryObject,
  type HistoryTable,
} from '@shelfcast/contracts/history'
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
/** Loaded last: who finds it in the lake knows that the days are told in full. */
const LAST_TABLE = 'forecasts'

export type OutlookObject = Pick<HistoryObject, 'name' | 'table' | 'rows' | 'bytes'>

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
  told?: number
  /** First day of which nothing is told, when the history has no outlook. */
  since?: number
}

export function outlookBegin(history: HistoryManifest | undefined): OutlookBegin {
  if (!history) return {}
  const last = dayOf(history.to)
  return history.objects.some(({ table }) => table === LAST_TABLE) ? { told: last } : { since: last + 1 }
}

/**
 * @param options.conditions of its own: it asks for weeks of which the stream does not know yet
 * @param options.load loads an object of the folder into the warehouse, once
 * @param options.loaded names of the objects of the folder that are loaded
 */
export function createOutlook(options: {
  lake: Lake
  log: Logger
  run: Run
  /** Says that what is under way is the last. */
  signal: AbortSignal
  conditions: Conditions
  begin: OutlookBegin
  load(folder: string, dataset: string, object: OutlookObject): Promise<void>
  loaded(folder: string, dataset: string): Promise<ReadonlySet<string>>
}): Outlook {
  const { lake, log, run, signal, conditions, begin } = options
  const { world, seed } = conditions
  const folder = `${HISTORY_PREFIX}${run.id}-outlook`
  const dataset = `${run.id}/outlook`
  const timeZones = [...new Set(world.stores.map(({ time_zone }) => time_zone))]
  const weather = createWeather(world, seed)
  const forecasts = createWeatherForecasts(world, seed)
  const happened = new Map<string, Happening>()
  /** Last day that is told. */
  let told: number | undefined
  let isOpen = false
  /** Last day that is over at every store. */
  let over = Number.NEGATIVE_INFINITY
  let working: Promise<void> | undefined
  let failedAt = Number.NEGATIVE_INFINITY

  /** Finds how far a former process came, and loads what it could not. */
  async function open(): Promise<void> {
    const loaded = await options.loaded(folder, dataset)
    told = begin.told
    for await (const { name, size } of lake.list('raw', `${folder}/`)) {
      const short = name.slice(folder.length + 1)
      const object = parsedName(short)
      if (!object) continue
      const { table, to } = object
      if (!loaded.has(short)) {
        const rows = Number((await lake.metadata('raw', name))?.rows)
        await options.load(folder, dataset, { name: short, table, rows, bytes: size })
      }
      if (table === LAST_TABLE) told = Math.max(told ?? to, to)
    }
    isOpen = true
  }

  async function publish(): Promise<void> {
    if (!isOpen) await open()
    while (!signal.aborted && (told === undefined || told < over)) {
      const from = told === undefined ? Math.min(over - DAYS_BEFORE, begin.since ?? over) : told + 1
      const span = { from, to: Math.min(over, from + DAYS_OF_AN_OBJECT - 1) }
      for (const { table, rows, body } of tidings(span, told === undefined)) {
        const name = `${table}/${dateOf(span.from)}_${dateOf(span.to)}.parquet`
        // It is there when this was killed before it could load it.
        await lake.create('raw', `${folder}/${name}`, body, { rows: String(rows) })
        await options.load(folder, dataset, { name, table, rows, bytes: body.byteLength })
      }
      told = span.to
      const begins = told * DAY_MS
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
      if (working || signal.aborted || (isOpen && told !== undefined && told >= over)) return
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

/** Of an object of the folder: its table, and the last day that it tells. */
function parsedName(name: string): { table: HistoryTable; to: number } | undefined {
  const match = /^(\w+)\/\d{4}-\d\d-\d\d_(\d{4}-\d\d-\d\d)\.parquet$/.exec(name)
  const table = HISTORY_TABLES.find((each) => each === match?.[1])
  return table && { table, to: dayOf(match![2]!) }
}
