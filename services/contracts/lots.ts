/** Lots at risk, and transfers between stores, as the API tells of them. */
import { type Static, type TSchema, Type } from 'typebox'
import { Time } from './api.ts'
import { CalendarDate, Sku, StoreId, Unit } from './events.ts'
import { limit, line, STRICT } from './outside.ts'

const Nullable = <T extends TSchema>(type: T) => Type.Union([type, Type.Null()])
const Money = (description: string) => Type.Integer({ description: `minor units: ${description}` })

export const LOTS_LIMIT = 500

export const LotFilter = Type.Object(
  {
    store_id: Type.Optional(StoreId),
    sku: Type.Optional(Sku),
    category: Type.Optional(line(64, { minLength: 1 })),
    markdown: Type.Optional(
      Type.Enum(['yes', 'no'], { description: 'only lots with a markdown that pays, or only those without' }),
    ),
    limit: Type.Optional(limit(LOTS_LIMIT, '100 where it is left out')),
  },
  STRICT,
)
export type LotFilter = Static<typeof LotFilter>

export const MARKDOWN_REASONS = [
  'pays',
  'nothing_pays',
  'no_price',
  'at_floor',
  'with_other_lot',
  'expired',
  'no_forecast',
] as const

export const PriceStep = Type.Object(
  {
    off: Type.Number({ description: 'share of the price of today' }),
    price: Money('of a piece, kilogram or litre'),
    unsold: Type.Number({ description: 'expected of all stock up to the lot, in unit' }),
    saved: Money('expected, against the price of today'),
    low: Money('saved is at least this with 90% probability'),
    high: Money('saved is at most this with 90% probability'),
  },
  STRICT,
)
export type PriceStep = Static<typeof PriceStep>

export const LotAtRisk = Type.Object({
  store_id: Type.String(),
  sku: Type.String(),
  name: Type.String(),
  category: Type.String(),
  lot: Type.String(),
  unit: Unit,
  expires_on: Type.Intersect([CalendarDate], { description: 'last day of sale' }),
  days_left: Type.Integer({ description: 'days of sale, today included; 0 or less: it has expired' }),
  on_hand: Type.Number({ description: 'of the lot, in unit, as all quantities' }),
  stock: Type.Number({ description: 'of it and of all that is sold before it' }),
  expected_unsold: Nullable(
    Type.Number({ description: 'of the lot on the evening of its last day; null without a forecast' }),
  ),
  unsold_probability: Nullable(
    Type.Number({
      description: 'that some of it is left over, by the distribution of demand; null without a forecast',
    }),
  ),
  model_probability: Nullable(
    Type.Number({
      description:
        'the same by the model slow-mover; null where it has no champion, or did not score the lot',
    }),
  ),
  loss_amount: Nullable(Money('what is expected to be left over, at cost; null where the cost is not known')),
  price: Nullable(Money('of a piece, kilogram or litre, as customers pay it today; null where nobody says')),
  markdown: Nullable(
    Type.Object(PriceStep.properties, {
      ...STRICT,
      description: 'the step that saves most; null where none pays',
    }),
  ),
  markdown_reason: Type.Enum([...MARKDOWN_REASONS]),
  steps: Type.Array(PriceStep, { description: 'all prices that were looked at' }),
  elasticity: Nullable(Type.Number({ description: 'change of log sales by change of log price' })),
  elasticity_error: Nullable(Type.Number({ description: 'standard error' })),
  elasticity_basis: Type.Enum(['measured', 'category', 'usual', ''], {
    description:
      'measured: promotions of the SKU, drawn towards its category; category: of other SKUs of it; usual: nothing was measured',
  }),
  transfer_quantity: Type.Number({ description: 'of the lot that transfers would take away, in unit' }),
  demand_basis: Type.Enum(['held_out_sums', 'default_spread', ''], {
    description: 'where the spread of demand comes from; empty without a forecast',
  }),
  words: Type.Array(Type.String(), { description: 'the same in sentences' }),
})
export type LotAtRisk = Static<typeof LotAtRisk>

const RunStamp = {
  found_at: Nullable(Type.Intersect([Time], { description: 'null: nothing has been looked for yet' })),
  origin: Nullable(Type.Intersect([CalendarDate], { description: 'last day that the forecasts knew' })),
}

export const LotsAtRisk = Type.Object(
  {
    ...RunStamp,
    lots: Type.Array(LotAtRisk, {
      description: 'most money first: what a markdown is expected to save or the loss, whichever is more',
    }),
  },
  { $id: 'LotsAtRisk' },
)
export type LotsAtRisk = Static<typeof LotsAtRisk>

export const TransferFilter = Type.Object(
  {
    store_id: Type.Optional(Type.Intersect([StoreId], { description: 'that sends or receives' })),
    sku: Type.Optional(Sku),
    limit: Type.Optional(limit(LOTS_LIMIT, '100 where it is left out')),
  },
  STRICT,
)
export type TransferFilter = Static<typeof TransferFilter>

/** In their order: each begins with the money that the one before ended with, the first with none. */
export const TRANSFER_STEPS = [
  'sales_gained',
  'sales_risked',
  'waste_avoided',
  'waste_moved',
  'carriage',
  'line',
  'trip',
] as const
export type TransferStepName = (typeof TRANSFER_STEPS)[number]

export const TransferStep = Type.Object(
  {
    step: Type.Enum([...TRANSFER_STEPS]),
    before: Money('so far'),
    after: Money('with this step'),
    facts: Type.Record(Type.String(), Type.Union([Type.Number(), Type.String()])),
  },
  STRICT,
)
export type TransferStep = Static<typeof TransferStep>

export const Transfer = Type.Object({
  from_store: Type.String(),
  to_store: Type.String(),
  sku: Type.String(),
  name: Type.String(),
  lot: Type.String({ description: 'empty: of no known lot' }),
  unit: Unit,
  expires_on: Nullable(CalendarDate),
  quantity: Type.Number({ description: 'in unit' }),
  worth: Money('expected, all costs paid'),
  trip_worth: Money('of all that goes the same way'),
  km: Type.Number(),
  steps: Type.Array(TransferStep),
  words: Type.Array(Type.String(), { description: 'the steps in sentences' }),
})
export type Transfer = Static<typeof Transfer>

export const TransferList = Type.Object(
  {
    ...RunStamp,
    transfers: Type.Array(Transfer, { description: 'the trip that is worth most first, and of it the line' }),
  },
  { $id: 'TransferList' },
)
export type TransferList = Static<typeof TransferList>
