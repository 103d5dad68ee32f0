/** A lake and a warehouse for tests of stock, which take messages without a broker. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { emptyTables } from '@shelfcast/ingest/load/emptying'
import { startStack } from '@shelfcast/platform/supervisor/supervise'
import type { Lake } from '@shelfcast/runtime/lake'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { lakeOf, warehouseOf } from '../stack/figures.ts'

export interface StockStores {
  lake: Lake
  warehouse: Warehouse
  /** Empties both. */
  empty(): Promise<void>
  close(): Promise<void>
}

export async function startStockStores(): Promise<StockStores> {
  const folder = await mkdtemp(join(tmpdir(), 'shelfcast-stock-'))
  const stack = await startStack({ dataDir: folder, ports: 'free', parts: ['lake', 'warehouse'] })
  const lake = lakeOf(stack.environment)
  await lake.client.makeBucket(lake.bucket('raw'), 'us-east-1')
  const warehouse = warehouseOf(stack.environment)
  return {
    lake,
    warehouse,
    async empty() {
      for await (const { name } of lake.list('raw', ''))
        await lake.client.removeObject(lake.bucket('raw'), name)
      await emptyTables(warehouse)
      for (const table of ['fact_purchase_orders', 'dim_product', 'dim_supplier', 'dataset_objects'])
        await warehouse.command({ query: `truncate table ${table}` })
    },
    async close() {
      await warehouse.close()
      await stack.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
