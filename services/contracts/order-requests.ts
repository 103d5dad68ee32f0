/** Orders over HTTP: what is asked, and what is answered. Whoever changes one sends a key and the version that they saw. */
import { type Static, Type } from 'typebox'
import { identifier, Sku, StoreId } from './events.ts'
import { ChangeReason, Order, OrderChannel, OrderEvent, OrderLine } from './orders.ts'
import { day, limit, line, STRICT, WholeNumber } from './outside.ts'
import { PLAN_REASONS, PlanStep } from './planning.ts'

const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()])

/** Lines of one request, and orders that are approved in one. */
export const LINES_LIMIT = 1_000
export const APPROVALS_LIMIT = 500
/** Ten tonnes, or ten million pieces, of one SKU; 100,000.00 for a piece. With these, sums of an order are exact. */
const QUANTITY_LIMIT = 10_000_000
const COST_LIMIT = 10_000_000

export const Key = line(120, {
  minLength: 1,
  description: 'who submits twice with the same key is answered as the first time, for 30 days',
})
const Version = limit(2_147_483_647, 'of the order, as it was seen')
const UnitCost = Type.Optional(
  Type.Integer({
    minimum: 0,
    maximum: COST_LIMIT,
    description: 'minor units, per piece, kilogram or litre; as in the reference data where it is left out',
  }),
)
const Quantity = (minimum: number, description: string) =>
  Type.Integer({ minimum, maximum: QUANTITY_LIMIT, description })

export const OrderDraft = Type.Object(
  {
    key: Key,
    store_id: StoreId,
    supplier_id: identifier('supplier, as in dim_supplier'),
    order_on: day('at the store, on which it is placed'),
    expected_on: Type.Optional(day('at the store, of the delivery')),
    reason: ChangeReason,
    lines: Type.Array(
      Type.Object({ sku: Sku, quantity: Quantity(1, 'in the unit of the SKU'), unit_cost: UnitCost }, STRICT),
      { minItems: 1, maxItems: LINES_LIMIT },
    ),
  },
  STRICT,
)
export type OrderDraft = Static<typeof OrderDraft>

export const LinesChange = Type.Object(
  {
    key: Key,
    version: Version,
    reason: ChangeReason,
    lines: Type.Array(
      Type.Object(
        {
          sku: Sku,
          quantity: Quantity(0, 'in the unit of the SKU; 0 takes the line out'),
          unit_cost: UnitCost,
        },
        STRICT,
      ),
      { minItems: 1, maxItems: LINES_LIMIT, description: 'those that change; a SKU that is new is added' },
    ),
  },
  STRICT,
)
export type LinesChange = Static<typeof LinesChange>

export const Decision = Type.Object({ key: Key, version: Version, reason: ChangeReason }, STRICT)
export type Decision = Static<typeof Decision>

export const Approval = Type.Object({ key: Key, version: Version, reason: Type.Optional(line(300)) }, STRICT)

export const PutOff = Type.Object(
  {
    key: Key,
    version: Version,
    reason: ChangeReason,
    until: day('at the store, on which it is looked at again'),
  },
  STRICT,
)

export const Approvals = Type.Object(
  {
    key: Key,
    reason: Type.Optional(line(300)),
    orders: Type.Array(Type.Object({ id: WholeNumber, version: Version }, STRICT), {
      minItems: 1,
      maxItems: APPROVALS_LIMIT,
    }),
  },
  STRICT,
)

export const OrderAnswer = Type.Object({ order: Order }, { $id: 'OrderAnswer' })
export type OrderAnswer = Static<typeof OrderAnswer>

export const OrderList = Type.Object(
  { orders: Type.Array(Order, { description: 'newest first' }) },
  { $id: 'OrderList' },
)
export type OrderList = Static<typeof OrderList>

/** What cannot be done to an order, with the order as it is now. */
export const OrderRefused = Type.Object(
  {
    error: Type.String({ description: 'code, for programs' }),
    message: Type.String({ description: 'the object, what was found, and the fix' }),
    order: Type.Optional(Order),
  },
  { $id: 'OrderRefused' },
)
export type OrderRefused = Static<typeof OrderRefused>

export const ApprovalsAnswer = Type.Object(
  {
    approved: Type.Array(Order),
    refused: Type.Array(
      Type.Object({
        id: Type.Integer(),
        error: Type.String(),
        message: Type.String(),
        order: Type.Optional(Order),
      }),
    ),
  },
  { $id: 'ApprovalsAnswer' },
)
export type ApprovalsAnswer = Static<typeof ApprovalsAnswer>

/** Why a plan proposes a line, as its arithmetic. */
const Why = Type.Object({
  reason: Type.Enum([...PLAN_REASONS]),
  because: Type.String({ description: 'the reason in words' }),
  quantity: Type.Integer({ description: 'that the plan came to, in unit' }),
  steps: Type.Array(PlanStep),
  words: Type.Array(Type.String(), { description: 'the steps in words' }),
  model_version: Type.String({ description: 'of the forecast; empty without one' }),
})

export const OrderDetail = Type.Object(
  {
    order: Order,
    lines: Type.Array(
      Type.Object(
        {
          ...OrderLine.properties,
          name: Nullable(Type.String({ description: 'null where the warehouse does not answer' })),
          why: Nullable(Why),
        },
        STRICT,
      ),
      { description: '`why` is null for what no plan proposed, and where the warehouse does not answer' },
    ),
    events: Type.Array(OrderEvent, { description: 'oldest first' }),
    sending: Nullable(
      Type.Object({
        channel: OrderChannel,
        attempts: Type.Integer({ minimum: 0 }),
        due_at: Nullable(Type.String({ format: 'date-time', description: 'of the next attempt' })),
        reason: Type.String({ description: 'why it is not sent; empty when nothing is wrong' }),
        is_dead_letter: Type.Boolean({ description: 'it is not tried again unless a person says so' }),
      }),
    ),
  },
  { $id: 'OrderDetail' },
)
export type OrderDetail = Static<typeof OrderDetail>
