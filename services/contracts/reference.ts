/** Reference data: which stores and products exist. A source publishes it to the lake before its first event. */
import { type Static, Type } from 'typebox'
import { Currency, Sku, StoreId, Unit } from './events.ts'

export const Store = Type.Object(
  {
    store_id: StoreId,
    name: Type.String({ minLength: 1, maxLength: 200 }),
    profile: Type.String({ description: 'convenience, supermarket, hypermarket, campus, online, ...' }),
    region: Type.String(),
    time_zone: Type.String({ description: 'IANA name' }),
    currency: Currency,
  },
  { additionalProperties: false },
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
  },
  { additionalProperties: false },
)
export type Product = Static<typeof Product>
