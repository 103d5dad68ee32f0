/** Weather as it was, and as it was forecast. */

import { HISTORY_COLUMNS } from '@shelfcast/contracts/datasets/history-tables'
import type { DaySpan } from '@shelfcast/contracts/dates'
import { FORECAST_DAYS, type ForecastWeather, type WeatherForecasts } from '../sim/weather-forecast.ts'
import type { World } from '../world/world.ts'
import { encodeTable } from './table.ts'
import type { NewRows } from './target.ts'

/** Of a day in a zone, as a weather station tells it. */
export type MeasuredWeather = ForecastWeather

/** @param weather of a day, by weather zone */
export function weatherRows(
  world: World,
  weather: { on(day: number): readonly MeasuredWeather[] },
  { from, to }: DaySpan,
): NewRows {
  const days = to - from + 1
  const rows = world.weather_zones.length * days
  const zone = new Int32Array(rows)
  const dates = new Int32Array(rows)
  const temperature = new Float64Array(rows)
  const rain = new Float64Array(rows)
  for (let day = from; day <= to; day++) {
    for (const [index, ofZone] of weather.on(day).entries()) {
      const row = index * days + day - from
      zone[row] = index
      dates[row] = day
      temperature[row] = ofZone.temperature
      rain[row] = ofZone.rain_mm
    }
  }
  const cells = {
    zone_id: { words: world.weather_zones.map(({ zone_id }) => zone_id), indexes: zone },
    date: dates,
    temperature_c: temperature,
    rain_mm: rain,
  }
  return { table: 'weather', rows, body: encodeTable(HISTORY_COLUMNS.weather, cells, rows) }
}

/** @param issued evenings whose forecasts are told */
export function forecastRows(world: World, forecasts: WeatherForecasts, { from, to }: DaySpan): NewRows {
  const rowsOfZone = (to - from + 1) * FORECAST_DAYS
  const rows = world.weather_zones.length * rowsOfZone
  const zone = new Int32Array(rows)
  const issued = new Int32Array(rows)
  const dates = new Int32Array(rows)
  const temperature = new Float64Array(rows)
  const rain = new Float64Array(rows)
  for (let evening = from; evening <= to; evening++) {
    for (const [ahead, zones] of forecasts.issued(evening).entries()) {
      for (const [index, ofZone] of zones.entries()) {
        const row = index * rowsOfZone + (evening - from) * FORECAST_DAYS + ahead
        zone[row] = index
        issued[row] = evening
        dates[row] = evening + ahead + 1
        temperature[row] = ofZone.temperature
        rain[row] = ofZone.rain_mm
      }
    }
  }
  const cells = {
    zone_id: { words: world.weather_zones.map(({ zone_id }) => zone_id), indexes: zone },
    issued_on: issued,
    date: dates,
    temperature_c: temperature,
    rain_mm: rain,
  }
  return { table: 'forecasts', rows, body: encodeTable(HISTORY_COLUMNS.forecasts, cells, rows) }
}
