/** Yearly figures of a country, as the World Bank tells them, page by page. */
import { type Static, Type } from 'typebox'
import type { RowDataset } from './layout.ts'

const Named = Type.Object({ id: Type.String(), value: Type.String() })

export const MacroAnswer = Type.Tuple([
  Type.Object({
    page: Type.Integer(),
    pages: Type.Integer(),
    total: Type.Integer(),
    lastupdated: Type.Union([Type.String(), Type.Null()]),
  }),
  Type.Union([
    Type.Array(
      Type.Object({
        indicator: Named,
        country: Named,
        date: Type.String({ pattern: '^\\d{4}$' }),
        value: Type.Union([Type.Number(), Type.Null()]),
      }),
    ),
    Type.Null(),
  ]),
])
export type MacroAnswer = Static<typeof MacroAnswer>

export const MACRO_ANSWERS = {
  kind: 'macro-answers',
  arrival: 'series',
  format: 'json',
  schema: MacroAnswer,
} as const satisfies RowDataset
