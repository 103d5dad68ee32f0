/** Suppliers: a snapshot of each source that knows them. */
import { type Static, Type } from 'typebox'
import { line, STRICT } from '../outside.ts'
import { type RowDataset, sourced } from './layout.ts'

export const SupplierId = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$' })

export const Supplier = Type.Object(
  {
    supplier_id: SupplierId,
    name: line(200, { minLength: 1 }),
    lead_time_days_mean: Type.Number({ minimum: 0, description: 'from order to delivery' }),
    lead_time_days_sd: Type.Number({ minimum: 0, description: 'standard deviation' }),
    order_weekdays: Type.Array(Type.Integer({ minimum: 1, maximum: 7 }), {
      minItems: 1,
      maxItems: 7,
      description: 'days on which orders are taken; Monday is 1',
    }),
    order_until: Type.Optional(
      Type.String({
        pattern: '^([01]\\d|2[0-3]):[0-5]\\d$',
        description:
          'local time of the store, HH:MM, until which an order counts for its day; absent: all day',
      }),
    ),
    delivery_weekdays: Type.Optional(
      Type.Array(Type.Integer({ minimum: 1, maximum: 7 }), {
        minItems: 1,
        maxItems: 7,
        description: 'days on which it delivers; Monday is 1; absent: all days',
      }),
    ),
    minimum_order: Type.Integer({
      minimum: 0,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'minor units at cost, for one order of one store',
    }),
    reliability: Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'share of order lines that come in full',
    }),
  },
  STRICT,
)
export type Supplier = Static<typeof Supplier>

export const SUPPLIERS = {
  kind: 'suppliers',
  arrival: 'snapshot',
  format: 'ndjson',
  schema: Supplier,
  target: sourced('dim_supplier'),
} as const satisfies RowDataset
