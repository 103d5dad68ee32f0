/**
 * What the parts of the simulation tell each other. A store day is made in three steps: the conditions of the day
 * (weather, season, festivals, prices, promotions) give expected demand; customers want goods, hour by hour; and
 * what the shelf holds decides what they get. History writes the totals of a store day, the live stream unfolds its
 * wants into baskets: both come from the same store day, so the one goes on where the other ends.
 *
 * Indexes: stores, products, categories, suppliers, weather zones are positions in the lists of the world; a price
 * zone is a position in PROFILES. A day is the number of a calendar date at the store, counted from 1970-01-01.
 * Quantities are in the product's unit (pieces, or grams); money is in minor units.
 */
import { HAPPENING_KINDS, type HappeningKind } from '@shelfcast/contracts/twin'
import type { PromotionKind, World } from '../world/world.ts'

export interface DailyWeather {
  /** Mean of the day, degrees Celsius. */
  temperature: number
  /** Degrees above what the season expects. */
  anomaly: number
  rain_mm: number
  /** Bit h is set when it rains in local hour h. */
  rainHours: number
}

export interface Promotion {
  /** As on the receipt: P2026W47-1042, for instance. */
  promotion_id: string
  product: number
  kind: PromotionKind
  /** price_off, end_cap, coupon: share off the price. multibuy: share off each full group of `group` pieces. */
  off: number
  group: number
  /** Days on which it runs, both included. */
  from: number
  to: number
}

/** What is the same for all customers of a day. Made once a day, and asked for all stores. */
export interface DayConditions {
  day: number
  /** By weather zone. */
  weather: readonly DailyWeather[]
  /** By store: demand relative to an average day: weekday, month, growth, macro, footfall in the rain; 0 when closed. */
  storeFactor: Float64Array
  /** By store x category: season, festivals, weekend, weather. Index: store * categories + category. */
  categoryFactor: Float64Array
  /** By price zone x product: price, promotion, pull-forward, cannibalisation, life cycle; 0 when it is not on sale. */
  productFactor: Float64Array
  /** By price zone x product: shelf price, before promotion. */
  price: Int32Array
  /** By price zone x product: index into `promotions`, -1 when none. */
  promotion: Int16Array
  promotions: readonly Promotion[]
}

export interface Conditions {
  world: World
  seed: number
  /** The last few days are kept; days are asked in any order. */
  on(day: number): DayConditions
  /**
   * Cumulative shares by local hour (24, the last is 1) of when a category's customers come to a store on a day:
   * opening hours, visits, rhythm of the category, rain of the hours. Shared: do not write to it.
   */
  hours(store: number, category: number, day: number): Float64Array
  /** Festivals, weather and the rest as they change demand, for one happening: see Happening. */
  lift(happening: Happening, store: number, product: number, day: number): number
  /** Shelf price under the happenings of an hour. */
  priceUnder(happenings: readonly Happening[], store: number, product: number, day: number): number
}

export const HAPPENINGS = HAPPENING_KINDS
export type { HappeningKind }

/** Something that the director lets happen, from a whole hour on. It never changes what came before that hour. */
export interface Happening {
  /** Unique, and part of the key of what it draws. */
  id: string
  kind: HappeningKind
  /** Milliseconds since 1970, whole hours: from the first until before the second. */
  from: number
  to: number
  /** Store indexes; all when absent. */
  stores?: readonly number[]
  category?: number
  product?: number
  supplier?: number
  till?: number
  /**
   * festival: peak uplift as factor (2). price_drop: share off (0.3). rainy_week: mm a day (12). heat_wave: degrees
   * above the season (10). supplier_delay: days (3). till_outage: unused. scanner_fault: share of baskets with a
   * double scan (0.5). theft: share of the stock that goes each day (0.2). viral_product: factor (8).
   */
  strength: number
}

/** Something of one store day that nobody planned, labelled in the truth: what scoring looks for. */
export interface Anomaly {
  kind: 'spike' | 'drop' | 'theft'
  store: number
  product: number
  day: number
  /** Factor on demand, or pieces stolen. */
  size: number
}

/** What customers want on a store day, in the order in which they reach for the shelf: by hour, then by claim. */
export interface Wants {
  count: number
  product: Int32Array
  /** Local hour. */
  hour: Uint8Array
  /** Order within the hour, and the key of what else is drawn for this want. Unique enough: 32 random bits. */
  claim: Uint32Array
  /** Pieces, or grams. */
  quantity: Int32Array
  /** How much of it was there; 0 when the shelf was empty. */
  got: Int32Array
  /** Product taken instead of what was missing, or -1. */
  substitute: Int32Array
  substituteQuantity: Int32Array
  /** 1: the customer has a coupon for it, and so a loyalty card. */
  coupon: Uint8Array
}

/**
 * One stock movement of a store day; what a till sells is not one. Those before noon come before what is sold in their
 * hour, the others after it; within an hour they come as they are listed.
 */
export interface Movement {
  kind: 'receipt' | 'count' | 'adjustment' | 'waste' | 'transfer' | 'return'
  product: number
  /** Signed change; for count, the counted stock. */
  quantity: number
  /** Local hour. */
  hour: number
  lot?: string
  /** Last day of sale. */
  expires?: number
  purchase_order_id?: string
}

/** A customer brings goods back: money back at the till, and the goods to the shelf (a `return` movement) or to waste. */
export interface CustomerReturn {
  product: number
  quantity: number
  hour: number
}

/** Totals by product of one store day. Arrays are as long as the world's list of products. */
export interface StoreDay {
  store: number
  day: number
  conditions: DayConditions
  /** What customers wanted of it. */
  demand: Int32Array
  /** What went over the till, instead of other products too, before returns. */
  sold: Int32Array
  /** Wanted, and neither got nor replaced. */
  lost: Int32Array
  /** Wanted, and replaced by another product. */
  replaced: Int32Array
  /** Minor units that customers paid for `sold`, after discounts. */
  revenue: Float64Array
  /** Shelf price before promotion, at the day's beginning. */
  price: Int32Array
  /** Index into conditions.promotions, -1 when none. */
  promotion: Int16Array
  /** 1 when the shelf was empty when a customer reached for it, or through all opening hours. */
  stockout: Uint8Array
  /** 1 when the store lists it and it is on sale. */
  listed: Uint8Array
  /** On the shelf and in the back, at the day's end. */
  onHand: Int32Array
  /** What the store believes it has, at the day's end: less known to it, such as theft. */
  book: Int32Array
  onOrder: Int32Array
  stolen: Int32Array
  wasted: Int32Array
  anomalies: readonly Anomaly[]
  movements: readonly Movement[]
  returns: readonly CustomerReturn[]
  /** Orders that were posted for the day, a part for each supplier, and those that the default rule placed at its end. */
  orders: readonly PurchaseOrder[]
  /** Only when asked for. */
  wants?: Wants
}

export interface PurchaseOrder {
  purchase_order_id: string
  supplier: number
  store: number
  /** Day on which the supplier takes it. */
  ordered: number
  /** Day on which it comes. */
  due: number
  lines: readonly { product: number; quantity: number }[]
}

/** How a store reorders by itself. `external`: it does not, and lives by the orders that are posted. */
export interface ReorderPolicy {
  kind: 'plain' | 'external'
  /** Days of forecast demand kept beyond lead time and review period. */
  safetyDays: number
}
export const PLAIN_POLICY: ReorderPolicy = { kind: 'plain', safetyDays: 2 }

/** An order from outside (a planner's): it reaches the supplier on the day it was posted. */
export interface PostedOrder {
  purchase_order_id: string
  store: number
  day: number
  lines: readonly { product: number; quantity: number }[]
}

/** Of one product. What the book has beyond its lots was never there or is gone, and nobody knows of which lot. */
export interface StockLevel {
  product: number
  book: number
  /** As on the shelf, the one that expires first first. */
  lots: readonly { lot: string; expires: number; quantity: number }[]
}

export interface Transfer {
  from: number
  to: number
  product: number
  quantity: number
  lot: string
  expires: number
  /** Day on which it arrives, at least two after it was sent. */
  due: number
}
