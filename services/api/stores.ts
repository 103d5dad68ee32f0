/** Stores as the reference data names them. */
import type { Reader } from './reader.ts'
import { recent } from './recent.ts'

export interface StoreName {
  store_id: string
  name: string
  time_zone: string
  currency: string
}

/** Stores by id. A store that is not in the map is shown by its id. */
export type Stores = () => Promise<Map<string, StoreName>>

const MAX_AGE_MS = 5_000

export function createStores(read: Reader): Stores {
  return recent(MAX_AGE_MS, async () => {
    const rows = await read<StoreName>(`
      select
          store_id,
          argMax(name, updated_at) as name,
          argMax(time_zone, updated_at) as time_zone,
          argMax(currency, updated_at) as currency
      from dim_store
      group by store_id`)
    return new Map(rows.map((row) => [row.store_id, row]))
  })
}
