/** Products: a snapshot of each source, which it publishes before its first event. */
import { type Static, Type } from 'typebox'
import { Sku, Unit } from '../events.ts'
import { line, STRICT } from '../outside.ts'
import { DAY_PATTERN, isKept } from './days.ts'
import { type RowDataset, sourced } from './layout.ts'
import { SupplierId } from './suppliers.ts'

const INT32 = 2_147_483_647

/** What is optional is for planning and forecasts; a source that does not know it leaves it out. */
export const Product = Type.Object(
  {
    sku: Sku,
    name: line(300, { minLength: 1 }),
    department: line(200),
    category: line(200),
    brand: line(200),
    unit: Unit,
    kind: Type.Union([Type.Literal('merchandise'), Type.Literal('service')], {
      description: 'service: postage, fees, samples, manual entries; refused as sales',
    }),
    pack_size: Type.Optional(line(100, { description: 'as printed: 400 g, 6 pack, loose' })),
    cost: Type.Optional(
      Type.Integer({ minimum: 0, maximum: INT32, description: 'minor units, per piece, kilogram or litre' }),
    ),
    price: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: INT32,
        description: 'list price in minor units, per piece, kilogram or litre',
      }),
    ),
    shelf_life_days: Type.Optional(
      Type.Integer({ minimum: 1, maximum: INT32, description: 'from delivery to the last day of sale' }),
    ),
    storage_volume_ml: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: INT32,
        description: 'millilitres of a piece, a kilogram or a litre',
      }),
    ),
    supplier_id: Type.Optional(SupplierId),
    pack_multiple: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: INT32,
        description: 'a supplier pack, in `unit`: orders are multiples of it',
      }),
    ),
    minimum_order_quantity: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: INT32,
        description: 'in `unit`: the supplier takes no less of it in an order of a store',
      }),
    ),
    sold_until: Type.Optional(
      Type.String({
        pattern: DAY_PATTERN,
        description: 'last day of sale, where it leaves the range: nothing is ordered for later',
      }),
    ),
  },
  STRICT,
)
export type Product = Static<typeof Product>

function fault(row: unknown): string | undefined {
  const { sold_until } = row as Product
  return sold_until === undefined || isKept(sold_until)
    ? undefined
    : `sold_until is ${sold_until}, which is no day of the years 1990 to 2099`
}

export const PRODUCTS = {
  kind: 'products',
  arrival: 'snapshot',
  format: 'ndjson',
  schema: Product,
  fault,
  target: sourced('dim_product'),
} as const satisfies RowDataset
