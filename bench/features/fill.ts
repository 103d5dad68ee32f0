/** Stores whose series go back for years, made inside the engine: what features are made of, as jobs leave it. */
import { addDays } from '@shelfcast/contracts/dates'
import type { Warehouse } from '@shelfcast/warehouse/client'

export interface Chain {
  stores: number
  skus: number
  /** First and last day, as 2026-01-31. */
  from: string
  to: string
}

export const seriesOf = ({ stores, skus }: Chain) => stores * skus

/** Stores, products, calendar, weather and plans, for some weeks after the last day too. */
export async function fillReference(warehouse: Warehouse, chain: Chain): Promise<void> {
  const query_params = { ...chain, until: addDays(chain.to, 60) }
  for (const query of REFERENCE) await warehouse.command({ query, query_params })
}

/**
 * Days of all series, a month at a time as the job tells them.
 * @param hours_ago when they were told
 */
export async function fillDays(
  warehouse: Warehouse,
  chain: Chain,
  hours_ago: number,
  onMonth: (day: string) => void = () => {},
): Promise<void> {
  for (let first = chain.from; first <= chain.to; ) {
    const next = monthAfter(first)
    const last = addDays(next, -1) < chain.to ? addDays(next, -1) : chain.to
    await warehouse.command({
      query: DAYS,
      query_params: { ...chain, from: first, to: last, hours_ago },
      clickhouse_settings: { max_insert_threads: '1', min_insert_block_size_rows: '4000000' },
    })
    onMonth(last)
    first = next
  }
}

const monthAfter = (day: string) =>
  new Date(Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)), 1)).toISOString().slice(0, 10)

const STORE = "concat('S', leftPad(toString(store), 4, '0'))"
const SKU = "concat('P', leftPad(toString(product), 5, '0'))"
/** Evenly between 0 and 1, the same for the same keys. */
const chance = (...keys: string[]) => `(cityHash64(${keys.join(', ')}) % 1000003 / 1000003)`

/** Monday of the first week, and how many weeks there are up to a day. */
const WEEKS = `
  (select toMonday({from:Date}) + 7 * number as week
  from numbers(toUInt64(intDiv(toInt32({until:Date} - {from:Date}), 7) + 2)))`

const REFERENCE = [
  `insert into dim_store (store_id, name, profile, region, time_zone, currency, country, weather_zone, source, updated_at)
  select ${STORE}, ${STORE}, concat('profile-', toString(store % 4)), 'r', 'UTC', 'EUR', 'IE',
    concat('zone-', toString(store % 8)), 'bench', {from:Date}
  from (select number as store from numbers({stores:UInt32}))`,
  `insert into dim_product (sku, name, department, category, brand, unit, kind, source, updated_at, price)
  select ${SKU}, ${SKU}, 'd', concat('category-', toString(product % 20)), 'b', if(product % 10 = 9, 'g', 'each'),
    'merchandise', 'bench', {from:Date}, 100 + product % 900
  from (select number as product from numbers({skus:UInt32}))`,
  `insert into calendar_daily (date, country, weekday, public_holiday, festival, source)
  select date, 'IE', toDayOfWeek(date), if(toDayOfYear(date) in (1, 76, 150, 300), 'holiday', ''),
    multiIf(toDayOfYear(date) = 304, 'halloween', toDayOfYear(date) = 359, 'christmas', toDayOfYear(date) = 95, 'easter', ''),
    'bench'
  from (select {from:Date} + number as date from numbers(toUInt64({until:Date} - {from:Date} + 1)))`,
  `insert into weather_daily (zone_id, date, temperature_c, rain_mm, source)
  select concat('zone-', toString(zone)), date,
    round(10 + 8 * sin((toDayOfYear(date) - 110) / 58.1) + 6 * ${chance('zone', 'date')} - 3, 1),
    round(if(${chance('zone', 'date', "'rain'")} < 0.4, 12 * ${chance('zone', 'date', "'mm'")}, 0), 1), 'bench'
  from (select {from:Date} + number as date from numbers(toUInt64({to:Date} - {from:Date} + 1))) as days
  cross join (select number as zone from numbers(8)) as zones`,
  `insert into weather_forecasts (zone_id, issued_on, date, temperature_c, rain_mm, source)
  select zone_id, weather_daily.date, weather_daily.date + lead, temperature_c + 0.5, rain_mm / 2, 'bench'
  from weather_daily
  array join range(1, 11) as lead
  where weather_daily.date > {to:Date} - 40`,
  `insert into prices_weekly (profile, sku, week, price, source)
  select concat('profile-', toString(profile)), ${SKU}, week, 100 + product % 900 + 5 * (toRelativeWeekNum(week) % 40 > 20), 'bench'
  from (select number as product from numbers({skus:UInt32})) as products
  cross join (select number as profile from numbers(4)) as profiles
  cross join ${WEEKS} as weeks`,
  `insert into promotions_planned (profile, sku, week, promotion_id, kind, off, announced_on, source)
  select concat('profile-', toString(profile)), ${SKU}, week, concat(toString(week), '-', toString(product)),
    ['price_off', 'multibuy', 'end_cap'][1 + product % 3], 0.25, week - 42, 'bench'
  from (select number as product from numbers({skus:UInt32})) as products
  cross join (select number as profile from numbers(4)) as profiles
  cross join ${WEEKS} as weeks
  where (product + toRelativeWeekNum(week)) % 13 = 0`,
]

const DAYS = `
  insert into series_daily (store_id, sku, day, units, price, promotion_off, promotion_kind, stock_out, source, filled_at)
  select
    ${STORE},
    ${SKU},
    day,
    if(product % 10 = 9, toInt32(1000 * demand * ${chance('store', 'product', 'day')}) / 1000,
      floor(demand * 2 * ${chance('store', 'product', 'day')})) as sold,
    100 + product % 900 + 5 * (toRelativeWeekNum(day) % 40 > 20),
    if((product + toRelativeWeekNum(toMonday(day))) % 13 = 0, 0.25, 0),
    if((product + toRelativeWeekNum(toMonday(day))) % 13 = 0, ['price_off', 'multibuy', 'end_cap'][1 + product % 3], ''),
    ${chance('store', 'product', 'day', "'empty'")} < 0.01,
    'live',
    now64(3) - toIntervalHour({hours_ago:UInt32})
  from
  (
    select
      store,
      product,
      day,
      pow(10, 1.3 * ${chance('product', "'size'")}) * (0.6 + ${chance('store', "'size'")}) / 2
        * (1 + 0.3 * (toDayOfWeek(day) >= 6)) * (1 + 0.2 * sin((toDayOfYear(day) - 80) / 58.1))
        * if((product + toRelativeWeekNum(toMonday(day))) % 13 = 0, 1.8, 1) as demand
    from (select number as store from numbers({stores:UInt32})) as stores
    cross join (select number as product from numbers({skus:UInt32})) as products
    cross join (select {from:Date} + number as day from numbers(toUInt64({to:Date} - {from:Date} + 1))) as days
  )`
