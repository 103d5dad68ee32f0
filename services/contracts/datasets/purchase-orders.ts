/**
 * Purchase orders: what stores have ordered. A source tells the lines of an order when it is placed; receipts on
 * `inventory-updates` name the order that they answer.
 */
import { type Static, Type } from 'typebox'
import { Instant, identifier, Sku, StoreId, Unit } from '../events.ts'
import { STRICT } from '../outside.ts'
import { DAY_PATTERN, isKept } from './days.ts'
import type { RowDataset } from './layout.ts'
import { SupplierId } from './suppliers.ts'

/** A SKU of an order of a store. Told again, the line with the later `told_at` holds. */
export const PurchaseOrderLine = Type.Object(
  {
    purchase_order_id: identifier('unique within its store for ever; receipts name it'),
    store_id: StoreId,
    supplier_id: SupplierId,
    sku: Sku,
    quantity: Type.Integer({ minimum: 1, maximum: 2_147_483_647, description: 'in `unit`' }),
    unit: Unit,
    ordered_at: Instant,
    expected_on: Type.Optional(
      Type.String({
        pattern: DAY_PATTERN,
        description: "day at the store, by the supplier's usual lead time",
      }),
    ),
    told_at: Type.Intersect([Instant], { description: 'store time at which the source says so' }),
    opening: Type.Boolean({
      description:
        'one of all lines that the store has on order: what was told of it before and is not told again is over',
    }),
  },
  STRICT,
)
export type PurchaseOrderLine = Static<typeof PurchaseOrderLine>

function fault(row: unknown): string | undefined {
  const { ordered_at, told_at, expected_on } = row as PurchaseOrderLine
  const days = { ordered_at: ordered_at.slice(0, 10), told_at: told_at.slice(0, 10), expected_on }
  const [field, day] = Object.entries(days).find(([, date]) => date !== undefined && !isKept(date)) ?? []
  return field && `${field} has the day ${day}, which is none of the years 1990 to 2099`
}

export const PURCHASE_ORDERS = {
  kind: 'purchase-orders',
  arrival: 'series',
  format: 'ndjson',
  schema: PurchaseOrderLine,
  fault,
  target: {
    table: 'fact_purchase_orders',
    columns: ({ source, name }) => ({ source, object: name }),
  },
} as const satisfies RowDataset
