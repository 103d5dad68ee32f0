/** Scenarios: what a planner imagines, as a list of parts, and what it would come to beside what is expected. */
import { type Static, type TSchema, Type } from 'typebox'
import { CalendarDate, Sku, StoreId } from './events.ts'
import type { PROMOTION_KINDS } from './inference.ts'
import { Key } from './order-requests.ts'
import { PurchaseOrderId } from './orders.ts'
import { day, line, STRICT } from './outside.ts'
import { PlanStep } from './planning.ts'

/**
 * festival      falls on each of its days
 * price         the shelf price is multiplied by the strength
 * promotion     takes the strength, a share of the price, off it
 * no_promotion  those that are planned do not take place
 * rain          millimetres on each of its days
 * temperature   degrees Celsius above what is usual
 * delay         what is due on its days comes so many days later; demand stays
 * demand        what is sold is multiplied by the strength, whatever the model says
 */
export const PART_KINDS = [
  'festival',
  'price',
  'promotion',
  'no_promotion',
  'rain',
  'temperature',
  'delay',
  'demand',
] as const
export type PartKind = (typeof PART_KINDS)[number]

export interface StrengthRule {
  least: number
  most: number
  isWhole: boolean
  /** What the number is. */
  words: string
  example: string
}

/** Null: it is, or it is not. */
export const STRENGTHS: Readonly<Record<PartKind, StrengthRule | null>> = {
  festival: null,
  price: { least: 0.1, most: 10, isWhole: false, words: 'a factor on the price', example: '0.9' },
  promotion: { least: 0.01, most: 0.9, isWhole: false, words: 'a share off the price', example: '0.2' },
  no_promotion: null,
  rain: { least: 0, most: 500, isWhole: false, words: 'millimetres a day', example: '20' },
  temperature: { least: -40, most: 40, isWhole: false, words: 'degrees above the usual', example: '5' },
  delay: { least: 1, most: 60, isWhole: true, words: 'days that deliveries come later', example: '3' },
  demand: { least: 0, most: 10, isWhole: false, words: 'a factor on the demand', example: '1.5' },
}

/** Of a strength: what a URL says with so many is what is worked with. */
export const STRENGTH_DECIMALS = 4

/** All that are given must hold; none: the chain. */
export const ScenarioScope = Type.Object(
  {
    region: Type.Optional(line(80, { minLength: 1, description: 'of the store' })),
    store_id: Type.Optional(StoreId),
    category: Type.Optional(line(80, { minLength: 1 })),
    sku: Type.Optional(Sku),
    supplier_id: Type.Optional(line(64, { minLength: 1, description: 'of a delay only' })),
  },
  STRICT,
)
export type ScenarioScope = Static<typeof ScenarioScope>
export const SCOPE_FIELDS = ['region', 'store_id', 'category', 'sku', 'supplier_id'] as const

export interface ScenarioPart {
  kind: PartKind
  /** By STRENGTHS; undefined where the kind has none. */
  strength?: number
  /** How a promotion is shown; price_off where it is left out. */
  shown_as?: (typeof PROMOTION_KINDS)[number]
  scope: ScenarioScope
  /** Days at the stores, both included; all forecast days where they are left out. */
  from_day?: string
  to_day?: string
}

/** Without parts it is what is expected anyway. */
export type Scenario = readonly ScenarioPart[]

export const SCENARIO_PARTS = 6
export const SCENARIO_NAMES = ['a', 'b', 'c', 'd'] as const
export type ScenarioName = (typeof SCENARIO_NAMES)[number]

const ScenarioText = line(1_000, {
  description:
    'parts with ; between them, each KIND:STRENGTH and fields with commas, as in ' +
    'price:0.9,category:Bread,days:2027-03-22..2027-03-28;festival,days:2027-03-27. Empty: nothing changes. ' +
    `Kinds: ${PART_KINDS.join(', ')}`,
})

const { supplier_id: _supplier, ...AnsweredScope } = ScenarioScope.properties

/** The question as the query of a URL. */
export const ScenarioQuery = Type.Object(
  {
    ...AnsweredScope,
    from_day: Type.Optional(
      day('the first day that is compared; the first that is forecast where it is left out'),
    ),
    to_day: Type.Optional(day('the last one')),
    a: ScenarioText,
    b: Type.Optional(ScenarioText),
    c: Type.Optional(ScenarioText),
    d: Type.Optional(ScenarioText),
  },
  STRICT,
)
export type ScenarioQuery = Static<typeof ScenarioQuery>

const Nullable = <T extends TSchema>(type: T) => Type.Union([type, Type.Null()])

/** Most likely between low and high: in four of five cases. */
export const Interval = Type.Object(
  {
    mean: Type.Number(),
    low: Type.Number({ description: 'in one of ten cases it is less' }),
    high: Type.Number({ description: 'in one of ten cases it is more' }),
  },
  STRICT,
)
export type Interval = Static<typeof Interval>

export const ScenarioTotals = Type.Object(
  {
    units: Type.Array(Type.Object({ unit: Type.Enum(['each', 'kg', 'l']), ...Interval.properties }, STRICT), {
      description: 'pieces, kilograms and litres are not added up',
    }),
    money: Type.Array(
      Type.Object(
        {
          currency: Type.String(),
          revenue: Interval,
          margin: Interval,
          without_price: Type.Integer({ description: 'series whose price nobody knows: left out of both' }),
          without_cost: Type.Integer({
            description: 'series whose cost nobody knows: left out of the margin',
          }),
        },
        STRICT,
      ),
      { description: 'minor units, by currency; revenue at the prices that are paid' },
    ),
  },
  STRICT,
)
export type ScenarioTotals = Static<typeof ScenarioTotals>

export const ScenarioStock = Type.Object(
  {
    series: Type.Integer({ description: 'whose stock is known' }),
    stock_outs: Type.Number({
      description:
        'of these, how many are expected to run out before the delivery after that of an order of today',
    }),
    lost_units: Type.Array(
      Type.Object({ unit: Type.Enum(['each', 'kg', 'l']), mean: Type.Number() }, STRICT),
      { description: 'expected demand that finds an empty shelf in these days' },
    ),
    order_lines: Type.Integer({ description: 'of which something is to be ordered today' }),
    orders: Type.Array(
      Type.Object(
        { currency: Type.String(), amount: Type.Integer({ description: 'minor units at cost' }) },
        STRICT,
      ),
    ),
  },
  STRICT,
)
export type ScenarioStock = Static<typeof ScenarioStock>

export const ScenarioAnswer = Type.Object(
  {
    origin: CalendarDate,
    from_day: CalendarDate,
    to_day: CalendarDate,
    served_by: Type.Enum(['model', 'baseline']),
    model_version: Type.String(),
    served_because: Nullable(Type.String()),
    series: Type.Integer({ description: 'SKUs of stores that are compared' }),
    base: ScenarioTotals,
    base_stock: Nullable(ScenarioStock),
    scenarios: Type.Array(
      Type.Object(
        {
          name: Type.Enum([...SCENARIO_NAMES]),
          text: Type.String({ description: 'the scenario as a URL has it' }),
          series_changed: Type.Integer({ description: 'whose forecast, price or delivery is another' }),
          totals: ScenarioTotals,
          difference: Type.Object(ScenarioTotals.properties, {
            ...STRICT,
            description: 'to the base, with an interval of its own: both err together',
          }),
          stock: Nullable(ScenarioStock),
          parts: Type.Array(
            Type.Object(
              {
                text: Type.String(),
                difference: Type.Object(ScenarioTotals.properties, {
                  ...STRICT,
                  description: 'of this part alone',
                }),
              },
              STRICT,
            ),
          ),
          ignored: Type.Array(Type.Object({ part: Type.String(), reason: Type.String() }, STRICT), {
            description: 'parts that change nothing',
          }),
          doubts: Type.Array(Type.String(), {
            description: 'where the answer goes against plain sense or against what was measured',
          }),
        },
        STRICT,
      ),
    ),
    spread: Type.Object(
      {
        within_category: Type.Number({
          description: 'correlation of the errors of two series of a category',
        }),
        across: Type.Number({ description: 'and of two of different categories' }),
        origins: Type.Integer({ description: 'forecasts that are over, from which they were measured' }),
        scatter: Nullable(
          Type.Number({
            description:
              'mean square of their errors over mean + 0.1 mean^2, which spreads series where the model has no bands of sums',
          }),
        ),
      },
      STRICT,
    ),
    not_modelled: Type.Array(Type.String()),
  },
  { ...STRICT, $id: 'ScenarioAnswer' },
)
export type ScenarioAnswer = Static<typeof ScenarioAnswer>

/** Orders of today under one scenario of a question become drafts. */
export const ScenarioPromotion = Type.Object(
  {
    ...ScenarioQuery.properties,
    scenario: Type.Enum([...SCENARIO_NAMES], { description: 'which of them' }),
    key: Key,
  },
  STRICT,
)
export type ScenarioPromotion = Static<typeof ScenarioPromotion>

/** Most drafts of one promotion: what a person can look at. */
export const PROMOTED_ORDERS_LIMIT = 200

export const PromotedOrders = Type.Object(
  {
    url: Type.String({
      description: 'of the scenario, which is the reason of the drafts as far as that has room',
    }),
    orders: Type.Array(
      Type.Object(
        {
          id: Type.Integer(),
          purchase_order_id: PurchaseOrderId,
          store_id: Type.String(),
          supplier_id: Type.String(),
          order_on: CalendarDate,
          currency: Type.String(),
          amount: Type.Integer({ description: 'minor units' }),
          lines: Type.Array(
            Type.Object(
              {
                sku: Type.String(),
                unit: Type.Enum(['each', 'g', 'ml']),
                quantity: Type.Integer(),
                steps: Type.Array(PlanStep),
                words: Type.Array(Type.String(), { description: 'the steps in words' }),
              },
              STRICT,
            ),
          ),
        },
        STRICT,
      ),
    ),
    without_cost: Type.Array(Type.String(), {
      description: 'SKUs that are left out, as nobody knows what they cost',
    }),
  },
  { ...STRICT, $id: 'PromotedOrders' },
)
export type PromotedOrders = Static<typeof PromotedOrders>
