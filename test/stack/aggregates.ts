/** The warehouse held against itself: each aggregate against the rows that it is made of, and every table as a print. */
import type { Warehouse } from '@shelfcast/warehouse/client'

interface Aggregate {
  keys: string
  sums: string
  /** How columns are merged that are not sums. */
  merged?: Record<string, 'min' | 'max'>
  /** The same rows from the tables that they are made of. */
  recomputed: string
}

// What is older is dropped by the tables' TTL, at a time of the engine's choosing.
const RECENT = 'bucket > now() - interval 1 day'
const PIECES = "sum(if(unit = 'each', f.quantity, sign(f.quantity)))"

const HOUR = "toStartOfHour(toDateTime(event_time, 'UTC'))"
const isBasket = (kind: string) =>
  `id_hash != 0 and (replay_of = '' or replay_of like '%/0') and kind = '${kind}'`
const SOLD = `
  countIf(${isBasket('sale')}) as baskets, countIf(${isBasket('return')}) as returns,
  sumIf(f.net_amount, kind = 'sale') as sold_amount, sumIf(-f.net_amount, kind = 'return') as returned_amount`

/** Every target of a materialised view that sums. */
const AGGREGATES: Record<string, Aggregate> = {
  sales_hourly: {
    keys: 'store_id, sku, hour, currency, unit',
    sums: 'lines, quantity, gross_amount, net_amount',
    recomputed: `
      select
          store_id, sku, toStartOfHour(toDateTime(event_time, 'UTC')) as hour, currency, unit,
          count() as lines, sum(f.quantity) as quantity, sum(f.gross_amount) as gross_amount,
          sum(f.net_amount) as net_amount
      from fact_sales as f
      group by store_id, sku, hour, currency, unit`,
  },
  sales_pulse: {
    keys: 'bucket, sku, currency',
    sums: 'lines, pieces, net_amount',
    recomputed: `
      select
          toStartOfMinute(toDateTime(produced_at, 'UTC')) as bucket, sku, currency,
          count() as lines, ${PIECES} as pieces, sum(f.net_amount) as net_amount
      from fact_sales as f
      group by bucket, sku, currency
      having ${RECENT}`,
  },
  baskets_pulse: {
    keys: 'bucket, store_id, currency',
    sums: 'baskets, pieces, net_amount',
    recomputed: `
      select
          toStartOfInterval(toDateTime(produced_at, 'UTC'), interval 10 second) as bucket, store_id, currency,
          uniqExactIf((topic, epoch, partition, offset), replay_of = '' or replay_of like '%/0') as baskets,
          ${PIECES} as pieces, sum(f.net_amount) as net_amount
      from fact_sales as f
      group by bucket, store_id, currency
      having ${RECENT}`,
  },
  till_clock: {
    keys: 'store_id, till_id',
    sums: 'first_hour, last_hour',
    merged: { first_hour: 'min', last_hour: 'max' },
    recomputed: `
      select store_id, till_id, min(${HOUR}) as first_hour, max(${HOUR}) as last_hour
      from fact_sales
      group by store_id, till_id`,
  },
  store_hourly: {
    keys: 'store_id, hour, currency',
    sums: 'baskets, returns, lines, pieces, sold_amount, returned_amount',
    recomputed: `
      select
          store_id, ${HOUR} as hour, currency, countIf(kind = 'sale') as lines,
          sumIf(if(unit = 'each', f.quantity, 1), kind = 'sale') as pieces, ${SOLD}
      from fact_sales as f
      group by store_id, hour, currency`,
  },
  till_daily: {
    keys: 'store_id, business_date, till_id, cashier_id, currency',
    sums: 'baskets, returns, sold_amount, returned_amount',
    recomputed: `
      select store_id, business_date, till_id, cashier_id, currency, ${SOLD}
      from fact_sales as f
      group by store_id, business_date, till_id, cashier_id, currency`,
  },
  till_incidents: {
    keys: 'store_id, business_date, till_id, cashier_id',
    sums: 'price_overrides, voids, refunds',
    recomputed: `
      select
          store_id, business_date, till_id, cashier_id, countIf(kind = 'price_override') as price_overrides,
          countIf(kind = 'void') as voids, countIf(kind = 'refund') as refunds
      from fact_pos_events
      group by store_id, business_date, till_id, cashier_id`,
  },
  accepted_totals: {
    keys: 'topic',
    sums: 'lines_accepted, lines_reversed, lines_late',
    recomputed: `
      select
          topic,
          countIf(kind != 'return') as lines_accepted,
          countIf(kind = 'return') as lines_reversed,
          countIf(lateness_s > 0) as lines_late
      from fact_sales group by topic
      union all
      select topic, count(), 0, countIf(lateness_s > 0) from fact_inventory group by topic
      union all
      select topic, count(), 0, countIf(lateness_s > 0) from fact_pos_events group by topic`,
  },
  refused_totals: {
    keys: 'topic, reason',
    sums: 'lines',
    recomputed: 'select topic, reason, sum(line_count) as lines from dead_letters group by topic, reason',
  },
  stock_changes: {
    keys: 'store_id, sku, hour, unit',
    sums: 'sold, moved, lines, movements',
    recomputed: `
      select
          store_id, sku, toStartOfHour(toDateTime(event_time, 'UTC')) as hour, unit, sum(sold) as sold,
          sum(moved) as moved, countIf(is_line) as lines, countIf(not is_line) as movements
      from
      (
          select store_id, sku, event_time, unit, if(kind = 'sale', quantity, 0) as sold, 0 as moved, true as is_line
          from fact_sales
          union all
          select store_id, sku, event_time, unit, 0, quantity, false from fact_inventory where kind != 'count'
      )
      group by store_id, sku, hour, unit`,
  },
  stock_counts: {
    keys: 'store_id, sku, counted_at, unit',
    sums: 'quantity, counts',
    recomputed: `
      select store_id, sku, event_time as counted_at, unit, sum(f.quantity) as quantity, count() as counts
      from fact_inventory as f where kind = 'count'
      group by store_id, sku, counted_at, unit`,
  },
  stock_lot_changes: {
    keys: 'store_id, sku, expires_on, lot, unit, is_count, event_time',
    sums: 'quantity, movements',
    recomputed: `
      select
          store_id, sku, ifNull(f.expires_on, toDate('2149-06-06')) as expires_on, lot, unit,
          kind = 'count' as is_count, event_time, sum(f.quantity) as quantity, count() as movements
      from fact_inventory as f where lot != ''
      group by store_id, sku, expires_on, lot, unit, is_count, event_time`,
  },
  order_receipts: {
    keys: 'store_id, received_on, sku, purchase_order_id',
    sums: 'quantity, receipts',
    recomputed: `
      select
          store_id, business_date as received_on, sku, purchase_order_id, sum(f.quantity) as quantity,
          count() as receipts
      from fact_inventory as f where kind = 'receipt' and purchase_order_id != ''
      group by store_id, received_on, sku, purchase_order_id`,
  },
}

const HASHED = 'topic, epoch, partition, id_hash, offset'

/** Whatever of an aggregate, or of the memory of messages, is not what the facts say: at most five rows of each table. */
export async function aggregateFaults(warehouse: Warehouse): Promise<string[]> {
  const faults: string[] = []
  const compare = async (
    table: string,
    { keys, sums }: Pick<Aggregate, 'keys' | 'sums'>,
    stored: string,
    recomputed: string,
  ) => {
    const columns = sums ? `${keys}, ${sums}` : keys
    const sides = [stored, recomputed].map((rows) => `select ${keys}${integers(sums)} from (${rows})`)
    const answer = await warehouse.query({
      query: `
        select ${columns}, sum(side) as surplus
        from (select *, 1 as side from (${sides[0]}) union all select *, -1 from (${sides[1]}))
        group by ${columns}
        having surplus != 0
        limit 5`,
      format: 'JSONEachRow',
    })
    for (const row of await answer.json<{ surplus: string }>())
      faults.push(`${table} has a row ${row.surplus} times more than the facts say: ${JSON.stringify(row)}`)
  }
  for (const [table, { keys, sums, recomputed }] of Object.entries(AGGREGATES)) {
    // Rows whose sums are all 0 go when parts are merged.
    const isThere = sums
      .split(', ')
      .map((name) => `${name} != 0`)
      .join(' or ')
    await compare(
      table,
      { keys, sums },
      `select * from (${finalised(table)}) where ${isThere}`,
      `select * from (${recomputed}) where ${isThere}`,
    )
  }
  await compare(
    'message_positions',
    { keys: HASHED, sums: '' },
    `select ${HASHED} from message_positions`,
    ['fact_sales', 'fact_inventory', 'fact_pos_events']
      .map((table) => `select ${HASHED} from ${table} where id_hash != 0`)
      .join(' union all '),
  )
  return faults
}

/** @throws when an aggregate is not what the facts say */
export async function aggregatesMatchFacts(warehouse: Warehouse): Promise<void> {
  const faults = await aggregateFaults(warehouse)
  if (faults.length > 0) throw new Error(faults.join('\n'))
}

/** Rows of all loaded tables as a count and a sum of hashes, whatever the order and the parts they stand in. */
export async function fingerprints(warehouse: Warehouse): Promise<Record<string, string>> {
  const plain = ['fact_sales', 'fact_inventory', 'fact_pos_events', 'dead_letters', 'message_positions']
  const tables: Record<string, string> = {
    ...Object.fromEntries(plain.map((table) => [table, `select * from ${table}`])),
    lake_objects: 'select * except (loaded_at, load) from lake_objects',
    ...Object.fromEntries(Object.keys(AGGREGATES).map((table) => [table, finalised(table)])),
  }
  const prints: Record<string, string> = {}
  for (const [table, rows] of Object.entries(tables)) {
    const answer = await warehouse.query({
      // As text, because a hash of something nullable is null, and a sum has more digits than a JSON number.
      query: `select count() as rows, toString(sum(cityHash64(toString(tuple(*))))) as hash from (${rows})`,
      format: 'JSONEachRow',
    })
    const [print] = await answer.json<{ rows: string; hash: string }>()
    prints[table] = `${print!.rows} rows, ${print!.hash}`
  }
  return prints
}

/** Counts are unsigned here and signed there. */
function integers(sums: string): string {
  return sums && `, ${sums.replaceAll(/\w+/g, 'toInt64($&) as $&')}`
}

function finalised(table: string): string {
  const { keys, sums, merged } = AGGREGATES[table]!
  const columns = sums.split(', ').map((name) => `${merged?.[name] ?? 'sum'}(t.${name}) as ${name}`)
  const recent = keys.startsWith('bucket') ? `where ${RECENT}` : ''
  return `select ${keys}, ${columns.join(', ')} from ${table} as t ${recent} group by ${keys}`
}
