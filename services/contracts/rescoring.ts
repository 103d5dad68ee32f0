/** What inference is asked of scenarios, and what it answers: means of each day, as they are and as they would be. */
import { type Static, Type } from 'typebox'
import { CalendarDate, Sku, StoreId } from './events.ts'
import { Served, WhatIfChanges } from './inference.ts'
import { SumBand } from './manifest.ts'
import { day, line, STRICT } from './outside.ts'
import { SCENARIO_NAMES, SCENARIO_PARTS } from './scenarios.ts'
import { HORIZONS } from './training.ts'

/** Most series in one answer: some 10 MB of it, and some seconds of scoring. */
export const RESCORED_SERIES_LIMIT = 5_000
/** A region is a list of them. */
const STORES_LIMIT = 2_000
/** Each scenario, and each of its parts alone. */
export const RESCORED_SCENARIOS = SCENARIO_NAMES.length * (SCENARIO_PARTS + 1)

const Scope = {
  stores: Type.Optional(
    Type.Array(StoreId, { maxItems: STORES_LIMIT, description: 'all where it is left out' }),
  ),
  category: Type.Optional(line(80, { minLength: 1 })),
  sku: Type.Optional(Sku),
}

const { from_horizon: _from, to_horizon: _to, festival_days: _days, ...Changes } = WhatIfChanges.properties

export const RescoredPart = Type.Object(
  {
    ...Scope,
    from_day: Type.Optional(day('the first that is forecast where it is left out')),
    to_day: Type.Optional(day('the last')),
    ...Changes,
    festival: Type.Optional(Type.Literal(true, { description: 'falls on each of its days' })),
    demand_factor: Type.Optional(
      Type.Number({ minimum: 0, maximum: 10, description: 'on what the model says' }),
    ),
  },
  STRICT,
)
export type RescoredPart = Static<typeof RescoredPart>

export const RescoreQuestion = Type.Object(
  {
    ...Scope,
    scenarios: Type.Array(Type.Array(RescoredPart, { maxItems: SCENARIO_PARTS }), {
      maxItems: RESCORED_SCENARIOS,
    }),
  },
  STRICT,
)
export type RescoreQuestion = Static<typeof RescoreQuestion>

/** Days of a series, in their order. Quantities are in the unit of the series. */
const Days = (description: string) => Type.Array(Type.Number(), { maxItems: HORIZONS, description })

export const RescoredDays = Type.Object(
  {
    means: Days('units'),
    paid: Days('share of the shelf price as it is known that is paid: factor, less the promotion'),
  },
  STRICT,
)
export type RescoredDays = Static<typeof RescoredDays>

export const RescoreAnswer = Type.Object(
  {
    ...Served,
    days: Type.Array(CalendarDate, { description: 'that are forecast' }),
    sums: Type.Array(SumBand, { description: 'how sums of days scatter; empty where nobody measured it' }),
    ignored: Type.Array(
      Type.Array(Type.Object({ part: Type.Integer({ minimum: 0 }), reason: Type.String() }, STRICT)),
      { description: 'of each scenario, parts that change nothing' },
    ),
    series: Type.Array(
      Type.Object(
        {
          store_id: Type.String(),
          sku: Type.String(),
          category: Type.String(),
          unit: Type.String({ description: 'each, g, ml' }),
          price: Type.Array(Type.Union([Type.Number(), Type.Null()]), {
            description: 'shelf price of each day as it is known, minor units per piece, kilogram or litre',
          }),
          rain_slope: Type.Union([Type.Number(), Type.Null()], {
            description:
              'what rain was measured to do to sales: below 0, less; null where nobody measured it',
          }),
          base: RescoredDays,
          scenarios: Type.Array(Type.Union([RescoredDays, Type.Null()]), {
            description: 'null: exactly the base',
          }),
        },
        STRICT,
      ),
    ),
  },
  { ...STRICT, $id: 'RescoreAnswer' },
)
export type RescoreAnswer = Static<typeof RescoreAnswer>
