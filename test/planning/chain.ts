/** A chain on the evening of a day, made inside the engine: stock, lots, open orders, receipts and forecasts. */
import { addDays } from '@shelfcast/contracts/dates'
import type { Warehouse } from '@shelfcast/warehouse/client'

export interface Chain {
  stores: number
  skus: number
  /** Last day that was known, as 2026-01-31. */
  origin: string
}

/** @param onTable told of each table that is filled */
export async function fillChain(
  warehouse: Warehouse,
  chain: Chain,
  onTable: (table: string) => void = () => {},
): Promise<void> {
  const query_params = { ...chain, today: addDays(chain.origin, 1) }
  for (const [table, query] of Object.entries(TABLES)) {
    await warehouse.command({
      query: `insert into ${table} ${query}`,
      query_params,
      clickhouse_settings: { max_insert_threads: '1', min_insert_block_size_rows: '2000000' },
    })
    onTable(table)
  }
}

const STORE = "concat('S', leftPad(toString(store), 4, '0'))"
const SKU = "concat('P', leftPad(toString(product), 5, '0'))"
const SUPPLIER = "concat('supplier-', toString(product % 20))"
/** Evenly between 0 and 1, the same for the same keys. */
const chance = (...keys: string[]) => `(cityHash64(${keys.join(', ')}) % 1000003 / 1000003)`
/** Units a day, in pieces: most series sell less than one, some tens. */
const RATE = `(pow(10, 2 * ${chance('product', "'size'")} - 0.7) * (0.5 + ${chance('store', "'size'")}))`
/** Every tenth product is sold by weight, in grams. */
const SCALE = 'if(product % 10 = 9, 1000, 1)'
const UNIT = "if(product % 10 = 9, 'g', 'each')"
/** Two of five keep for days only. */
const LIFE = 'multiIf(product % 5 = 0, 4, product % 5 = 1, 12, 200)'
const SERIES = `
  (select number as store from numbers({stores:UInt32})) as stores
  cross join (select number as product from numbers({skus:UInt32})) as products`

const TABLES = {
  dim_store: `(store_id, name, time_zone, currency, storage_volume_ml, source, updated_at)
    select ${STORE}, ${STORE}, 'UTC', 'EUR', 2000000 * {skus:UInt32}, 'bench', {origin:Date}
    from (select number as store from numbers({stores:UInt32}))`,
  dim_product: `(sku, name, department, category, brand, unit, kind, cost, price, shelf_life_days, storage_volume_ml,
      supplier_id, pack_multiple, source, updated_at)
    select ${SKU}, ${SKU}, 'd', concat('category-', toString(product % 20)), 'b', ${UNIT}, 'merchandise',
      70 + product % 600, 100 + product % 900, ${LIFE}, 500 + product % 1000, ${SUPPLIER},
      ${SCALE} * [1, 6, 12][1 + product % 3], 'bench', {origin:Date}
    from (select number as product from numbers({skus:UInt32}))`,
  // Half of them take orders on each day of the week.
  dim_supplier: `(supplier_id, name, lead_time_days_mean, lead_time_days_sd, order_weekdays, minimum_order, reliability,
      source, updated_at)
    select concat('supplier-', toString(number)), 'supplier', 1.2 + number % 5, 0.3 + (number % 5) / 4,
      if(number % 2 = 0, [1, 3, 5, 7], [2, 4, 6, 7]), 5000, 0.96, 'bench', {origin:Date}
    from numbers(20)`,
  till_clock: `(store_id, till_id, first_hour, last_hour)
    select ${STORE}, till, toDateTime({origin:Date} - 60, 'UTC'), toDateTime({today:Date}, 'UTC') + 3 * 3600
    from (select number as store from numbers({stores:UInt32})) as stores
    cross join (select 1 + number as till from numbers(2)) as tills`,
  stock_counts: `(store_id, sku, counted_at, unit, quantity, counts)
    select ${STORE}, ${SKU}, toDateTime64({origin:Date} - 2, 3, 'UTC'), ${UNIT},
      toInt64(${SCALE} * ceil(${RATE} * 9 * ${chance('store', 'product', "'stock'")})), 1
    from ${SERIES}`,
  stock_changes: `(store_id, sku, hour, unit, sold, moved, lines, movements)
    select ${STORE}, ${SKU}, toDateTime({origin:Date} - 2 + day, 'UTC') + 3600 * 12, ${UNIT},
      toInt64(${SCALE} * round(${RATE})), 0, 1, 0
    from ${SERIES}
    cross join (select number as day from numbers(3)) as days
    where ${RATE} >= 0.5`,
  stock_lot_changes: `(store_id, sku, expires_on, lot, unit, is_count, event_time, quantity, movements)
    select ${STORE}, ${SKU}, {origin:Date} + 1 + lot * 3, toString(lot), ${UNIT}, 0, toDateTime64({origin:Date} - 1, 3, 'UTC'),
      toInt64(${SCALE} * ceil(${RATE} * 2)), 1
    from ${SERIES}
    cross join (select number as lot from numbers(2)) as lots
    where product % 5 < 2`,
  fact_purchase_orders: `(store_id, sku, purchase_order_id, supplier_id, quantity, unit, ordered_at, expected_on, told_at, source, object)
    select ${STORE}, ${SKU}, concat('order-', toString(age), '-', toString(product % 20)), ${SUPPLIER},
      toInt64(${SCALE} * 12), ${UNIT}, toDateTime64({origin:Date} - age, 3, 'UTC'),
      {origin:Date} - age + 2 + product % 5, toDateTime64({origin:Date} - age, 3, 'UTC'), 'bench', 'o'
    from ${SERIES}
    cross join (select arrayJoin([1, 8, 15]) as age) as ages
    where ${chance('store', 'product', 'age')} < 0.2`,
  order_receipts: `(store_id, received_on, sku, purchase_order_id, quantity, receipts)
    select store_id, ordered_on + 1 + cityHash64(store_id, purchase_order_id) % 5, sku, purchase_order_id, quantity, 1
    from fact_purchase_orders
    where ordered_on < {origin:Date} - 3`,
  fact_forecast: `(store_id, sku, origin, horizon, target_date, model_version, role, served, unit, p10, p50, p90, mean, baseline,
      baseline_name, feature_hash)
    select ${STORE}, ${SKU}, {origin:Date}, day, {origin:Date} + day, 'v1', 'champion', 1, ${UNIT},
      0, ${SCALE} * ${RATE}, ${SCALE} * ${RATE} * 2, ${SCALE} * ${RATE} * (1 + 0.3 * (toDayOfWeek({origin:Date} + day) >= 6)),
      ${SCALE} * ${RATE}, 'moving_average', 'bench'
    from ${SERIES}
    cross join (select 1 + number as day from numbers(28)) as days`,
  // Last: it says that the forecasts are there as a whole.
  forecast_scorings: `(origin, feature_hash, built_at, turn, model_version, rows, scored_at)
    select {origin:Date}, 'bench', toDateTime64({origin:Date}, 3, 'UTC'), 1, 'v1', 28 * {stores:UInt32} * {skus:UInt32},
      toDateTime64({origin:Date}, 3, 'UTC')`,
}
