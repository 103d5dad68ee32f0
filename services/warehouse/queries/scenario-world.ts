/** What scenarios need to know of stores, products, stock and suppliers beside the forecasts. */
import type { Reader } from './rows.ts'

export interface ScenarioStore {
  store_id: string
  region: string
  currency: string
  /** Day and time at the store; null where nothing was heard of it. */
  today: string | null
  time: string | null
}

export interface ScenarioProduct {
  sku: string
  cost: number | null
  price: number | null
  supplier_id: string
  pack_multiple: number | null
  minimum_order_quantity: number | null
  shelf_life_days: number | null
  sold_until: string | null
  /** In the unit of facts, of all stores in the next 28 days. */
  expected: number
}

export interface ScenarioSupplier {
  supplier_id: string
  lead_time_days_mean: number
  lead_time_days_sd: number
  order_weekdays: number[]
  order_until: string
  minimum_order: number
}

export interface ScenarioStock {
  store_id: string
  sku: string
  on_hand: number
  lots: [expires_on: string, quantity: number][]
}

export interface ScenarioOrder {
  store_id: string
  sku: string
  purchase_order_id: string
  quantity: number
  expected_on: string | null
}

export interface ScenarioWorld {
  stores: ScenarioStore[]
  products: ScenarioProduct[]
  suppliers: ScenarioSupplier[]
}

/** Day of a lot whose day nobody knows, as in stock_positions. */
export const UNKNOWN_DAY = '2149-06-06'

export async function readWorld(read: Reader): Promise<ScenarioWorld> {
  const [stores, products, suppliers] = await Promise.all([
    read<ScenarioStore>(`
      select
          stores.store_id as store_id,
          stores.region as region,
          stores.currency as currency,
          if(clock.store_id = '', null, toString(clock.today)) as today,
          if(clock.store_id = '', null, formatDateTime(clock.as_of, '%H:%i', clock.time_zone)) as time
      from (select * from dim_store final) as stores
      left join store_clock as clock on clock.store_id = stores.store_id
      order by store_id`),
    read<ScenarioProduct>(`
      select
          products.sku as sku,
          cost,
          price,
          supplier_id,
          pack_multiple,
          minimum_order_quantity,
          shelf_life_days,
          toString(sold_until) as sold_until,
          ifNull(forecasts.expected, 0) as expected
      from (select * from dim_product final where kind = 'merchandise') as products
      left join (select sku, sum(mean) as expected from forecast_latest group by sku) as forecasts
          on forecasts.sku = products.sku
      order by sku`),
    read<ScenarioSupplier>(`
      select supplier_id, lead_time_days_mean, lead_time_days_sd, order_weekdays, order_until, minimum_order
      from dim_supplier final
      order by supplier_id`),
  ])
  return { stores, products, suppliers }
}

/** Stock and open orders of SKUs of stores. */
export async function readStock(
  read: Reader,
  choice: { stores: readonly string[]; skus: readonly string[] },
): Promise<{ stock: ScenarioStock[]; orders: ScenarioOrder[] }> {
  const [stock, orders] = await Promise.all([
    read<ScenarioStock>(
      `
      select store_id, sku, on_hand, arrayMap(its -> (toString(its.1), its.3), lots) as lots
      from stock_positions
      where store_id in {stores:Array(String)} and sku in {skus:Array(String)}`,
      choice,
    ),
    read<ScenarioOrder>(
      `
      select store_id, sku, purchase_order_id, quantity, toString(expected_on) as expected_on
      from stock_on_order
      where store_id in {stores:Array(String)} and sku in {skus:Array(String)}`,
      choice,
    ),
  ])
  return { stock, orders }
}
