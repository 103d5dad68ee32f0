/** Reference data as sources publish it to the lake: held for the gate, and passed on to the warehouse. */

import { isTimeZone } from '@shelfcast/contracts/dates'
import { REFERENCE_PREFIX } from '@shelfcast/contracts/lake'
import { Product, Store, Supplier } from '@shelfcast/contracts/reference'
import type { Lake } from '@shelfcast/runtime/lake'
import type { Logger } from '@shelfcast/runtime/log'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { Compile } from 'typebox/compile'
import type { ProductFacts, StoreFacts, World } from './stream/gate/world.ts'

const storeValidator = Compile(Store)
const productValidator = Compile(Product)
const supplierValidator = Compile(Supplier)

export interface Reference extends World {
  /** Reads what was published since the last time. The reading begins after the call, so it sees all that was there before. */
  refresh(): Promise<void>
  /** When the last reading that has ended began, as performance.now() tells it. */
  readonly readAt: number
  /** Passes on to the warehouse what was read. What fails, while it is away, is passed on the next time. */
  publish(): Promise<void>
}

export function createReference(options: { lake: Lake; warehouse: Warehouse; log: Logger }): Reference {
  const { lake, warehouse, log } = options
  const stores = new Map<string, StoreFacts>()
  const products = new Map<string, ProductFacts>()
  /** What the warehouse does not have yet, by object. */
  const unpublished = new Map<string, { table: string; source: string; rows: object[] }>()
  let publishing: Promise<void> = Promise.resolve()
  let readAt = Number.NEGATIVE_INFINITY
  const etags = new Map<string, string>()
  let running: Promise<unknown> = Promise.resolve()
  let queued: Promise<void> | undefined
  const takers: Record<string, (name: string, source: string, lines: string[]) => void> = {
    'stores.ndjson': takeStores,
    'products.ndjson': takeProducts,
    'suppliers.ndjson': takeSuppliers,
  }

  async function read(): Promise<void> {
    const begun = performance.now()
    for await (const object of lake.list('raw', REFERENCE_PREFIX)) {
      if (etags.get(object.name) === object.etag) continue
      const [, source, file] = object.name.split('/')
      const take = file === undefined ? undefined : takers[file]
      if (source === undefined || take === undefined) continue
      const lines = (await lake.read('raw', object.name)).toString('utf8').split('\n').filter(Boolean)
      take(object.name, source, lines)
      etags.set(object.name, object.etag)
    }
    readAt = begun
  }

  function takeStores(name: string, source: string, lines: string[]): void {
    const rows = lines.flatMap((line, index) => {
      const row = parsed(line)
      const zoned = storeValidator.Check(row) && isTimeZone(row.time_zone)
      if (!zoned)
        return skip(name, index, storeValidator.Errors(row)[0]?.message ?? 'time_zone is not an IANA name')
      stores.set(row.store_id, { timeZone: row.time_zone, currency: row.currency })
      return [row]
    })
    unpublished.set(name, { table: 'dim_store', source, rows })
  }

  function takeProducts(name: string, source: string, lines: string[]): void {
    const rows = lines.flatMap((line, index) => {
      const row = parsed(line)
      if (!productValidator.Check(row)) return skip(name, index, productValidator.Errors(row)[0]?.message)
      products.set(row.sku, {
        kind: row.kind,
        unit: row.unit,
        ...(row.price !== undefined && { price: row.price }),
      })
      return [row]
    })
    unpublished.set(name, { table: 'dim_product', source, rows })
  }

  function takeSuppliers(name: string, source: string, lines: string[]): void {
    const rows = lines.flatMap((line, index) => {
      const row = parsed(line)
      if (!supplierValidator.Check(row)) return skip(name, index, supplierValidator.Errors(row)[0]?.message)
      return [row]
    })
    unpublished.set(name, { table: 'dim_supplier', source, rows })
  }

  function skip(name: string, index: number, fault: string | undefined): [] {
    log.error(
      { object: `raw/${name}`, line: index + 1 },
      `reference row skipped: ${fault}. Publish it again, corrected.`,
    )
    return []
  }

  async function publishAll(): Promise<void> {
    for (const [name, known] of unpublished) {
      const { table, source, rows } = known
      const updated_at = new Date().toISOString().replace('T', ' ').replace('Z', '')
      if (rows.length > 0) {
        await warehouse.insert({
          table,
          values: rows.map((row) => ({ ...row, source, updated_at })),
          format: 'JSONEachRow',
          clickhouse_settings: { async_insert: 0 },
        })
      }
      // It may have been read again meanwhile.
      if (unpublished.get(name) === known) unpublished.delete(name)
      log.info({ source, table, rows: rows.length }, 'reference data read')
    }
  }

  return {
    store: (id) => stores.get(id),
    product: (sku) => products.get(sku),
    get readAt() {
      return readAt
    },
    publish() {
      publishing = publishing.catch(() => undefined).then(publishAll)
      return publishing
    },
    refresh() {
      queued ??= running
        .catch(() => undefined)
        .then(() => {
          queued = undefined
          const reading = read()
          running = reading
          return reading
        })
      return queued
    },
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
