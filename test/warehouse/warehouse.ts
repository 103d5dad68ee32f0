/** What tests and benches share: a migrated warehouse of their own. */
import { createLog } from '@shelfcast/runtime/log'
import { createWarehouse, type Warehouse } from '@shelfcast/warehouse/client'
import { migrate } from '@shelfcast/warehouse/migrate'
import { startServer, type WarehouseProcess } from '../platform/clickhouse.ts'

export interface TestWarehouse {
  process: WarehouseProcess
  /** Rights of the service user. */
  access: { url: string; user: string; password: string }
  client: Warehouse
  stop(): Promise<void>
}

/** The embedded warehouse as a process on a free port, migrated and empty. */
export async function startWarehouse(): Promise<TestWarehouse> {
  const process = await startServer()
  const access = { url: process.url, user: 'shelfcast', password: process.password }
  const client = createWarehouse({ ...access, application: 'test' })
  const stop = async () => {
    await client.close()
    await process.stop()
  }
  try {
    await migrate(access, createLog('test', 'error'))
  } catch (error) {
    await stop()
    throw error
  }
  return { process, access, client, stop }
}

/** Rows, seen by the next question. */
export async function insert(warehouse: Warehouse, table: string, values: readonly object[]): Promise<void> {
  await warehouse.insert({
    table,
    values: [...values],
    format: 'JSONEachRow',
    clickhouse_settings: { async_insert: 0 },
  })
}
