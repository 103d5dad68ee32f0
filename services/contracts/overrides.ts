/** Overrides: a planner's change of a forecast, with reason and expiry, and what it was worth. */
import { type Static, type TSchema, Type } from 'typebox'
import { CalendarDate, Sku, StoreId } from './events.ts'
import { ChangeReason } from './orders.ts'
import { day, limit, line, STRICT, WholeNumber } from './outside.ts'

/** Days that one override may change. */
export const OVERRIDE_DAYS = 120
/** Most that a forecast is multiplied by; 0 takes all of it away. */
const MOST_FACTOR = 100
const MOST_UNITS = 1_000_000

const Nullable = <T extends TSchema>(type: T) => Type.Union([type, Type.Null()])
const Instant = Type.String({ format: 'date-time' })
const Category = line(80, { minLength: 1 })
const Actor = line(80, { minLength: 1, description: 'who' })

/**
 * active     changes forecasts until it expires
 * replaced   a later one of the same scope took its place
 * withdrawn  somebody took it back
 */
export const OVERRIDE_STATES = ['active', 'replaced', 'withdrawn'] as const
export const OverrideState = Type.Enum([...OVERRIDE_STATES])

const terms = {
  from: Type.Intersect([CalendarDate], { description: 'first day that is changed' }),
  to: Type.Intersect([CalendarDate], { description: 'last day that is changed' }),
  factor: Nullable(Type.Number({ description: 'on the mean of each day; null: units are given' })),
  units: Nullable(
    Type.Number({ description: 'of each day, pieces, kilograms or litres; null: a factor is given' }),
  ),
  reason: Type.String(),
  expires_on: Type.Intersect([CalendarDate], {
    description: 'forecasts made after this day are not changed any more',
  }),
  actor: Type.String(),
}

export const Override = Type.Object(
  {
    id: Type.Integer({ minimum: 1 }),
    version: Type.Integer({ minimum: 1, description: 'who ends it says which they saw' }),
    state: OverrideState,
    store_id: Nullable(Type.String({ description: 'null: all stores' })),
    sku: Nullable(Type.String({ description: 'null: all SKUs of the category' })),
    category: Nullable(Type.String()),
    ...terms,
    origin: Nullable(
      Type.Intersect([CalendarDate], { description: 'last day that was known when it was set' }),
    ),
    set_at: Instant,
    replaced_by: Nullable(Type.Integer()),
    ended_at: Nullable(Instant),
    ended_origin: Nullable(
      Type.Intersect([CalendarDate], { description: 'last day that was known when it ended' }),
    ),
  },
  STRICT,
)
export type Override = Static<typeof Override>

export const OverrideRequest = Type.Object(
  {
    store_id: Type.Optional(StoreId),
    sku: Type.Optional(Sku),
    category: Type.Optional(Category),
    from: day('first day that is changed'),
    to: day(`last day that is changed, at most ${OVERRIDE_DAYS} days in all`),
    factor: Type.Optional(Type.Number({ minimum: 0, maximum: MOST_FACTOR, description: 'on each mean' })),
    units: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: MOST_UNITS,
        description: 'of each day, pieces, kilograms or litres: of one SKU at one store',
      }),
    ),
    reason: ChangeReason,
    expires_on: Type.Optional(day('the last day that is changed where it is left out')),
    actor: Type.Optional(Actor),
    replaces: Type.Optional(
      Type.Object(
        { id: WholeNumber, version: WholeNumber },
        { ...STRICT, description: 'the one that this changes, as it was seen' },
      ),
    ),
    key: Type.Optional(
      line(120, { minLength: 1, description: 'who sends the same twice with one key sets one override' }),
    ),
  },
  STRICT,
)
export type OverrideRequest = Static<typeof OverrideRequest>

export const OverrideEnd = Type.Object(
  {
    version: Type.Integer({ minimum: 1, maximum: 2_147_483_647, description: 'that was seen' }),
    reason: ChangeReason,
    actor: Type.Optional(Actor),
  },
  STRICT,
)
export type OverrideEnd = Static<typeof OverrideEnd>

export const OverrideFilter = Type.Object(
  {
    store_id: Type.Optional(StoreId),
    sku: Type.Optional(Sku),
    category: Type.Optional(Category),
    state: Type.Optional(OverrideState),
    before: Type.Optional(WholeNumber),
    limit: Type.Optional(limit(200, '50 where it is left out')),
  },
  STRICT,
)
export type OverrideFilter = Static<typeof OverrideFilter>

export const OverrideEvent = Type.Object(
  {
    event: Type.Enum(['set', 'replaced', 'withdrawn']),
    at: Instant,
    actor: Type.String(),
    reason: Type.String(),
    version: Type.Integer({ description: 'of the override after it' }),
  },
  STRICT,
)
export type OverrideEvent = Static<typeof OverrideEvent>

/**
 * Errors are sums of absolute errors over store SKU days on which the shelf was not empty, pieces, kilograms and litres.
 * Value added is how much less was missed by the override (Fildes, Goodwin, Lawrence and Nikolopoulos, International
 * Journal of Forecasting 25, 2009).
 */
export const OverrideValue = Type.Object(
  {
    days: Type.Integer({ minimum: 0 }),
    series_days: Type.Integer({ minimum: 0 }),
    actual: Type.Number(),
    forecast_error: Type.Number({ description: 'without the override' }),
    override_error: Type.Number({ description: 'with it' }),
    value_added: Nullable(
      Type.Number({
        description: '1 - override_error / forecast_error; below 0: it did harm; null: nothing to divide by',
      }),
    ),
    saved_per_day: Nullable(Type.Number({ description: 'mean of a day: forecast_error - override_error' })),
    saved_low: Nullable(Type.Number({ description: '95% interval of that, t by day; null below two days' })),
    saved_high: Nullable(Type.Number()),
  },
  STRICT,
)
export type OverrideValue = Static<typeof OverrideValue>

export const OverrideAnswer = Type.Object(
  { override: Override, joined: Type.Boolean({ description: 'the key had set it already' }) },
  { $id: 'OverrideAnswer' },
)
export type OverrideAnswer = Static<typeof OverrideAnswer>

export const OverrideList = Type.Object(
  { overrides: Type.Array(Override, { description: 'newest first' }) },
  { $id: 'OverrideList' },
)
export type OverrideList = Static<typeof OverrideList>

export const OverrideDetail = Type.Object(
  {
    override: Override,
    events: Type.Array(OverrideEvent, { description: 'oldest first' }),
    value: Nullable(OverrideValue),
  },
  { $id: 'OverrideDetail' },
)
export type OverrideDetail = Static<typeof OverrideDetail>

export const OverrideValues = Type.Object(
  {
    all: Nullable(OverrideValue),
    by_actor: Type.Array(Type.Object({ actor: Type.String(), value: OverrideValue })),
    by_reason: Type.Array(Type.Object({ reason: Type.String(), value: OverrideValue })),
    by_direction: Type.Array(Type.Object({ direction: Type.Enum(['up', 'down']), value: OverrideValue })),
  },
  { $id: 'OverrideValues', description: 'null and empty: no day of an override is over yet' },
)
export type OverrideValues = Static<typeof OverrideValues>
