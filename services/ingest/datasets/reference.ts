/** What the gate knows of stores and products: snapshots of the lake, held in memory, also while the warehouse is away. */
import type { RowDataset } from '@shelfcast/contracts/datasets/layout'
import { DATASETS_PREFIX, datasetPlace, snapshotName } from '@shelfcast/contracts/datasets/layout'
import { PRODUCTS, type Product } from '@shelfcast/contracts/datasets/products'
import { STORES, type Store } from '@shelfcast/contracts/datasets/stores'
import type { Lake } from '@shelfcast/runtime/lake'
import type { Logger } from '@shelfcast/runtime/log'
import type { ProductFacts, StoreFacts, World } from '../stream/gate/world.ts'
import { OBJECT_BYTES_LIMIT, readRows } from './rows.ts'

export interface Reference extends World {
  /** Reads what was published since the last time. The reading begins after the call, so it sees all that was there before. */
  refresh(): Promise<void>
  /** When the last reading that has ended began, as performance.now() tells it. */
  readonly readAt: number
}

export function createReference({ lake, log }: { lake: Lake; log: Logger }): Reference {
  const stores = new Map<string, StoreFacts>()
  const products = new Map<string, ProductFacts>()
  const etags = new Map<string, string>()
  let readAt = Number.NEGATIVE_INFINITY
  let running: Promise<unknown> = Promise.resolve()
  let queued: Promise<void> | undefined

  async function read(): Promise<void> {
    const startTime = performance.now()
    await readSnapshots(STORES, (row) => {
      const { store_id, time_zone, currency } = row as Store
      stores.set(store_id, { timeZone: time_zone, currency })
    })
    await readSnapshots(PRODUCTS, (row) => {
      const { sku, kind, unit, price } = row as Product
      products.set(sku, { kind, unit, ...(price !== undefined && { price }) })
    })
    readAt = startTime
  }

  async function readSnapshots(dataset: RowDataset, take: (row: object) => void): Promise<void> {
    for await (const { name, etag, size } of lake.list('raw', `${DATASETS_PREFIX}${dataset.kind}/`)) {
      const source = datasetPlace(name)?.source
      if (source === undefined || name !== snapshotName(dataset, source)) continue
      if (etags.get(name) === etag || size > OBJECT_BYTES_LIMIT) continue
      const { rows, refusals } = readRows(dataset, await lake.read('raw', name))
      for (const row of rows) take(row)
      etags.set(name, etag)
      if (refusals.length > 0)
        log.warn(
          { object: `raw/${name}`, rows: refusals.length },
          'the gate does not know rows that are refused',
        )
    }
  }

  return {
    store: (id) => stores.get(id),
    product: (sku) => products.get(sku),
    get readAt() {
      return readAt
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
