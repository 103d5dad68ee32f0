/** Weather as Open-Meteo tells it of a place: the service's own answers, byte for byte. */
import { type Static, Type } from 'typebox'
import type { RowDataset } from './layout.ts'

const Values = Type.Array(Type.Union([Type.Number(), Type.Null()]))
const Celsius = Type.Literal('°C')

export const WeatherAnswer = Type.Object({
  latitude: Type.Number(),
  longitude: Type.Number(),
  timezone: Type.String(),
  utc_offset_seconds: Type.Integer(),
  daily_units: Type.Object({
    temperature_2m_mean: Celsius,
    temperature_2m_max: Celsius,
    temperature_2m_min: Celsius,
    precipitation_sum: Type.Literal('mm'),
    precipitation_hours: Type.Literal('h'),
  }),
  daily: Type.Object({
    time: Type.Array(Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\d$' }), { minItems: 1 }),
    temperature_2m_mean: Values,
    temperature_2m_max: Values,
    temperature_2m_min: Values,
    precipitation_sum: Values,
    precipitation_hours: Values,
  }),
})
export type WeatherAnswer = Static<typeof WeatherAnswer>

export const WEATHER_ANSWERS = {
  kind: 'weather-answers',
  arrival: 'series',
  format: 'json',
  schema: WeatherAnswer,
} as const satisfies RowDataset
