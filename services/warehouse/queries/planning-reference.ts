/** What planning needs to know of stores, products and suppliers, as their sources last told it. */
import type { Reader } from './rows.ts'

/** A store, and how far its clock has come. */
export interface PlanningStore {
  store_id: string
  region: string
  currency: string
  /** Day at the store, and its local time as HH:MM; null where nothing was heard of it. */
  today: string | null
  time: string | null
  /** Millilitres; null where the source does not say. */
  storage_volume_ml: number | null
  latitude: number | null
  longitude: number | null
  /** Local hours. */
  opens_at: number | null
  closes_at: number | null
}

export interface PlanningProduct {
  sku: string
  name: string
  category: string
  unit: 'each' | 'g' | 'ml'
  /** Minor units per piece, kilogram or litre; null where the source does not say, as all others. */
  cost: number | null
  price: number | null
  shelf_life_days: number | null
  storage_volume_ml: number | null
  supplier_id: string
  pack_multiple: number | null
  minimum_order_quantity: number | null
  sold_until: string | null
}

export interface PlanningSupplier {
  supplier_id: string
  name: string
  lead_time_days_mean: number
  lead_time_days_sd: number
  order_weekdays: number[]
  order_until: string
  delivery_weekdays: number[]
  /** Minor units at cost, for one order of one store. */
  minimum_order: number
  /** Share of order lines that come in full. */
  reliability: number
}

export function readStores(read: Reader): Promise<PlanningStore[]> {
  return read(`
    select
        stores.store_id as store_id,
        stores.region as region,
        stores.currency as currency,
        if(clock.store_id = '', null, toString(clock.today)) as today,
        if(
            clock.store_id = '',
            null,
            formatDateTime(clock.as_of, '%H:%i', if(clock.time_zone = '', 'UTC', clock.time_zone))
        ) as time,
        storage_volume_ml,
        latitude,
        longitude,
        opens_at,
        closes_at
    from (select * from dim_store final) as stores
    left join store_clock as clock on clock.store_id = stores.store_id
    order by store_id`)
}

export function readProducts(read: Reader): Promise<PlanningProduct[]> {
  return read(`
    select
        sku,
        name,
        category,
        if(dim_product.unit in ('g', 'ml'), dim_product.unit, 'each') as unit,
        cost,
        price,
        shelf_life_days,
        storage_volume_ml,
        supplier_id,
        pack_multiple,
        minimum_order_quantity,
        sold_until
    from dim_product final
    where kind = 'merchandise'
    order by sku`)
}

export function readSuppliers(read: Reader): Promise<PlanningSupplier[]> {
  return read(`
    select
        supplier_id,
        name,
        lead_time_days_mean,
        lead_time_days_sd,
        order_weekdays,
        order_until,
        delivery_weekdays,
        minimum_order,
        reliability
    from dim_supplier final
    order by supplier_id`)
}

/** Units that all stores are expected to sell of a SKU in the next 28 days, in the unit of facts. */
export async function readExpectedUnits(read: Reader, origin: string): Promise<Map<string, number>> {
  const rows = await read<{ sku: string; units: number }>(
    `
    select sku, sum(mean) as units
    from fact_forecast final
    where served and origin = {origin:Date}
    group by sku`,
    { origin },
  )
  return new Map(rows.map(({ sku, units }) => [sku, units]))
}
