/**
 * Purchase orders: what stores have ordered. A source tells the lines of an order when it is placed, in objects of
 * NDJSON in the raw bucket; receipts on `inventory-updates` name the order that they answer.
 */
import { type Static, Type } from 'typebox'
import { Instant, identifier, Sku, StoreId, Unit } from './events.ts'
import { SupplierId } from './reference.ts'

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
        pattern: '^\\d{4}-\\d{2}-\\d{2}$',
        description: "day at the store, by the supplier's usual lead time",
      }),
    ),
    told_at: Type.Intersect([Instant], { description: 'store time at which the source says so' }),
    opening: Type.Boolean({
      description:
        'one of all lines that the store has on order: what was told of it before and is not told again is over',
    }),
  },
  { additionalProperties: false },
)
export type PurchaseOrderLine = Static<typeof PurchaseOrderLine>

export const ORDERS_PREFIX = 'orders/'
/**
 * Folder of a source, or of one of its runs, with its slash. Names in it ascend in the order in which the objects are
 * written, and an object is not changed any more.
 */
export function ordersFolder(source: string, run: string): string {
  return `${ORDERS_PREFIX}${source}/${run}/`
}
