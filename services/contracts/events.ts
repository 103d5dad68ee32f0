/**
 * What one message on each topic says. These schemas are the one truth about events: the gate validates with
 * them, the generators are typed by them, and the docs are made from them.
 */
import { type Static, Type } from 'typebox'

/** Longest identifier, in characters. Ids of any alphabet are written in this one by datagen/files/ids.ts; no gate changes an id. */
export const IDENTIFIER_LENGTH = 64

/** Identifiers travel in Kafka keys, object keys and URLs, so their alphabet is one that needs no escaping. */
export const identifier = (description: string) =>
  Type.String({ pattern: `^[A-Za-z0-9][A-Za-z0-9._:-]{0,${IDENTIFIER_LENGTH - 1}}$`, description })

export const StoreId = identifier('store, as in dim_store')
export const Sku = identifier('stock keeping unit, as in dim_product')
export const BasketId = identifier('basket, unique within its store for ever: repetition is recognised by it')

/** UTC with milliseconds, one spelling only, so that it can be compared and parsed as bytes. */
export const Instant = Type.String({
  pattern: '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])T([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d\\.\\d{3}Z$',
  description: 'UTC, YYYY-MM-DDTHH:MM:SS.sssZ',
})

/** A day by the calendar of a store, YYYY-MM-DD. */
export const CalendarDate = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' })

/** ISO 4217. All amounts of a basket are in the minor unit of this currency (cents, pence). */
export const Currency = Type.String({ pattern: '^[A-Z]{3}$' })

/** What one unit of `quantity` is. Weighed goods are sold by the gram or millilitre and priced per kilogram or litre. */
export const Unit = Type.Union([Type.Literal('each'), Type.Literal('g'), Type.Literal('ml')])
export type Unit = Static<typeof Unit>

const int32 = { minimum: -2_147_483_648, maximum: 2_147_483_647 }

/**
 * One scanned line of a basket. Money is in minor units, so sums are exact.
 * The schema takes any 32-bit number where dirt is a matter of business (a price of 0, a negative quantity): the
 * gate's domain rules refuse those with a reason of their own, which says more than "schema".
 */
export const SaleLine = Type.Object(
  {
    line_no: Type.Integer({ minimum: 1, maximum: 100_000, description: 'number on the receipt' }),
    sku: Sku,
    quantity: Type.Integer({ ...int32, description: 'in `unit`; above 0 also on a return' }),
    unit: Unit,
    unit_price: Type.Integer({
      ...int32,
      description: 'minor units before discount: per piece for each, per kilogram for g, per litre for ml',
    }),
    discount: Type.Integer({ ...int32, description: 'minor units off the whole line' }),
    promotion_id: Type.Optional(identifier('promotion that gave the discount')),
    scanned_at: Instant,
  },
  { additionalProperties: false },
)
export type SaleLine = Static<typeof SaleLine>

export const PaymentMethod = Type.Union([
  Type.Literal('card'),
  Type.Literal('cash'),
  Type.Literal('mobile'),
  Type.Literal('voucher'),
  Type.Literal('account'),
  Type.Literal('unknown'),
])

/** Topic `sales-transactions`: one basket. A return is a basket whose goods come back: same shape, `kind` return. */
export const Basket = Type.Object(
  {
    basket_id: BasketId,
    kind: Type.Union([Type.Literal('sale'), Type.Literal('return')]),
    store_id: StoreId,
    till_id: Type.Integer({ minimum: 0, maximum: 100_000 }),
    cashier_id: identifier('who was at the till; self-checkouts have an id of their own'),
    customer_id: Type.Optional(identifier('loyalty customer, absent when anonymous')),
    event_time: Instant,
    currency: Currency,
    lines: Type.Array(SaleLine, { minItems: 1, maxItems: 5_000 }),
    payment: PaymentMethod,
    total: Type.Integer({ ...int32, description: 'minor units, as the till printed it' }),
  },
  { additionalProperties: false },
)
export type Basket = Static<typeof Basket>

/** Topic `inventory-updates`: one stock movement of one SKU in one store. */
export const InventoryMovement = Type.Object(
  {
    movement_id: identifier('unique within its store for ever'),
    kind: Type.Union([
      Type.Literal('receipt'),
      Type.Literal('count'),
      Type.Literal('adjustment'),
      Type.Literal('waste'),
      Type.Literal('transfer'),
      Type.Literal('return'),
    ]),
    store_id: StoreId,
    sku: Sku,
    event_time: Instant,
    quantity: Type.Integer({
      ...int32,
      description: 'in `unit`; signed change of stock, or the counted stock for count',
    }),
    unit: Unit,
    lot: Type.Optional(identifier('supplier lot')),
    expires_on: Type.Optional(
      Type.String({
        // The warehouse would refuse the whole block of a year that its dates do not reach, such as 9999.
        pattern: '^20\\d{2}-\\d{2}-\\d{2}$',
        description: 'last day of sale, from 2000 to 2099; left out where there is none',
      }),
    ),
    purchase_order_id: Type.Optional(identifier('order that a receipt answers')),
  },
  { additionalProperties: false },
)
export type InventoryMovement = Static<typeof InventoryMovement>

/** Topic `pos-events`: what happens at a till besides sales. */
export const PosEvent = Type.Object(
  {
    event_id: identifier('unique within its store for ever'),
    kind: Type.Union([
      Type.Literal('opened'),
      Type.Literal('closed'),
      Type.Literal('price_override'),
      Type.Literal('void'),
      Type.Literal('refund'),
      Type.Literal('scanner_fault'),
      Type.Literal('heartbeat'),
    ]),
    store_id: StoreId,
    till_id: Type.Integer({ minimum: 0, maximum: 100_000 }),
    cashier_id: Type.Optional(identifier('who was at the till')),
    event_time: Instant,
    basket_id: Type.Optional(BasketId),
    sku: Type.Optional(Sku),
    amount: Type.Optional(
      Type.Integer({ ...int32, description: 'minor units refunded, voided or overridden' }),
    ),
    detail: Type.Optional(Type.String({ maxLength: 500 })),
  },
  { additionalProperties: false },
)
export type PosEvent = Static<typeof PosEvent>

/**
 * Value of a line before discount, in minor units. Weighed goods round half up, as tills do.
 * @param quantity in `unit`, above 0
 */
export function grossAmount(line: Pick<SaleLine, 'quantity' | 'unit' | 'unit_price'>): number {
  const product = line.quantity * line.unit_price
  return line.unit === 'each' ? product : Math.floor(product / 1000 + 0.5)
}

/** What the customer pays for a line, in minor units: gross less discount. Above 0 on a return too. */
export function netAmount(line: Pick<SaleLine, 'quantity' | 'unit' | 'unit_price' | 'discount'>): number {
  return grossAmount(line) - line.discount
}
