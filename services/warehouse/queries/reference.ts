/** Stores and products as their sources last named them. */
import type { Reader } from './rows.ts'

export interface StoreName {
  store_id: string
  name: string
  /** IANA name. */
  time_zone: string
  currency: string
}

export const readStoreNames = (read: Reader): Promise<StoreName[]> =>
  read<StoreName>(`
    select
        store_id,
        argMax(name, updated_at) as name,
        argMax(time_zone, updated_at) as time_zone,
        argMax(currency, updated_at) as currency
    from dim_store
    group by store_id`)

export interface ProductName {
  sku: string
  name: string
  category: string
}

/** @param skus of these; of all that have a daily series when left out */
export const readProductNames = (read: Reader, skus?: readonly string[]): Promise<ProductName[]> =>
  read<ProductName>(
    `
    select sku, argMax(name, updated_at) as name, argMax(category, updated_at) as category
    from dim_product
    where sku in ${skus ? '{skus:Array(String)}' : '(select sku from series_spans)'}
    group by sku`,
    skus ? { skus } : {},
  )
