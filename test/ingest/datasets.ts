/** Loading of datasets as ingest does it, a look at a time. */
import { createDatasets, type Datasets } from '@shelfcast/ingest/datasets/loader'
import type { Lake } from '@shelfcast/runtime/lake'
import { createLog, type Logger } from '@shelfcast/runtime/log'
import type { Warehouse } from '@shelfcast/warehouse/client'

/** A loader of its own, which nothing holds. */
export function datasetsOf(backends: { lake: Lake; warehouse: Warehouse; log?: Logger }): Datasets {
  const { lake, warehouse, log = createLog('test', 'silent') } = backends
  return createDatasets({ lake, warehouse, log, loading: { enter: (work) => work() } })
}

/** Loads what is new in the lake. */
export function loadDatasets(backends: { lake: Lake; warehouse: Warehouse }): Promise<void> {
  return datasetsOf(backends).refresh()
}

export function store(overrides: object = {}): object {
  return {
    store_id: 'S1',
    name: 'One',
    profile: 'campus',
    region: 'North',
    time_zone: 'Europe/Dublin',
    currency: 'EUR',
    ...overrides,
  }
}

export function product(overrides: object = {}): object {
  return {
    sku: 'P1',
    name: 'Tea',
    department: 'Drinks',
    category: 'Tea',
    brand: 'Own',
    unit: 'each',
    kind: 'merchandise',
    ...overrides,
  }
}

export function supplier(overrides: object = {}): object {
  return {
    supplier_id: 'leaf',
    name: 'Leaf',
    lead_time_days_mean: 2.5,
    lead_time_days_sd: 0.5,
    order_weekdays: [1, 4],
    minimum_order: 5_000,
    reliability: 0.97,
    ...overrides,
  }
}

export function orderLine(overrides: object = {}): object {
  return {
    purchase_order_id: 'PO-1',
    store_id: 'S1',
    supplier_id: 'leaf',
    sku: 'P1',
    quantity: 12,
    unit: 'each',
    ordered_at: '2026-01-05T10:00:00.000Z',
    expected_on: '2026-01-08',
    told_at: '2026-01-05T10:00:00.000Z',
    opening: false,
    ...overrides,
  }
}
