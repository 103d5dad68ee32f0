/** What surrounds the sales of a history: calendar, weather and shelf prices, as a retailer would know them. */
import { HISTORY_COLUMNS } from '@shelfcast/contracts/history'
import { calendarDate, dayOf, mondayOf, weekdayOf } from '../sim/calendar.ts'
import { festivalDays, publicHolidays } from '../sim/festivals.ts'
import type { Conditions } from '../sim/model.ts'
import { createWeather } from '../sim/weather.ts'
import { FESTIVALS, PROFILES, type World } from '../world/world.ts'
import { encodeTable } from './table.ts'
import type { NewObject } from './target.ts'

/** Days of a history, both included. */
export interface Span {
  from: number
  to: number
}

/** The objects of the tables beside sales, one by one. */
export function* surroundings(conditions: Conditions, span: Span): Generator<NewObject> {
  yield calendarObject(conditions.world, span)
  yield weatherObject(conditions, span)
  for (const [year, mondays] of weeksOf(span)) {
    const prices = pricesObject(conditions, year, mondays)
    if (prices.rows > 0) yield prices
  }
}

/** Mondays of the weeks by year. The first week, which may begin before the history, is in the history's first year. */
function weeksOf({ from, to }: Span): Map<number, number[]> {
  const weeks = new Map<number, number[]>()
  for (let monday = mondayOf(from); monday <= to; monday += 7) {
    const { year } = calendarDate(Math.max(monday, from))
    weeks.set(year, [...(weeks.get(year) ?? []), monday])
  }
  return weeks
}

function calendarObject(world: World, { from, to }: Span): NewObject {
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
  const holiday = words()
  const festival = words()
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
  const body = encodeTable(HISTORY_COLUMNS.calendar, cells, rows)
  return { name: 'calendar/calendar.parquet', table: 'calendar', rows, body }
}

function weatherObject({ world, seed }: Conditions, { from, to }: Span): NewObject {
  const weather = createWeather(world, seed)
  const days = to - from + 1
  const rows = world.weather_zones.length * days
  const zone = new Int32Array(rows)
  const dates = new Int32Array(rows)
  const temperature = new Float64Array(rows)
  const rain = new Float64Array(rows)
  for (let day = from; day <= to; day++) {
    for (const [index, its] of weather.on(day).entries()) {
      const row = index * days + day - from
      zone[row] = index
      dates[row] = day
      temperature[row] = its.temperature
      rain[row] = its.rain_mm
    }
  }
  const cells = {
    zone_id: { words: world.weather_zones.map(({ zone_id }) => zone_id), indexes: zone },
    date: dates,
    temperature_c: temperature,
    rain_mm: rain,
  }
  const body = encodeTable(HISTORY_COLUMNS.weather, cells, rows)
  return { name: 'weather/weather.parquet', table: 'weather', rows, body }
}

function pricesObject(conditions: Conditions, year: number, mondays: readonly number[]): NewObject {
  const { world } = conditions
  const sold = PROFILES.flatMap((profile, zone) =>
    world.stores.some((store) => store.profile === profile)
      ? world.products.flatMap((product, index) =>
          product.profiles[profile] > 0
            ? [
                {
                  zone,
                  index,
                  launched: product.launched_on ? dayOf(product.launched_on) : Number.NEGATIVE_INFINITY,
                  withdrawn: product.withdrawn_on ? dayOf(product.withdrawn_on) : Number.POSITIVE_INFINITY,
                },
              ]
            : [],
        )
      : [],
  )
  const most = sold.length * mondays.length
  const profile = new Int32Array(most)
  const sku = new Int32Array(most)
  const week = new Int32Array(most)
  const price = new Int32Array(most)
  // Copied: conditions keep the last few days only.
  const prices = mondays.map((monday) => conditions.on(monday).price.slice())
  let rows = 0
  for (const { zone, index, launched, withdrawn } of sold) {
    for (const [at, monday] of mondays.entries()) {
      if (monday + 6 < launched || monday > withdrawn) continue
      profile[rows] = zone
      sku[rows] = index
      week[rows] = monday
      price[rows] = prices[at]![zone * world.products.length + index]!
      rows++
    }
  }
  const cells = {
    profile: { words: PROFILES, indexes: profile },
    sku: { words: world.products.map((product) => product.sku), indexes: sku },
    week,
    price,
  }
  const body = encodeTable(HISTORY_COLUMNS.prices, cells, rows)
  return { name: `prices/year=${year}/prices.parquet`, table: 'prices', rows, body }
}

/** A text column in the making. */
function words() {
  const known = new Map<string, number>()
  const indexes: number[] = []
  return {
    push(word: string | undefined) {
      if (word !== undefined && !known.has(word)) known.set(word, known.size)
      indexes.push(word === undefined ? -1 : known.get(word)!)
    },
    cells: () => ({ words: [...known.keys()], indexes: Int32Array.from(indexes) }),
  }
}
