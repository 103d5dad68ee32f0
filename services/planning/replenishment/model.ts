/** What an order is worked out of, and what comes of it. Quantities are in the unit of facts: pieces, grams, millilitres. */
import type { AbcClass, PlanReason, PlanStep } from '@shelfcast/contracts/planning'
import type { Demand } from '../demand/demand.ts'

/** Demand of a series from the day of the order on, which is day 1. */
export interface SeriesDemand {
  /** Of the days 1 to `days`; of 0 days it is 0. */
  over(days: number): Demand
  /** Until the delivery of an order of day 1 arrives, whose day is not certain. */
  untilDelivery: Pick<Demand, 'shortage'>
  /** Until the delivery after that one arrives, which is an order of `review_days` later: the protection interval. */
  protection: Demand
  /** Mean of each day; day 1 is the first. */
  means: readonly number[]
}

export interface Lot {
  /** Last day of sale; null where it is not known. */
  expires_on: string | null
  quantity: number
}

export interface OpenOrder {
  purchase_order_id: string
  quantity: number
  /** Day at the store; null where nobody said. */
  expected_on: string | null
}

/** A SKU of a store. */
export interface SeriesInput {
  sku: string
  unit: 'each' | 'g' | 'ml'
  /** By the book; null where nobody has ever said what there is. */
  on_hand: number | null
  /** What is known of the lots; what they do not hold is taken to keep. */
  lots: readonly Lot[]
  open_orders: readonly OpenOrder[]
  /** Null: there is no forecast. */
  demand: SeriesDemand | null
  abc: AbcClass
  /** Minor units per piece, kilogram or litre, as all others null where nobody says. */
  cost: number | null
  price: number | null
  shelf_life_days: number | null
  /** Of a piece, kilogram or litre. */
  storage_volume_ml: number | null
  pack_multiple: number | null
  minimum_order_quantity: number | null
  /** Last day of sale. */
  sold_until: string | null
}

/** What a supplier does with an order that a store places on a day. */
export interface SupplierTerms {
  supplier_id: string
  /** Day on which the order is placed, which is day 1. */
  order_day: string
  /** Days from this day of orders to the next one. */
  review_days: number
  /** Probability of each number of days from the order to the delivery. */
  lead_days: readonly number[]
  /** The lead time is the usual one of the settings: nobody knows that of the supplier. */
  is_lead_time_unknown: boolean
  /** Minor units at cost, for one order of one store. */
  minimum_order: number
}

/** Why nothing can be ordered today, whatever is needed. */
export interface NoOrder {
  reason: Extract<PlanReason, 'no_supplier' | 'no_order_days' | 'not_an_order_day'>
  /** When it can be; null where nobody knows. */
  next_order_day: string | null
}

export interface LinePlan {
  sku: string
  quantity: number
  reason: PlanReason
  /** Each begins with the number that the one before ended with; the last ends with the quantity. */
  steps: readonly PlanStep[]
}

/** What planning a line leaves for those who look at all lines of a supplier or a store. */
export interface LineDraft {
  input: SeriesInput
  quantity: number
  reason: PlanReason
  steps: PlanStep[]
  /** On hand without what expires, and on order. */
  position: number
  /** It would run out, on average, before the delivery after this one. */
  is_urgent: boolean
}

/** Pieces, kilograms or litres of a quantity: what costs, prices and volumes are of. */
export const inPriceUnits = (quantity: number, unit: SeriesInput['unit']): number =>
  unit === 'each' ? quantity : quantity / 1_000

/** Minor units of a quantity. */
export const amountOf = (quantity: number, unit: SeriesInput['unit'], minorUnits: number): number =>
  Math.round(inPriceUnits(quantity, unit) * minorUnits)
