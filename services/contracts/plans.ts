/** Plans of orders as the API tells of them: what is ordered of each SKU of each store, and why. */
import { type Static, type TSchema, Type } from 'typebox'
import { Count, Time } from './api.ts'
import { CalendarDate, Sku, StoreId, Unit } from './events.ts'
import { limit, line, STRICT } from './outside.ts'
import { PLAN_REASONS, PlanStep } from './planning.ts'

const Nullable = <T extends TSchema>(type: T) => Type.Union([type, Type.Null()])
const Quantity = Type.Integer({ description: 'in unit' })

export const PlanId = line(40, {
  minLength: 1,
  description: 'day for which it orders, and the number of its run',
})

export const Plan = Type.Object({
  plan: Type.String(),
  order_day: Type.Intersect([CalendarDate], {
    description: 'the earliest day at a store on which it orders',
  }),
  origin: Type.Intersect([CalendarDate], { description: 'last day that its forecasts knew' }),
  digest: Type.String({ description: 'SHA-256 of its inputs: the same inputs give the same orders' }),
  series: Type.Integer({ minimum: 0, description: 'SKUs of stores that it looked at' }),
  lines: Type.Integer({ minimum: 0, description: 'of these, that it orders' }),
  orders: Type.Integer({ minimum: 0, description: 'by store and supplier' }),
  amount: Type.Integer({ description: 'minor units at cost' }),
  planned_at: Time,
})
export type Plan = Static<typeof Plan>

export const PlanList = Type.Object(
  { plans: Type.Array(Plan, { description: 'newest first' }) },
  { $id: 'PlanList' },
)
export type PlanList = Static<typeof PlanList>

export const PLANNED_LINES_LIMIT = 500

/** Which lines of a plan: all parts that are given must hold. */
export const PlannedLineFilter = Type.Object(
  {
    store_id: Type.Optional(StoreId),
    sku: Type.Optional(Sku),
    supplier_id: Type.Optional(line(64, { minLength: 1 })),
    reason: Type.Optional(Type.Enum([...PLAN_REASONS])),
    ordered: Type.Optional(
      Type.Enum(['yes', 'no'], { description: 'only lines that are ordered, or only those that are not' }),
    ),
    after: Type.Optional(line(140, { minLength: 1, description: '`next` of the page before' })),
    limit: Type.Optional(limit(PLANNED_LINES_LIMIT, '100 where it is left out')),
  },
  STRICT,
)
export type PlannedLineFilter = Static<typeof PlannedLineFilter>

export const PlannedLine = Type.Object({
  store_id: Type.String(),
  sku: Type.String(),
  name: Type.String(),
  supplier_id: Type.String({ description: 'empty when unknown' }),
  unit: Unit,
  quantity: Quantity,
  amount: Nullable(Type.Integer({ description: 'minor units at cost; null where the cost is not known' })),
  order_day: CalendarDate,
  expected_on: Nullable(CalendarDate),
  reason: Type.Enum([...PLAN_REASONS]),
  because: Type.String({ description: 'the reason in words' }),
  origin: CalendarDate,
  model_version: Type.String({ description: 'that forecast, or baseline:NAME; empty without a forecast' }),
  steps: Type.Array(PlanStep),
  words: Type.Array(Type.String(), { description: 'the steps in words' }),
})
export type PlannedLine = Static<typeof PlannedLine>

export const PlannedLineList = Type.Object(
  {
    plan: Plan,
    lines: Type.Array(PlannedLine, { description: 'in the order of store and SKU' }),
    reasons: Type.Array(Type.Object({ reason: Type.String(), lines: Count }), {
      description: 'how many lines of the plan have it, of the store where one is asked for',
    }),
    next: Nullable(Type.String({ description: 'for the next page; null: it was the last' })),
  },
  { $id: 'PlannedLineList' },
)
export type PlannedLineList = Static<typeof PlannedLineList>
