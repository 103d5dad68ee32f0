/** What the tests of this room share: the API over stores of theirs, and rows with overrides. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { App } from '@shelfcast/api/http/schemas'
import { buildServer, type ServerOptions } from '@shelfcast/api/server'
import { createOperational, type Operational } from '@shelfcast/operational/client'
import { createLog } from '@shelfcast/runtime/log'
import { createWarehouse, type Warehouse } from '@shelfcast/warehouse/client'
import { Registry } from 'prom-client'

export const quiet = createLog('test', 'silent')

export const ERP_SECRET = 'a-secret-of-both'

/** An address at which nothing answers. */
export const NOWHERE = 'http://127.0.0.1:9'

/** A warehouse at which nothing answers, for what needs none. */
export function absentWarehouse(): Warehouse {
  return createWarehouse({ url: NOWHERE, user: 'none', password: 'none', application: 'test' })
}

/** The same of an operational store. */
export function absentOperational(): Operational {
  return createOperational({
    url: 'postgres://none@127.0.0.1:9/none',
    password: 'none',
    application: 'test',
    patienceMs: 0,
  })
}

export function buildTestServer(overrides: Partial<ServerOptions>): Promise<App> {
  return buildServer({
    log: quiet,
    registry: new Registry(),
    isReady: () => true,
    warehouse: absentWarehouse(),
    operational: absentOperational(),
    readObject: async () => undefined,
    broker: { ranges: async () => new Map(), close: async () => {} },
    sender: { send: async () => [], close: async () => {} },
    probes: {},
    sparkJobs: async () => [],
    twinUrl: '',
    inferenceUrl: '',
    erpSecret: ERP_SECRET,
    ownHosts: [],
    dashboardDir: join(tmpdir(), 'no-such-dashboard'),
    ...overrides,
  })
}

/**
 * A row of fact_sales: one piece of 100 minor units, sold and sent now; the first line of its basket where line_no does
 * not say otherwise. Times are milliseconds since 1970.
 */
export function sale(overrides: Record<string, unknown> = {}) {
  const now = Date.now()
  return {
    topic: 'sales-transactions',
    partition: 0,
    offset: 0,
    line_no: 1,
    id_hash: (overrides.line_no ?? 1) === 1 ? 1 : 0,
    produced_at: now,
    basket_id: 'B1',
    kind: 'sale',
    store_id: 'S1',
    till_id: 1,
    cashier_id: 'C1',
    event_time: now,
    business_date: '2026-03-01',
    currency: 'GBP',
    payment: 'card',
    sku: 'P1',
    quantity: 1,
    unit: 'each',
    unit_price: 100,
    gross_amount: 100,
    discount: 0,
    net_amount: 100,
    scanned_at: now,
    ...overrides,
  }
}

/** A row of lake_objects: ten messages from offset 0, loaded 2 s after the first was sent. */
export function block(overrides: Record<string, unknown> = {}) {
  const now = Date.now()
  return {
    key: 'raw/sales-transactions/p=00/00000000000000000000.parquet',
    topic: 'sales-transactions',
    partition: 0,
    begin_offset: 0,
    end_offset: 10,
    messages: 10,
    rows_accepted: 10,
    rows_refused: 0,
    offsets_missing: 0,
    bytes: 1_000,
    produced_min: now - 2_000,
    produced_max: now,
    loaded_at: now,
    ...overrides,
  }
}

/** A row of dead_letters: a basket of three lines for a store that nobody knows. */
export function deadLetter(overrides: Record<string, unknown> = {}) {
  return {
    topic: 'sales-transactions',
    partition: 0,
    offset: 5,
    line_no: 0,
    produced_at: Date.now(),
    reason: 'unknown_store',
    detail: 'store_id "S404" is not in the reference data',
    payload: '{"store_id":"S404"}',
    line_count: 3,
    store_id: 'S404',
    message_id: 'B5',
    ...overrides,
  }
}
