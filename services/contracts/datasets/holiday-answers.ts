/** Public holidays of a country and a year, as Nager.Date tells them, or a library in its place. */
import { type Static, Type } from 'typebox'
import type { RowDataset } from './layout.ts'

export const HolidayAnswer = Type.Array(
  Type.Object({
    date: Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\d$' }),
    localName: Type.String(),
    name: Type.String(),
    countryCode: Type.String(),
    global: Type.Boolean({ description: 'in the whole country, not only in `counties`' }),
    counties: Type.Union([Type.Array(Type.String()), Type.Null()]),
    types: Type.Array(Type.String()),
  }),
  { minItems: 1 },
)
export type HolidayAnswer = Static<typeof HolidayAnswer>

export const HOLIDAY_ANSWERS = {
  kind: 'holiday-answers',
  arrival: 'series',
  format: 'json',
  schema: HolidayAnswer,
} as const satisfies RowDataset
