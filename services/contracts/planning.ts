/** The arithmetic of orders: its steps, why it came out as it did, and the rules by which it goes. */
import { type Static, Type } from 'typebox'
import { DEFAULT_LOT_SETTINGS, LotSettings } from './lot-settings.ts'
import { line, STRICT, WholeNumber } from './outside.ts'

/** In the order in which they are taken: each begins with the number that the one before ended with. */
export const PLAN_STEPS = [
  'demand',
  'service_level',
  'critical_ratio',
  'end_of_range',
  'order_quantity',
  'on_hand',
  'expiring',
  'on_order',
  'lost_sales',
  'reorder_point',
  'shelf_life',
  'pack',
  'minimum_quantity',
  'supplier_minimum',
  'capacity',
  'budget',
] as const
export type PlanStepName = (typeof PLAN_STEPS)[number]

export const PlanStep = Type.Object(
  {
    step: Type.Enum([...PLAN_STEPS]),
    before: Type.Number({ description: 'in the unit of the line' }),
    after: Type.Number({ description: 'in the unit of the line' }),
    facts: Type.Record(Type.String(), Type.Union([Type.Number(), Type.String()])),
  },
  STRICT,
)
export type PlanStep = Static<typeof PlanStep>

/** Why a line is what it is: `needed` where something is ordered, or why nothing is. */
export const PLAN_REASONS = [
  'needed',
  'topped_up',
  'has_enough',
  'above_reorder_point',
  'no_demand',
  'no_forecast',
  'no_supplier',
  'no_order_days',
  'not_an_order_day',
  'end_of_range',
  'would_expire',
  'less_than_a_pack',
  'below_minimum',
  'no_room',
  'no_budget',
] as const
export type PlanReason = (typeof PLAN_REASONS)[number]

const Share = (description: string, initial: number) =>
  Type.Number({ minimum: 0, maximum: 1, default: initial, description })
const Level = (initial: number) =>
  Type.Number({
    minimum: 0.5,
    maximum: 0.999,
    default: initial,
    description: 'probability that the shelf does not run empty before the delivery after this one',
  })
const Policy = (initial: 'order_up_to' | 'reorder_point') =>
  Type.Enum(['order_up_to', 'reorder_point'], {
    default: initial,
    description:
      'order_up_to: (R, S), filled up on each day of orders. reorder_point: (s, S), only when it has fallen to s',
  })
const MinorUnits = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

/** By which rules orders are planned. The defaults suit a chain of grocers. */
export const PlanningSettings = Type.Object(
  {
    service: Type.Enum(['by_class', 'by_cost'], {
      default: 'by_class',
      description:
        'where the service level comes from: the class of the SKU, or what a lost sale and a kept unit cost',
    }),
    service_levels: Type.Object({ A: Level(0.98), B: Level(0.96), C: Level(0.93) }, STRICT),
    abc_shares: Type.Object(
      {
        A: Share('of the revenue that is expected: the SKUs that sell most, up to this share, are A', 0.8),
        B: Share('the next ones', 0.15),
      },
      STRICT,
    ),
    policies: Type.Object(
      { A: Policy('order_up_to'), B: Policy('order_up_to'), C: Policy('reorder_point') },
      STRICT,
    ),
    holding_cost_rate: Type.Number({
      minimum: 0,
      maximum: 10,
      default: 0.25,
      description: 'what it costs to keep stock for a year, as share of its cost',
    }),
    order_line_cost: Type.Integer({
      minimum: 0,
      maximum: 1_000_000,
      default: 40,
      description: 'minor units: what a line of an order costs to place, receive and shelve',
    }),
    salvage_share: Share('what is got for goods that have expired, as share of their cost', 0),
    expiry_confidence: Share('probability with which all that is ordered is sold before it expires', 0.7),
    end_of_range_level: Share('probability that what is left is sold out on the last day of sale', 0.5),
    unknown_cost_share: Share('cost where only the price is known, as share of that', 0.7),
    unknown_lead_time: Type.Object(
      {
        mean: Type.Number({ minimum: 0, maximum: 60, default: 7, description: 'days' }),
        sd: Type.Number({ minimum: 0, maximum: 60, default: 3.5, description: 'days' }),
      },
      { ...STRICT, description: 'of a supplier of whom nobody has said anything and nothing has come' },
    ),
    late_days_limit: Type.Integer({
      minimum: 0,
      maximum: 365,
      default: 30,
      description: 'an open order that is later than this is not counted any more',
    }),
    cover_days_limit: Type.Integer({
      minimum: 1,
      maximum: 365,
      default: 28,
      description:
        'no order at a time is meant to last longer: one that costs least to order and to keep, and one that is filled up to the minimum of its supplier',
    }),
    store_budget: Type.Union([MinorUnits, Type.Null()], {
      default: null,
      description: 'minor units at cost that a store may order for on a day; null: no limit',
    }),
    storage_share: Share('of the volume of a store that goods may fill', 1),
    lots: LotSettings,
  },
  STRICT,
)
export type PlanningSettings = Static<typeof PlanningSettings>
export type AbcClass = keyof PlanningSettings['service_levels']

export const DEFAULT_SETTINGS: PlanningSettings = {
  service: 'by_class',
  service_levels: { A: 0.98, B: 0.96, C: 0.93 },
  abc_shares: { A: 0.8, B: 0.15 },
  policies: { A: 'order_up_to', B: 'order_up_to', C: 'reorder_point' },
  holding_cost_rate: 0.25,
  order_line_cost: 40,
  salvage_share: 0,
  expiry_confidence: 0.7,
  end_of_range_level: 0.5,
  unknown_cost_share: 0.7,
  unknown_lead_time: { mean: 7, sd: 3.5 },
  late_days_limit: 30,
  cover_days_limit: 28,
  store_budget: null,
  storage_share: 1,
  lots: DEFAULT_LOT_SETTINGS,
}

const VersionOfSettings = {
  version: Type.Intersect([WholeNumber], { description: '0: the defaults, which nobody has changed' }),
  settings: PlanningSettings,
  actor: Type.String(),
  reason: Type.String(),
  at: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
}

export const SettingsAnswer = Type.Object(
  {
    ...VersionOfSettings,
    history: Type.Array(Type.Object(VersionOfSettings), { description: 'newest first' }),
  },
  { $id: 'SettingsAnswer' },
)
export type SettingsAnswer = Static<typeof SettingsAnswer>

export const SettingsChange = Type.Object(
  {
    version: WholeNumber,
    settings: PlanningSettings,
    reason: line(300, { minLength: 1, description: 'why' }),
  },
  STRICT,
)
export type SettingsChange = Static<typeof SettingsChange>
