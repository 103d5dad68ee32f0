/**
 * What is kept of an origin so that the features of a later one are made of it and of the days since: the last year of
 * each series, and what each category sold by day. It is used where the same definitions made it, and says the same as
 * reading all days would: days that were filled since it was read are read again, with all that come after them.
 */
import type { Warehouse } from './client.ts'
import { rowsOf } from './queries/rows.ts'

const TABLES = ['kept_windows', 'kept_sums'] as const
/** A row is stamped when its insert begins and seen when it ends, after REQUEST_TIMEOUT_MS at most. */
const INSERT_MINUTES = 15
/** Of the newest origins: several are built within a minute where store time is quick. */
const KEPT_BUILDINGS = 3
/** A window that ends before this many days leaves nothing to take over. */
const WINDOW_DAYS = 364

interface Kept {
  id: string
  origin: string
  read_at: string
  windows: number
  sums: number
}

/** Of what a building is made, and what is kept of it. */
export interface Building {
  id: string
  feature_hash: string
  /** The oldest and the newest. */
  first: string
  last: string
  /** By the warehouse's clock, before any day was read. */
  read_at: string
}

/**
 * Makes the tables `kept`, `kept_windows` and `kept_sums` of the build database, with what can be taken over; after
 * `series`, whose categories they are held to.
 */
export async function takeKept(inside: Warehouse, building: Building): Promise<void> {
  for (const table of TABLES) await inside.command({ query: `create table ${table} as shelfcast.${table}` })
  const kept = await newestKept(inside, building)
  const until = kept && (await attach(inside, kept)) ? await untouchedUntil(inside, kept) : NEVER
  await inside.command({ query: 'create table kept (until Date) engine = Memory' })
  await inside.insert({
    table: 'kept',
    values: [{ until }],
    format: 'JSONEachRow',
    clickhouse_settings: { async_insert: 0 },
  })
}

/** Nothing is taken over: all days are read. */
const NEVER = '1970-01-01'

async function newestKept(inside: Warehouse, { feature_hash, first }: Building): Promise<Kept | undefined> {
  const [kept] = await rowsOf<Kept>(
    inside,
    `
    select id, toString(origin) as origin, toString(read_at) as read_at, windows, sums
    from shelfcast.kept_origins as kept
    where kept.feature_hash = {feature_hash:String}
        and kept.origin between toDate({first:String}) - ${WINDOW_DAYS} and toDate({first:String})
    order by kept.origin desc, kept.read_at desc
    limit 1`,
    { feature_hash, first },
  )
  return kept
}

/** Links the parts of a building into the build database: whoever drops them elsewhere takes nothing from here. */
async function attach(inside: Warehouse, kept: Kept): Promise<boolean> {
  for (const table of TABLES)
    await inside.command({
      query: `alter table ${table} attach partition {id:String} from shelfcast.${table}`,
      query_params: { id: kept.id },
    })
  const [rows] = await rowsOf<{ windows: number; sums: number; moved: number }>(
    inside,
    `
    select
        (select count() from kept_windows) as windows,
        (select count() from kept_sums) as sums,
        (
            select countIf(kept_windows.category != series.category)
            from kept_windows
            inner join series using (store_id, sku)
        ) as moved`,
  )
  return rows!.windows === kept.windows && rows!.sums === kept.sums && rows!.moved === 0
}

/** The last day that says what it said when the origin was kept. */
async function untouchedUntil(inside: Warehouse, { origin, read_at }: Kept): Promise<string> {
  const [row] = await rowsOf<{ until: string }>(
    inside,
    `
    select toString(if(count() = 0, toDate({origin:String}), least(toDate({origin:String}), min(day) - 1))) as until
    from shelfcast.series_daily
    where filled_at > toDateTime64({read_at:String}, 3, 'UTC') - interval ${INSERT_MINUTES} minute`,
    { origin, read_at },
  )
  return row!.until
}

/** Makes the tables that `keepWindows` and `keepSums` fill; a building older than one that is kept keeps nothing. */
export async function beginKeeping(inside: Warehouse, building: Building): Promise<boolean> {
  const [row] = await rowsOf<{ newer: number }>(
    inside,
    `
    select count() as newer
    from shelfcast.kept_origins as kept
    where kept.feature_hash = {feature_hash:String} and kept.origin > toDate({last:String})`,
    { feature_hash: building.feature_hash, last: building.last },
  )
  if (row!.newer > 0) return false
  for (const table of TABLES)
    await inside.command({ query: `create table next_${table} as shelfcast.${table}` })
  return true
}

/** Of the series of the slice at hand. */
export async function keepWindows(inside: Warehouse, { id, last }: Building): Promise<void> {
  await inside.command({
    query: `
      insert into next_kept_windows
      select {id:String}, store_id, sku, category, days, units, price, promotion_off, stock_out
      from series_windows
      inner join series using (store_id, sku)
      where origin = {last:Date}`,
    query_params: { id, last },
  })
}

/** Of all slices: what is kept becomes what the next origin is made of, whole or not at all. */
export async function endKeeping(inside: Warehouse, building: Building): Promise<void> {
  const { id, feature_hash, last, read_at } = building
  await inside.command({
    query: `
      insert into next_kept_sums
      select {id:String}, category, day, units, listed
      from category_sums`,
    query_params: { id },
  })
  for (const table of TABLES)
    await inside.command({
      query: `alter table shelfcast.${table} attach partition {id:String} from next_${table}`,
      query_params: { id },
    })
  await inside.command({
    query: `
      insert into shelfcast.kept_origins (id, feature_hash, origin, read_at, windows, sums)
      select
          {id:String},
          {feature_hash:String},
          {last:Date},
          toDateTime64({read_at:String}, 3, 'UTC'),
          (select count() from next_kept_windows),
          (select count() from next_kept_sums)`,
    query_params: { id, feature_hash, last, read_at },
  })
  await dropKept(inside)
}

/** Drops what no building begins with: all but the newest, and what a crash has left, once it is a day old. */
async function dropKept(inside: Warehouse): Promise<void> {
  const stale = await rowsOf<{ table: string; id: string }>(
    inside,
    `
    with
        newest as
        (
            select id
            from shelfcast.kept_origins
            order by kept_at desc
            limit ${KEPT_BUILDINGS}
        )
    select table, partition as id
    from system.parts
    where database = 'shelfcast' and table in {tables:Array(String)} and active
    group by table, id
    having id not in (select id from newest)
        and (id in (select id from shelfcast.kept_origins) or max(modification_time) < now() - interval 1 day)`,
    { tables: [...TABLES] },
  )
  for (const { table, id } of stale)
    await inside.command({
      query: `alter table shelfcast.${table} drop partition {id:String}`,
      query_params: { id },
    })
}

/** The series have other days: nothing that is kept of them holds. */
export async function forgetKept(warehouse: Warehouse): Promise<void> {
  await warehouse.command({ query: 'truncate table kept_origins' })
  for (const table of TABLES) await warehouse.command({ query: `truncate table ${table}` })
}
