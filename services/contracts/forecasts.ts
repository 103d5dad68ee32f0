/** Forecasts as the API tells of them: quantities are pieces, kilograms or litres. */
import { type Static, type TSchema, Type } from 'typebox'
import { Count } from './api.ts'
import { CalendarDate, Sku, StoreId } from './events.ts'
import { line, STRICT } from './outside.ts'
import { HORIZONS, Reason } from './training.ts'

/** Most series in one page of the list. */
export const SERIES_LIMIT = 200
/** Days before the first forecast that a series is shown with. */
export const HISTORY_DAYS = 90

const Nullable = <T extends TSchema>(type: T) => Type.Union([type, Type.Null()])
const Quantity = Type.Number({ description: 'pieces, kilograms or litres: see unit' })
export const SeriesUnit = Type.Enum(['each', 'kg', 'l'])
export type SeriesUnit = Static<typeof SeriesUnit>

/** Which series: all parts that are given must hold. */
export const ForecastFilter = Type.Object(
  {
    store_id: Type.Optional(StoreId),
    category: Type.Optional(line(80, { minLength: 1 })),
    text: Type.Optional(line(80, { minLength: 1, description: 'in the name or the SKU, whatever its case' })),
  },
  STRICT,
)
export type ForecastFilter = Static<typeof ForecastFilter>

export const FORECAST_SORTS = ['next_7', 'change', 'days_of_cover', 'name', 'store'] as const
export const ForecastOrder = Type.Object({
  sort: Type.Optional(Type.Enum([...FORECAST_SORTS], { default: 'next_7' })),
  order: Type.Optional(Type.Enum(['asc', 'desc'], { default: 'desc' })),
})
export type ForecastOrder = Static<typeof ForecastOrder>

const series = {
  store_id: Type.String(),
  store_name: Type.String(),
  sku: Type.String(),
  name: Type.String(),
  category: Type.String(),
  unit: SeriesUnit,
  origin: Type.String({ ...CalendarDate, description: 'last day that was known' }),
  next_7: Type.Number({ description: 'sum of the means of the next 7 days' }),
  next_28: Quantity,
  last_7: Type.Number({ description: 'sold on the 7 days up to the origin' }),
  change: Nullable(
    Type.Number({ description: 'next_7 against last_7, 0.1: a tenth more; null: nothing was sold' }),
  ),
  on_hand: Nullable(Quantity),
  days_of_cover: Nullable(
    Type.Number({ minimum: 0, description: 'on hand, at what is forecast for a day of the next 7' }),
  ),
  main_reason: Nullable(
    Type.Object(
      { reason: Reason, amount: Quantity },
      {
        description:
          'what moves the next 7 days most, apart from what the series usually sells (recent sales, store)',
      },
    ),
  ),
  served_by: Type.Enum(['model', 'baseline']),
  model_version: Type.String({ description: 'or the name of the baseline' }),
}

export const ForecastSummary = Type.Object({
  ...series,
  history: Type.Array(Type.Number(), { description: 'the last 28 days, the oldest first' }),
  forecast: Type.Array(Type.Number(), { description: 'means of the next 28 days' }),
})
export type ForecastSummary = Static<typeof ForecastSummary>

export const ForecastList = Type.Object(
  {
    rows: Type.Array(ForecastSummary),
    total: Type.Integer({ minimum: 0, description: 'that match' }),
    series: Type.Integer({ minimum: 0, description: 'in all; 0: nothing has been forecast yet' }),
    origin: Nullable(CalendarDate),
    stores: Type.Array(Type.Object({ store_id: Type.String(), name: Type.String(), series: Count })),
    categories: Type.Array(Type.Object({ category: Type.String(), series: Count })),
  },
  { $id: 'ForecastList' },
)
export type ForecastList = Static<typeof ForecastList>

export const SeriesQuestion = Type.Object({ store_id: StoreId, sku: Sku }, STRICT)
export type SeriesQuestion = Static<typeof SeriesQuestion>

const HistoryDay = Type.Object({
  day: CalendarDate,
  units: Quantity,
  stock_out: Type.Boolean({ description: 'the shelf was empty: units is less than demand' }),
  promotion: Type.Boolean(),
})

const ForecastDay = Type.Object({
  horizon: Type.Integer({ minimum: 1, maximum: HORIZONS }),
  day: CalendarDate,
  p10: Quantity,
  p50: Quantity,
  p90: Quantity,
  mean: Quantity,
  baseline: Quantity,
  base: Nullable(
    Type.Number({
      description: 'of any series and day; the amounts of the reasons add up to mean - base',
    }),
  ),
  reasons: Type.Array(Type.Object({ reason: Reason, amount: Quantity }), {
    description: 'in the order of REASONS; none for a baseline',
  }),
  words: Type.Array(Type.String(), { description: 'the reasons that matter, largest first' }),
  override: Type.Optional(
    Type.Object(
      {
        id: Type.Integer(),
        mean: Type.Number({ description: 'what counts: with the override' }),
        actor: Type.String(),
        reason: Type.String(),
      },
      { description: "a planner's change of the day; absent where there is none" },
    ),
  ),
})
export type ForecastDay = Static<typeof ForecastDay>

/** What was forecast for a day that is over, 1 and 7 days before it. */
const PastForecast = Type.Object({
  day: CalendarDate,
  horizon: Type.Integer(),
  p10: Quantity,
  p90: Quantity,
  mean: Quantity,
})

export const ForecastSeries = Type.Object(
  {
    ...series,
    baseline_name: Type.String(),
    served_because: Nullable(
      Type.String({ description: 'where a baseline serves: what is wrong with the model, and the fix' }),
    ),
    coverage_80: Nullable(
      Type.Number({
        description: 'share of the days between p10 and p90 in the backtest of the version',
      }),
    ),
    history: Type.Array(HistoryDay),
    forecast: Type.Array(ForecastDay),
    past: Type.Array(PastForecast),
    overrides_known: Type.Optional(
      Type.Boolean({ description: 'false: the store of overrides does not answer, so none is shown' }),
    ),
  },
  { $id: 'ForecastSeries' },
)
export type ForecastSeries = Static<typeof ForecastSeries>
