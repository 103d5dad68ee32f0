/** The twin's director: what can happen in the stores, what is asked of it over HTTP, and what it answers. */
import { type Static, Type } from 'typebox'
import { identifier, Sku, StoreId } from './events.ts'
import { day, line } from './outside.ts'

export const HAPPENING_KINDS = [
  'festival',
  'price_drop',
  'rainy_week',
  'heat_wave',
  'supplier_delay',
  'till_outage',
  'scanner_fault',
  'theft',
  'viral_product',
] as const
export type HappeningKind = (typeof HAPPENING_KINDS)[number]

const strict = { additionalProperties: false } as const
const Time = Type.String({ format: 'date-time', description: 'UTC' })
const CalendarDate = Type.String({
  pattern: '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$',
  description: 'YYYY-MM-DD, by the calendar of each store',
})
const OrderId = identifier('purchase order; comes back on the receipts of inventory-updates')

/** Times real time: 3600 is an hour of store time in a second. `max`: as fast as the machine can. */
export const Speed = Type.Union([Type.Number({ minimum: 1, maximum: 10_000 }), Type.Literal('max')])
export type Speed = Static<typeof Speed>

export const SpeedRequest = Type.Object({ speed: Speed }, strict)

export const JumpRequest = Type.Object({ date: day('by the calendar of each store') }, strict)

const DAYS_LIMIT = 90
export const HappeningRequest = Type.Object(
  {
    kind: Type.Enum([...HAPPENING_KINDS]),
    stores: Type.Optional(
      Type.Array(StoreId, {
        minItems: 1,
        maxItems: 1_000,
        uniqueItems: true,
        description: 'all stores when absent',
      }),
    ),
    category: Type.Optional(line(80)),
    sku: Type.Optional(Sku),
    supplier_id: Type.Optional(line(64)),
    till_id: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 })),
    days: Type.Optional(Type.Integer({ minimum: 1, maximum: DAYS_LIMIT })),
    hours: Type.Optional(
      Type.Integer({ minimum: 1, maximum: DAYS_LIMIT * 24, description: 'instead of days' }),
    ),
    strength: Type.Optional(
      Type.Number({
        minimum: -1_000,
        maximum: 1_000,
        description: 'what it means depends on the kind: see docs/twin.md',
      }),
    ),
  },
  strict,
)
/** Which one is ended: its kind and number. */
export const HappeningPath = Type.Object({ id: line(64) }, strict)

export type HappeningRequest = Static<typeof HappeningRequest>

export const OrderRequest = Type.Object(
  {
    purchase_order_id: OrderId,
    store_id: StoreId,
    lines: Type.Array(
      Type.Object(
        {
          sku: Sku,
          quantity: Type.Integer({
            minimum: 1,
            maximum: 1_000_000,
            description: "in the product's unit: pieces, or grams",
          }),
        },
        strict,
      ),
      { minItems: 1, maxItems: 1_000 },
    ),
  },
  strict,
)
export type OrderRequest = Static<typeof OrderRequest>

export const REORDER_KINDS = ['plain', 'external'] as const
export const PolicyRequest = Type.Object(
  {
    store_id: Type.Optional(StoreId),
    kind: Type.Enum([...REORDER_KINDS], {
      description: 'plain: the store reorders by itself. external: it lives by the orders that are posted',
    }),
  },
  strict,
)
export type PolicyRequest = Static<typeof PolicyRequest>

/** Something that the director lets happen, as it is told to people. */
export const HappeningState = Type.Object({
  id: Type.String(),
  kind: Type.Enum([...HAPPENING_KINDS]),
  active: Type.Boolean({ description: 'false: it has not begun' }),
  from: Time,
  to: Time,
  strength: Type.Number(),
  stores: Type.Array(StoreId, { description: 'empty: all' }),
  category: Type.Optional(Type.String()),
  sku: Type.Optional(Sku),
  product_name: Type.Optional(Type.String()),
  supplier_id: Type.Optional(Type.String()),
  till_id: Type.Optional(Type.Integer()),
})
export type HappeningState = Static<typeof HappeningState>

export const OrderState = Type.Object({
  purchase_order_id: OrderId,
  store_id: StoreId,
  lines: Type.Integer({ minimum: 1 }),
  posted_at: Type.Intersect([Time], { description: 'store time, UTC' }),
})
export type OrderState = Static<typeof OrderState>

export const DirectorState = Type.Object({
  run: Type.String({ description: 'world, seed and digest: another world or seed is another run' }),
  world: Type.String(),
  seed: Type.Integer(),
  time_zone: Type.String({ description: 'IANA name: of the first store' }),
  /** Store time as of a moment of wall time: whoever shows it carries it on at the speed. */
  clock: Type.Object({
    store_time: Time,
    as_of: Type.Intersect([Time], { description: 'wall time at which the clock showed store_time' }),
    speed: Speed,
    paused: Type.Boolean(),
  }),
  jump: Type.Union([
    Type.Null(),
    Type.Object(
      {
        to: CalendarDate,
        reached: Type.Intersect([Time], { description: 'store time up to which all is simulated' }),
      },
      { description: 'the days between are being simulated' },
    ),
  ]),
  happenings: Type.Array(HappeningState, { description: 'active and coming ones, by their beginning' }),
  orders: Type.Array(OrderState, { description: 'posted lately, newest first, at most 100' }),
  external_stores: Type.Array(StoreId, { description: 'stores that do not reorder by themselves' }),
})
export type DirectorState = Static<typeof DirectorState>
