/** A warehouse as two years of a chain leave it, made inside the engine, through the same views as every load. */

import type { Progress } from '@shelfcast/platform/tools/progress'
import type { Warehouse } from '@shelfcast/warehouse/client'

export const STORES = 200
export const SKUS = 5_000
const DAYS = 730
const END_S = Date.UTC(2026, 0, 5) / 1000
const LINES_PER_BASKET = 5
/** One insert: some days of all stores, as loads bring them. */
const CHUNK_LINES = 5_000_000
const LEDGER_BLOCKS = 100_000
/** Lines from which on every store has counted every SKU; of fewer, as many fewer. */
const STOCKED_LINES = 50_000_000
/** Large blocks: each is grouped and sorted by itself, once for each view. */
const INSERT_SETTINGS = {
  max_block_size: '1000000',
  min_insert_block_size_rows: '1000000',
  min_insert_block_size_bytes: '0',
  optimize_on_insert: 0 as const,
}

/** The store with the most baskets. */
export const LARGEST_STORE = 'STORE-000'

/** @returns lines that there are now; those of a basket are drawn, so they are about as many as wanted */
export async function fill(warehouse: Warehouse, lines: number, progress: Progress): Promise<number> {
  await warehouse.command({ query: STORES_INSERT })
  await warehouse.command({ query: LEDGER_INSERT, query_params: { blocks: LEDGER_BLOCKS } })
  await warehouse.command({ query: SUPPLIERS_INSERT })
  await warehouse.command({ query: PRODUCTS_INSERT })
  const baskets = Math.round(lines / LINES_PER_BASKET)
  const chunk = Math.min(baskets, CHUNK_LINES / LINES_PER_BASKET)
  await progress.step(`Warehouse of ${lines.toLocaleString('en')} lines`, async (note) => {
    for (let first = 0; first < baskets; first += chunk) {
      const query_params = { first, count: Math.min(chunk, baskets - first), baskets }
      await warehouse.command({ query: SALES_INSERT, query_params, clickhouse_settings: INSERT_SETTINGS })
      await warehouse.command({ query: EVENTS_INSERT, query_params })
      note(`${((first + chunk) * LINES_PER_BASKET).toLocaleString('en')} lines`)
    }
  })
  await progress.step('Counts, deliveries and orders of these stores', async () => {
    const query_params = { skus: Math.ceil(SKUS * Math.min(1, lines / STOCKED_LINES)) }
    await warehouse.command({ query: INVENTORY_INSERT, query_params, clickhouse_settings: INSERT_SETTINGS })
    await warehouse.command({ query: ORDERS_INSERT, query_params })
    for (const overview of ['revenue_overview', 'anomalies_overview', 'stock_overview'])
      for (const statement of ['system refresh view', 'system wait view'])
        await warehouse.command({ query: `${statement} ${overview}` })
  })
  return count(warehouse)
}

async function count(warehouse: Warehouse): Promise<number> {
  const answer = await warehouse.query({
    query: 'select count() as rows from fact_sales',
    format: 'JSONEachRow',
  })
  const [row] = await answer.json<{ rows: string }>()
  return Number(row!.rows)
}

const ZONES = `['Europe/London', 'Europe/Berlin', 'America/New_York', 'Europe/Warsaw']`
const CURRENCIES = `['GBP', 'EUR', 'USD', 'PLN']`

const STORES_INSERT = `
  insert into dim_store (store_id, name, profile, region, time_zone, currency, source, updated_at)
  select
      concat('STORE-', leftPad(toString(number), 3, '0')), concat('Store ', toString(number)), 'supermarket', 'bench',
      ${ZONES}[number % 4 + 1], ${CURRENCIES}[number % 4 + 1], 'bench', now64(3)
  from numbers(${STORES})`

const SUPPLIERS = 20
const SUPPLIERS_INSERT = `
  insert into dim_supplier
      (supplier_id, name, lead_time_days_mean, lead_time_days_sd, order_weekdays, minimum_order, reliability, source,
      updated_at)
  select
      concat('SUPPLIER-', toString(number)), concat('Supplier ', toString(number)), 1 + number % 5, 0.5, [1, 3, 5], 0, 0.95,
      'bench', now64(3)
  from numbers(${SUPPLIERS})`

const PRODUCTS_INSERT = `
  insert into dim_product (sku, name, department, category, brand, unit, kind, supplier_id, source, updated_at)
  select
      concat('SKU-', leftPad(toString(number), 6, '0')), concat('Product ', toString(number)), 'department',
      concat('Category ', toString(number % 40)), 'brand', if(number % 10 = 0, 'g', 'each'), 'merchandise',
      concat('SUPPLIER-', toString(number % ${SUPPLIERS})), 'bench', now64(3)
  from numbers(${SKUS})`

const LEDGER_INSERT = `
  insert into lake_objects
      (key, topic, epoch, partition, begin_offset, end_offset, messages, rows_accepted, rows_refused, offsets_missing,
      bytes, produced_min, produced_max, topic_id, loaded_at)
  select
      concat('raw/bench/', toString(number)), 'sales-transactions', 0, number % 6, intDiv(number, 6) * 200,
      intDiv(number, 6) * 200 + 200, 200, 1000, 2, 0, 30000, loaded_at - interval 2 second,
      loaded_at - interval 1 second, '', now64(3) - toIntervalMillisecond(200 * ({blocks:UInt32} - number)) as loaded_at
  from numbers({blocks:UInt32})`

/** Numbers from 0 to below 1, of a basket or of a line of it. */
const drawn = (of: string, what: string) => `cityHash64(${of}, '${what}') / 18446744073709551616`

/**
 * Baskets in the order of their time: as many on each day, most of them around three in the afternoon. Some stores have
 * many times the baskets of others, and SKUs sell as Zipf found of words. They are produced at the begin of their day: no
 * measure asks for it, and the pulse of the Live page, which would be most of the work, keeps none of them.
 */
const BASKETS = `
  select
      basket,
      toUInt16(floor(${STORES} * pow(${drawn('basket', 'store')}, 1.5))) as store,
      concat('STORE-', leftPad(toString(store), 3, '0')) as store_id,
      toUInt8(floor(pow(${drawn('basket', 'till')}, 1.3) * 8)) + 1 as till_id,
      concat('CASHIER-', toString(till_id * 3 + cityHash64(basket, 'cashier') % 3)) as cashier_id,
      if(cityHash64(basket, 'kind') % 50 = 0, 'return', 'sale') as kind,
      ${END_S} - ${DAYS} * 86400 + intDiv(basket * ${DAYS}, {baskets:UInt64}) * 86400 as day_s,
      toDateTime64(
          day_s + 8 * 3600 + 12 * 3600 * (${drawn('basket', 'time')} + ${drawn('basket', 'hour')}) / 2, 3, 'UTC'
      ) as event_time,
      toDateTime64(day_s, 3, 'UTC') as day
  from (select number + {first:UInt64} as basket from numbers({count:UInt64}))`

const SALES_INSERT = `
  insert into fact_sales
      (topic, epoch, partition, offset, line_no, produced_at, id_hash, basket_id, kind, store_id, till_id, cashier_id,
      event_time, business_date, currency, payment, sku, quantity, unit, unit_price, gross_amount, net_amount, scanned_at)
  with
      floor(${SKUS} * (exp(log(${SKUS}) * ${drawn('basket, line', 'sku')}) - 1) / ${SKUS - 1}) as product,
      product % 10 = 0 as is_weighed,
      if(kind = 'return', -1, 1) as direction,
      100 + cityHash64(product) % 2400 as price
  select
      'sales-transactions', 0, store % 6, basket, line + 1, day, if(line = 0, toInt64(basket) + 1, 0),
      concat(store_id, '-', toString(basket)), kind, store_id, till_id, cashier_id, event_time, toDate(event_time),
      ${CURRENCIES}[store % 4 + 1], 'card', concat('SKU-', leftPad(toString(product), 6, '0')),
      direction * if(is_weighed, 100 + cityHash64(basket, line) % 1900, 1 + cityHash64(basket, line) % 3) as pieces,
      if(is_weighed, 'g', 'each'), price, intDiv(pieces * price, if(is_weighed, 1000, 1)) as gross, gross, event_time
  from (${BASKETS})
  array join range(1 + cityHash64(basket, 'lines') % ${2 * LINES_PER_BASKET - 1}) as line`

/** Of four baskets in a hundred, something is told besides. */
const EVENTS_INSERT = `
  insert into fact_pos_events
      (topic, epoch, partition, offset, produced_at, id_hash, event_id, kind, store_id, till_id, cashier_id, event_time,
      business_date, basket_id)
  select
      'pos-events', 0, store % 3, basket, event_time, toInt64(basket) + 1, toString(basket),
      ['void', 'price_override', 'refund', 'heartbeat'][cityHash64(basket, 'event') % 100 + 1], store_id, till_id,
      cashier_id, event_time, toDate(event_time), concat(store_id, '-', toString(basket))
  from (${BASKETS})
  where cityHash64(basket, 'event') % 100 < 4`

/** Of each SKU of a store a count in the last fortnight, at any hour of the day, and two deliveries of a lot each. */
const INVENTORY_INSERT = `
  insert into fact_inventory
      (topic, epoch, partition, offset, produced_at, id_hash, movement_id, kind, store_id, sku, event_time, business_date,
      quantity, unit, lot, expires_on, purchase_order_id)
  with
      intDiv(number, 3) as position,
      intDiv(position, {skus:UInt32}) as store,
      position % {skus:UInt32} as product,
      number % 3 = 0 as is_count,
      if(is_count, 14, 28) as days
  select
      'inventory-updates', 0, store % 3, number, event_time, toInt64(number) + 1, toString(number),
      if(is_count, 'count', 'receipt'), concat('STORE-', leftPad(toString(store), 3, '0')),
      concat('SKU-', leftPad(toString(product), 6, '0')),
      toDateTime64(
          ${END_S} - 86400 * (1 + cityHash64(number, 'day') % days) + 28800 + cityHash64(number, 'second') % 43200, 3, 'UTC'
      ) as event_time,
      toDate(event_time),
      if(product % 10 = 0, 1000, 1) * (1 + cityHash64(number, 'pieces') % 40),
      if(product % 10 = 0, 'g', 'each'),
      if(is_count, '', concat('LOT-', toString(number))),
      if(is_count, null, toDate(event_time) + 10 + cityHash64(number, 'life') % 60),
      if(is_count, '', concat('PO-', toString(number)))
  from numbers(3 * ${STORES} * {skus:UInt32})`

/** Of each third SKU something is on its way. */
const ORDERS_INSERT = `
  insert into fact_purchase_orders
      (store_id, sku, purchase_order_id, supplier_id, quantity, unit, ordered_at, expected_on, told_at, opening, source,
      object)
  with
      intDiv(number, {skus:UInt32}) as store,
      number % {skus:UInt32} as product
  select
      concat('STORE-', leftPad(toString(store), 3, '0')), concat('SKU-', leftPad(toString(product), 6, '0')),
      concat('PO-NEXT-', toString(number)), concat('SUPPLIER-', toString(product % ${SUPPLIERS})), 24,
      if(product % 10 = 0, 'g', 'each'),
      toDateTime64(${END_S} - 86400 * (1 + cityHash64(number, 'day') % 5), 3, 'UTC') as ordered_at,
      toDate(ordered_at) + 3, ordered_at, false, 'bench', 'bench'
  from numbers(${STORES} * {skus:UInt32})
  where number % 3 = 0`
