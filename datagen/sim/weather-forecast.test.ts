import { dayOf } from '@shelfcast/contracts/dates'
import { expect, test } from 'vitest'
import { world } from '../../test/datagen/world.ts'
import { createWeather } from './weather.ts'
import { createWeatherForecasts, FORECAST_DAYS } from './weather-forecast.ts'

const zone = world().weather_zones[0]!
const two = world({ weather_zones: [zone, { ...zone, zone_id: 'cork', name: 'Cork', noise_c: 4 }] })
const FIRST = dayOf('2005-01-01')
const DAYS = 20 * 365
const weather = createWeather(two, 1)
const forecasts = createWeatherForecasts(two, 1)
const evenings = Array.from({ length: DAYS }, (_, index) => FIRST + index)
const issued = evenings.map((evening) => forecasts.issued(evening))
const truth = Array.from({ length: DAYS + FORECAST_DAYS + 1 }, (_, index) => weather.on(FIRST + index))

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
const rms = (values: readonly number[]) => Math.sqrt(mean(values.map((value) => value * value)))
const leads = Array.from({ length: FORECAST_DAYS }, (_, index) => index + 1)
/** Forecast and truth of all evenings, at a lead. */
const pairs = (lead: number, at: number) =>
  issued.map((days, index) => ({ forecast: days[lead - 1]![at]!, actual: truth[index + lead]![at]! }))

test.each([0, 1])(
  'zone %i: the temperature is nearly right tomorrow, and no better than the climate in ten days',
  (at) => {
    const { noise_c } = two.weather_zones[at]!
    const errors = leads.map((lead) =>
      rms(pairs(lead, at).map(({ forecast, actual }) => forecast.temperature - actual.temperature)),
    )
    expect(errors).toEqual(errors.toSorted((a, b) => a - b))
    expect(errors[0]! / noise_c).toBeCloseTo(0.3, 1)
    expect(errors.at(-1)! / noise_c).toBeGreaterThan(0.9)
    expect(errors.at(-1)! / noise_c).toBeLessThan(1.05)
    for (const lead of leads) {
      expect(
        Math.abs(
          mean(pairs(lead, at).map(({ forecast, actual }) => forecast.temperature - actual.temperature)),
        ),
      ).toBeLessThan(0.2)
    }
  },
)

test('rain is mostly right tomorrow, sometimes missed, and comes down to the climate', () => {
  const climate = zone.wet_days_share * zone.wet_day_mm
  const errors = leads.map((lead) =>
    rms(pairs(lead, 0).map(({ forecast, actual }) => forecast.rain_mm - actual.rain_mm)),
  )
  const ofClimate = rms(truth.map(([dublin]) => dublin!.rain_mm - climate))
  expect(errors).toEqual(errors.toSorted((a, b) => a - b))
  expect(errors[0]!).toBeLessThan(0.5 * ofClimate)
  expect(errors.at(-1)! / ofClimate).toBeCloseTo(1, 1)
  for (const lead of leads)
    expect(mean(pairs(lead, 0).map(({ forecast }) => forecast.rain_mm)) / climate).toBeCloseTo(1, 0)
  const tomorrow = pairs(1, 0)
  const wet = tomorrow.filter(({ actual }) => actual.rain_mm > 2)
  const missed = wet.filter(({ forecast }) => forecast.rain_mm < 0.5).length / wet.length
  expect(missed).toBeGreaterThan(0.01)
  expect(missed).toBeLessThan(0.1)
  // At a long lead hardly any day is said to be dry.
  expect(Math.min(...pairs(FORECAST_DAYS, 0).map(({ forecast }) => forecast.rain_mm))).toBeGreaterThan(
    climate / 2,
  )
})

test('what is said of a day moves only as far as the skill of a day less tells', () => {
  const error = (lead: number) => zone.noise_c * (0.3 + (0.67 * (lead - 1)) / (FORECAST_DAYS - 1))
  for (const lead of leads.slice(1)) {
    const moves = evenings
      .slice(FORECAST_DAYS)
      .map(
        (_, index) =>
          issued[index + 1]![lead - 2]![0]!.temperature - issued[index]![lead - 1]![0]!.temperature,
      )
    expect(rms(moves) / Math.sqrt(error(lead) ** 2 - error(lead - 1) ** 2)).toBeCloseTo(1, 1)
  }
})

test('any evening can be asked for alone, and another seed has other errors', () => {
  const evening = FIRST + 1_234
  expect(createWeatherForecasts(two, 1).issued(evening)).toEqual(issued[1_234])
  expect(forecasts.issued(evening)).toEqual(issued[1_234])
  expect(createWeatherForecasts(two, 2).issued(evening)).not.toEqual(issued[1_234])
})
