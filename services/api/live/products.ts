/** Products as the reference data names them. */
import { type ProductName, readProductNames } from '@shelfcast/warehouse/queries/reference'
import type { Reader } from '@shelfcast/warehouse/queries/rows'

/** Names of these SKUs; one that is not in the map is shown by its SKU. */
export type Products = (skus: string[]) => Promise<Map<string, ProductName>>

const MAX_AGE_MS = 5_000

/** Only what is asked for is read: an assortment may have a hundred thousand products. */
export function createProducts(read: Reader): Products {
  let names = new Map<string, ProductName>()
  let lookups = new Set<string>()
  let since = 0
  return async (skus) => {
    if (performance.now() - since > MAX_AGE_MS) {
      names = new Map()
      lookups = new Set()
      since = performance.now()
    }
    const missing = skus.filter((sku) => !lookups.has(sku))
    if (missing.length > 0) {
      const rows = await readProductNames(read, missing)
      for (const row of rows) names.set(row.sku, row)
      for (const sku of missing) lookups.add(sku)
    }
    return names
  }
}
