/** A SKU of a store and the terms of its supplier, with overrides. */
import { DEFAULT_SETTINGS, type PlanningSettings } from '@shelfcast/contracts/planning'
import type { SeriesInput, SupplierTerms } from '@shelfcast/planning/replenishment/model'
import { poisson, seriesDemand } from './demand.ts'

export const LEAD = 2
export const REVIEW = 3
export const ORDER_DAY = '2026-06-01'

/** Keeps for ever, comes singly, sells two a day; nothing is there. */
export function series(overrides: Partial<SeriesInput> = {}): SeriesInput {
  return {
    sku: 'P1',
    unit: 'each',
    on_hand: 0,
    lots: [],
    open_orders: [],
    demand: seriesDemand(poisson, { mean: 2, lead: LEAD, review: REVIEW }),
    abc: 'A',
    cost: 60,
    price: 100,
    shelf_life_days: null,
    storage_volume_ml: 1_000,
    pack_multiple: null,
    minimum_order_quantity: null,
    sold_until: null,
    ...overrides,
  }
}

/** Delivers on the second day after the order, and takes the next order a day after that. */
export function terms(overrides: Partial<SupplierTerms> = {}): SupplierTerms {
  return {
    supplier_id: 'mill',
    order_day: ORDER_DAY,
    review_days: REVIEW,
    lead_days: [0, 0, 1],
    is_lead_time_unknown: false,
    minimum_order: 0,
    ...overrides,
  }
}

export const settings = (overrides: Partial<PlanningSettings> = {}): PlanningSettings => ({
  ...DEFAULT_SETTINGS,
  policies: { A: 'order_up_to', B: 'order_up_to', C: 'order_up_to' },
  ...overrides,
})
