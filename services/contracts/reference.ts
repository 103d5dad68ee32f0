/** Reference data: which stores, products and suppliers exist. A source publishes it to the lake before its first event. */
import { type Static, Type } from 'typebox'
import { Currency, Sku, StoreId, Unit } from './events.ts'

const strict = { additionalProperties: false } as const
export const SupplierId = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$' })

/** What is optional is for planning and forecasts; a source that does not know it leaves it out. */
export const Store = Type.Object(
  {
    store_id: StoreId,
    name: Type.String({ minLength: 1, maxLength: 200 }),
    profile: Type.String({ description: 'convenience, supermarket, hypermarket, campus, online, ...' }),
    region: Type.String(),
    time_zone: Type.String({ description: 'IANA name' }),
    currency: Currency,
    country: Type.Optional(
      Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166, for public holidays' }),
    ),
    weather_zone: Type.Optional(Type.String({ minLength: 1, description: 'as in weather_daily' })),
    latitude: Type.Optional(Type.Number({ minimum: -90, maximum: 90 })),
    longitude: Type.Optional(Type.Number({ minimum: -180, maximum: 180 })),
    opens_at: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 24, description: 'local hour at which it opens' }),
    ),
    closes_at: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 24, description: 'local hour at which it closes' }),
    ),
    size: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, description: 'sales relative to a usual store, which is 1' }),
    ),
  },
  strict,
)
export type Store = Static<typeof Store>

export const Product = Type.Object(
  {
    sku: Sku,
    name: Type.String({ minLength: 1, maxLength: 300 }),
    department: Type.String(),
    category: Type.String(),
    brand: Type.String(),
    unit: Unit,
    kind: Type.Union([Type.Literal('merchandise'), Type.Literal('service')], {
      description: 'service: postage, fees, samples, manual entries; refused as sales',
    }),
    pack_size: Type.Optional(Type.String({ description: 'as printed: 400 g, 6 pack, loose' })),
    cost: Type.Optional(
      Type.Integer({ minimum: 0, description: 'minor units, per piece, kilogram or litre' }),
    ),
    price: Type.Optional(
      Type.Integer({ minimum: 0, description: 'list price in minor units, per piece, kilogram or litre' }),
    ),
    shelf_life_days: Type.Optional(
      Type.Integer({ minimum: 1, description: 'from delivery to the last day of sale' }),
    ),
    storage_volume_ml: Type.Optional(
      Type.Integer({ minimum: 1, description: 'millilitres of a piece, a kilogram or a litre' }),
    ),
    supplier_id: Type.Optional(SupplierId),
    pack_multiple: Type.Optional(
      Type.Integer({ minimum: 1, description: 'a supplier pack, in `unit`: orders are multiples of it' }),
    ),
  },
  strict,
)
export type Product = Static<typeof Product>

export const Supplier = Type.Object(
  {
    supplier_id: SupplierId,
    name: Type.String({ minLength: 1, maxLength: 200 }),
    lead_time_days_mean: Type.Number({ minimum: 0, description: 'from order to delivery' }),
    lead_time_days_sd: Type.Number({ minimum: 0, description: 'standard deviation' }),
    order_weekdays: Type.Array(Type.Integer({ minimum: 1, maximum: 7 }), {
      minItems: 1,
      description: 'days on which orders are taken; Monday is 1',
    }),
    minimum_order: Type.Integer({
      minimum: 0,
      description: 'minor units at cost, for one order of one store',
    }),
    reliability: Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'share of order lines that come in full',
    }),
  },
  strict,
)
export type Supplier = Static<typeof Supplier>
