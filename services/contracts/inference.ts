/** What services/inference answers. */
import { type Static, Type } from 'typebox'
import { CalendarDate, Sku, StoreId } from './events.ts'
import { ModelManifest } from './manifest.ts'
import { line } from './outside.ts'
import { Baseline, HORIZONS, REASONS } from './training.ts'

const strict = { additionalProperties: false } as const
const Amount = Type.Number({ description: 'in the unit of the series' })
const Horizon = Type.Integer({ minimum: 1, maximum: HORIZONS })

/** Role of stored forecasts: of the champion, or of the baseline in its place, and of a challenger on trial. */
export const FORECAST_ROLES = ['champion', 'shadow', 'ab'] as const
export const ForecastRole = Type.Enum([...FORECAST_ROLES])
export type ForecastRole = Static<typeof ForecastRole>

/** Who made a forecast. */
export const Served = {
  served_by: Type.Enum(['model', 'baseline']),
  model_version: Type.String({ description: 'of the model, or baseline:NAME' }),
  served_because: Type.Union([Type.String(), Type.Null()], {
    description: 'where a baseline serves: what is wrong with the model, and the fix',
  }),
  origin: Type.String({ ...CalendarDate, description: 'the first forecast is of the day after' }),
  feature_hash: Type.String(),
}

const DayForecast = Type.Object({ p10: Amount, p50: Amount, p90: Amount, mean: Amount }, strict)
export type DayForecast = Static<typeof DayForecast>

export const ForecastQuestion = Type.Object({ store_id: StoreId, sku: Sku }, strict)
export type ForecastQuestion = Static<typeof ForecastQuestion>

export const SeriesForecast = Type.Object(
  {
    store_id: Type.String(),
    sku: Type.String(),
    category: Type.String(),
    unit: Type.String({ description: 'each, g, ml' }),
    ...Served,
    baseline_name: Baseline,
    days: Type.Array(
      Type.Object(
        {
          horizon: Horizon,
          target_date: CalendarDate,
          ...DayForecast.properties,
          baseline: Amount,
          base: Type.Union([Amount, Type.Null()], {
            description:
              'what the model says of an average row; with the reasons it adds up to the mean. Null: a baseline',
          }),
          reasons: Type.Union([
            Type.Object(Object.fromEntries(REASONS.map((reason) => [reason, Amount]))),
            Type.Null(),
          ]),
          words: Type.Array(Type.String(), { description: 'the reasons that matter, largest first' }),
        },
        strict,
      ),
    ),
  },
  { ...strict, $id: 'SeriesForecast' },
)
export type SeriesForecast = Static<typeof SeriesForecast>

/** Kinds of promotion that the features tell apart: price_off has no column of its own. */
export const PROMOTION_KINDS = ['price_off', 'multibuy', 'end_cap', 'coupon'] as const

/** What is different from what is known, on the days from_horizon to to_horizon. */
export const WhatIfChanges = Type.Object(
  {
    price_factor: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, maximum: 10, description: '0.9: a tenth cheaper' }),
    ),
    promotion: Type.Optional(
      Type.Union([
        Type.Object(
          {
            kind: Type.Enum([...PROMOTION_KINDS]),
            off: Type.Number({ minimum: 0, maximum: 1, description: 'share of the price' }),
          },
          strict,
        ),
        Type.Null({ description: 'no promotion' }),
      ]),
    ),
    rain_mm: Type.Optional(Type.Number({ minimum: 0, maximum: 500, description: 'on each day' })),
    temperature_anomaly_c: Type.Optional(
      Type.Number({ minimum: -40, maximum: 40, description: 'degrees Celsius above what is usual' }),
    ),
    festival_days: Type.Optional(
      Type.Array(Horizon, {
        minItems: 1,
        maxItems: HORIZONS,
        description: 'horizons on which a festival falls',
      }),
    ),
    from_horizon: Type.Optional(Horizon),
    to_horizon: Type.Optional(Horizon),
  },
  strict,
)
export type WhatIfChanges = Static<typeof WhatIfChanges>

/** Most series in one answer: what more would hold up those who ask for other series. */
export const WHAT_IF_SERIES_LIMIT = 500

export const WhatIfQuestion = Type.Object(
  {
    store_id: StoreId,
    sku: Type.Optional(Sku),
    category: Type.Optional(line(80, { minLength: 1, description: 'where no sku is given' })),
    changes: WhatIfChanges,
  },
  strict,
)
export type WhatIfQuestion = Static<typeof WhatIfQuestion>

const { promotion: _promotion, festival_days: _festivals, ...PlainChanges } = WhatIfChanges.properties
const DAY_AHEAD = '([1-9]|1[0-9]|2[0-8])'

/** The same as the query of a URL, so that a scenario can be kept and passed on as one. */
export const WhatIfQuery = Type.Object(
  {
    store_id: StoreId,
    sku: WhatIfQuestion.properties.sku,
    category: WhatIfQuestion.properties.category,
    ...PlainChanges,
    promotion: Type.Optional(
      Type.Enum([...PROMOTION_KINDS, 'none'], {
        description: 'none: that which is planned does not take place',
      }),
    ),
    promotion_off: Type.Optional(
      Type.Number({ minimum: 0, maximum: 1, description: 'share of the price that the promotion takes off' }),
    ),
    festival_days: Type.Optional(
      Type.String({
        pattern: `^${DAY_AHEAD}(,${DAY_AHEAD}){0,${HORIZONS - 1}}$`,
        maxLength: 3 * HORIZONS,
        description: `days ahead on which a festival falls, 1 to ${HORIZONS}, with commas`,
      }),
    ),
  },
  strict,
)
export type WhatIfQuery = Static<typeof WhatIfQuery>

export const WhatIfAnswer = Type.Object(
  {
    store_id: Type.String(),
    ...Served,
    ignored: Type.Array(Type.Object({ change: Type.String(), reason: Type.String() }, strict), {
      description: 'changes that the forecast knows nothing of',
    }),
    series: Type.Array(
      Type.Object(
        {
          sku: Type.String(),
          category: Type.String(),
          unit: Type.String({ description: 'each, g, ml; of the API each, kg, l' }),
          model_version: Type.String(),
          before: Type.Number({ description: 'sum of the means' }),
          after: Type.Number(),
          difference: Type.Number(),
          days: Type.Array(
            Type.Object(
              {
                horizon: Horizon,
                target_date: CalendarDate,
                before: DayForecast,
                after: DayForecast,
                difference: Type.Number({ description: 'of the means' }),
              },
              strict,
            ),
          ),
        },
        strict,
      ),
    ),
  },
  { ...strict, $id: 'WhatIfAnswer' },
)
export type WhatIfAnswer = Static<typeof WhatIfAnswer>

const ServingModel = Type.Object(
  { version: Type.String(), feature_hash: Type.String(), manifest: ModelManifest },
  strict,
)

export const CurrentModels = Type.Object(
  {
    model: Type.String(),
    champion: Type.Union([ServingModel, Type.Null()]),
    experiment: Type.Union([
      Type.Object(
        { mode: Type.Enum(['shadow', 'ab']), share: Type.Number(), challenger: ServingModel },
        strict,
      ),
      Type.Null(),
    ]),
    trouble: Type.Union([Type.String(), Type.Null()], {
      description: 'why a baseline serves, or why the challenger is not tried',
    }),
    origin: Type.Union([CalendarDate, Type.Null()]),
    series: Type.Integer({ minimum: 0, description: 'that can be forecast' }),
    swaps: Type.Integer({ minimum: 0, description: 'how often another champion took over since the start' }),
  },
  { ...strict, $id: 'CurrentModels' },
)
export type CurrentModels = Static<typeof CurrentModels>
