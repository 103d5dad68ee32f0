/** Stores as the reference data names them. */
import { readStoreNames, type StoreName } from '@shelfcast/warehouse/queries/reference'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import { recent } from './recent.ts'

/** Stores by id. A store that is not in the map is shown by its id. */
export type Stores = () => Promise<Map<string, StoreName>>

const MAX_AGE_MS = 5_000

export function createStores(read: Reader): Stores {
  return recent(MAX_AGE_MS, async () => {
    const rows = await readStoreNames(read)
    return new Map(rows.map((row) => [row.store_id, row]))
  })
}
