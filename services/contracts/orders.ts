/** Orders to suppliers: what they are, through which states they go, and how they are sent. */
import { type Static, Type } from 'typebox'
import { CalendarDate, Currency, identifier, Sku, StoreId, Unit } from './events.ts'
import { day, limit, line, STRICT, WholeNumber } from './outside.ts'

/**
 * draft      proposed by a plan or written by a person; `edited` when a person has changed it
 * approved   to be sent; nothing of it is changed any more
 * sent       its channel has taken it
 * confirmed  the supplier says that it will deliver
 * received   all lines are answered by deliveries; `partly_received` while some are not
 */
export const ORDER_STATES = [
  'draft',
  'edited',
  'approved',
  'sent',
  'confirmed',
  'partly_received',
  'received',
  'rejected',
  'cancelled',
] as const
export const OrderState = Type.Enum([...ORDER_STATES])
export type OrderState = Static<typeof OrderState>

/**
 * What may follow what. A receipt may come before a confirmation, before the sender has heard that the order arrived, and
 * after a cancellation that came too late.
 */
export const ORDER_STEPS: Readonly<Record<OrderState, readonly OrderState[]>> = {
  draft: ['edited', 'approved', 'rejected', 'cancelled'],
  edited: ['edited', 'approved', 'rejected', 'cancelled'],
  approved: ['sent', 'confirmed', 'partly_received', 'received', 'cancelled'],
  sent: ['confirmed', 'partly_received', 'received', 'cancelled'],
  confirmed: ['partly_received', 'received', 'cancelled'],
  partly_received: ['partly_received', 'received', 'cancelled'],
  received: [],
  rejected: [],
  cancelled: ['partly_received', 'received'],
}
/** Those in which what is ordered is on its way or will be: planning counts it as on order. */
export const OPEN_ORDER_STATES = [
  'approved',
  'sent',
  'confirmed',
  'partly_received',
] as const satisfies OrderState[]

/** How an order reaches the supplier: an ERP over HTTP, a file in the lake, or the twin's suppliers. */
export const ORDER_CHANNELS = ['twin', 'erp', 'csv', 'edifact'] as const
export const OrderChannel = Type.Enum([...ORDER_CHANNELS])
export type OrderChannel = Static<typeof OrderChannel>

export const PurchaseOrderId = identifier('order to a supplier, unique within its store; receipts name it')
const Money = Type.Integer({ description: 'minor units' })
const Instant = Type.String({ format: 'date-time' })
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()])

export const OrderLine = Type.Object(
  {
    line_no: Type.Integer({ minimum: 1 }),
    sku: Sku,
    quantity: Type.Integer({ minimum: 0, maximum: 2_147_483_647, description: 'in unit; 0: taken out' }),
    proposed: Type.Integer({ minimum: 0, description: 'what the plan said, in unit' }),
    received: Type.Integer({ minimum: 0, description: 'in unit' }),
    closed: Type.Boolean({ description: 'nothing more is expected of it' }),
    unit: Unit,
    unit_cost: Type.Integer({ minimum: 0, description: 'minor units, per piece, kilogram or litre' }),
    amount: Money,
  },
  STRICT,
)
export type OrderLine = Static<typeof OrderLine>

export const Order = Type.Object(
  {
    id: Type.Integer({ minimum: 1 }),
    purchase_order_id: PurchaseOrderId,
    store_id: StoreId,
    supplier_id: Type.String(),
    state: OrderState,
    version: Type.Integer({
      minimum: 1,
      description: 'one more with each change: who changes it says which they saw',
    }),
    order_on: Type.Intersect([CalendarDate], { description: 'day at the store on which it is placed' }),
    expected_on: Nullable(Type.Intersect([CalendarDate], { description: 'day of delivery, as planned' })),
    put_off_until: Nullable(CalendarDate),
    currency: Currency,
    amount: Money,
    lines: Type.Integer({ minimum: 0 }),
    plan: Nullable(Type.String({ description: 'as in order_plans; null: written by a person' })),
    channel: Nullable(OrderChannel),
    created_at: Instant,
    changed_at: Instant,
    sent_at: Nullable(Instant),
  },
  STRICT,
)
export type Order = Static<typeof Order>

/** `created`: written by a person. `resent`: a person gave a dead letter to the sender again. */
export const ORDER_EVENTS = [
  'proposed',
  'created',
  'edited',
  'put_off',
  'approved',
  'rejected',
  'cancelled',
  'sending_failed',
  'resent',
  'sent',
  'confirmed',
  'received',
] as const

/** What happened to an order; never changed. */
export const OrderEvent = Type.Object(
  {
    id: Type.Integer({ minimum: 1 }),
    event: Type.Enum([...ORDER_EVENTS]),
    at: Instant,
    actor: Type.String({ description: 'a person, or the part that did it' }),
    reason: Type.String(),
    version: Type.Integer({ description: 'of the order after it' }),
    detail: Type.Record(Type.String(), Type.Unknown()),
  },
  STRICT,
)
export type OrderEvent = Static<typeof OrderEvent>

/** What a plan proposes for one store and supplier. */
export interface OrderProposal {
  store_id: string
  supplier_id: string
  /** Days at the store. */
  order_on: string
  expected_on: string | null
  currency: string
  lines: readonly { sku: string; quantity: number; unit: 'each' | 'g' | 'ml'; unit_cost: number }[]
}

/** An order as it is sent. */
export interface OutgoingOrder {
  purchase_order_id: string
  store_id: string
  supplier_id: string
  order_on: string
  expected_on: string | null
  currency: string
  amount: number
  approved_at: string
  approved_by: string
  lines: readonly {
    line_no: number
    sku: string
    quantity: number
    unit: 'each' | 'g' | 'ml'
    unit_cost: number
  }[]
}

/** Text that goes with a change: why. */
export const ChangeReason = line(300, { minLength: 1, description: 'why' })

/** Which orders: all parts that are given must hold. */
export const OrderFilter = Type.Object(
  {
    state: Type.Optional(OrderState),
    store_id: Type.Optional(StoreId),
    supplier_id: Type.Optional(identifier('supplier, as in dim_supplier')),
    purchase_order_id: Type.Optional(PurchaseOrderId),
    order_on: Type.Optional(day('at the store, on which it is placed')),
    put_off_due: Type.Optional(day('put off to this day or to one before')),
    plan: Type.Optional(line(40, { minLength: 1, description: 'as in order_plans' })),
    before: Type.Optional(WholeNumber),
    limit: Type.Optional(limit(200, '50 where it is left out')),
  },
  STRICT,
)
export type OrderFilter = Static<typeof OrderFilter>
