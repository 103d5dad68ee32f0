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
