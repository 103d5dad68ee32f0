/**
 * Days of the twin's stores in a warehouse, and the truth of them. Store days come from the simulation itself, so the
 * faults of tills and of the network are left out: what the gate makes of those is measured by the bench of the gate.
 */
import { dateOf, dayHours } from '@shelfcast/contracts/dates'
import { Chain } from '@shelfcast/datagen/sim/chain'
import { createConditions } from '@shelfcast/datagen/sim/conditions'
import type { Movement, StoreDay } from '@shelfcast/datagen/sim/model'
import { orderLinesOf } from '@shelfcast/datagen/till/order-lines'
import { TWIN_SOURCE, toReference } from '@shelfcast/datagen/world/reference'
import type { World } from '@shelfcast/datagen/world/world'
import type { Warehouse } from '@shelfcast/warehouse/client'

/** What really happened, by `<store_id> <sku> <date>`. */
export interface Truth {
  /** Days of a spike or a drop. */
  sales: Map<string, 'spike' | 'drop'>
  /** Nights of a labelled theft: units stolen. */
  thefts: Map<string, number>
  /** Days on which a customer found the shelf empty, whatever the book says. */
  empty: Set<string>
}

export interface FillOptions {
  warehouse: Warehouse
  world: World
  seed: number
  /** First day, and the days that the stores have lived through before it. */
  from: number
  before: number
  days: number
  /** How many stores at least; whole clusters, since stores exchange goods within one. */
  stores: number
  onDay?(done: number): void
}

/** Inserts cost the warehouse a part each. */
const DAYS_AT_ONCE = 7
const NOON = 12
const SOURCE = 'live'

export const keyOf = (store_id: string, sku: string, day: string) => `${store_id} ${sku} ${day}`

export async function fillDays(options: FillOptions): Promise<Truth> {
  const { warehouse, world, seed, from, before, days, onDay } = options
  const indexes = storesOf(world, options.stores)
  const chain = new Chain({
    conditions: createConditions(world, seed),
    stores: indexes,
    from: from - before,
  })
  while (chain.day < from) chain.nextDay(() => undefined)
  const truth: Truth = { sales: new Map(), thefts: new Map(), empty: new Set() }
  const rows = new Rows(warehouse)
  await fillReference(rows, world)
  const teller = tellDay(world, rows, truth)
  for (let done = 1; done <= days; done++) {
    chain.nextDay(teller)
    if (done % DAYS_AT_ONCE === 0 || done === days) await rows.flush()
    onDay?.(done)
  }
  return truth
}

function storesOf(world: World, least: number): number[] {
  const clusters = new Map<string, number[]>()
  for (const [index, { cluster }] of world.stores.entries())
    clusters.set(cluster, [...(clusters.get(cluster) ?? []), index])
  const chosen: number[] = []
  for (const members of clusters.values()) if (chosen.length < least) chosen.push(...members)
  return chosen.sort((a, b) => a - b)
}

export class Rows {
  readonly #warehouse: Warehouse
  readonly #tables = new Map<string, { columns: string[]; rows: unknown[][] }>()

  constructor(warehouse: Warehouse) {
    this.#warehouse = warehouse
  }

  add(table: string, row: Record<string, unknown>): void {
    const columns = Object.keys(row)
    const key = `${table} ${columns.join()}`
    const entry = this.#tables.get(key) ?? { columns, rows: [] }
    this.#tables.set(key, entry)
    entry.rows.push(Object.values(row))
  }

  async flush(): Promise<void> {
    for (const [key, { columns, rows }] of this.#tables) {
      await this.#warehouse.insert({
        table: key.slice(0, key.indexOf(' ')),
        columns: columns as [string, ...string[]],
        values: rows,
        format: 'JSONCompactEachRow',
        clickhouse_settings: { async_insert: 0 },
      })
    }
    this.#tables.clear()
  }
}

export async function fillReference(rows: Rows, world: World): Promise<void> {
  const updated_at = 0
  const { stores, products, suppliers } = toReference(world)
  for (const store of stores) rows.add('dim_store', { ...store, source: TWIN_SOURCE, updated_at })
  for (const product of products) rows.add('dim_product', { ...product, source: TWIN_SOURCE, updated_at })
  for (const supplier of suppliers) rows.add('dim_supplier', { ...supplier, source: TWIN_SOURCE, updated_at })
  await rows.flush()
}

/** What a store tells of a day, and what is true of it. */
function tellDay(world: World, rows: Rows, truth: Truth): (day: StoreDay) => void {
  let movements = 0
  return (storeDay) => {
    const { store_id, time_zone } = world.stores[storeDay.store]!
    const day = dateOf(storeDay.day)
    const hours = dayHours(time_zone, storeDay.day)
    const noon = Math.floor(hours[NOON]! / 1_000)
    for (const [product, { sku, unit }] of world.products.entries()) {
      const sold = storeDay.sold[product]!
      if (storeDay.stockout[product] === 1) truth.empty.add(keyOf(store_id, sku, day))
      if (sold > 0)
        rows.add('stock_changes', { store_id, sku, hour: noon, unit, sold, moved: 0, lines: 1, movements: 0 })
      if (storeDay.listed[product] !== 1) continue
      const promotion = storeDay.conditions.promotions[storeDay.promotion[product]!]
      rows.add('series_daily', {
        store_id,
        sku,
        day,
        units: sold / (unit === 'each' ? 1 : 1_000),
        price: storeDay.price[product]!,
        promotion_off: promotion?.off ?? 0,
        promotion_kind: promotion?.kind ?? '',
        // As series_daily has it of the stream: by the book, which theft is not in.
        stock_out: storeDay.book[product]! <= 0 ? 1 : 0,
        source: SOURCE,
      })
    }
    for (const movement of storeDay.movements) tellMovement(movement)
    const lines = orderLinesOf(world, storeDay.orders, hours[hours.length - 1]!, false)
    for (const { opening, ...line } of lines)
      rows.add('fact_purchase_orders', { ...line, opening, source: TWIN_SOURCE, object: '' })
    for (const { kind, product, size } of storeDay.anomalies) {
      const key = keyOf(store_id, world.products[product]!.sku, day)
      if (kind === 'theft') truth.thefts.set(key, size)
      else truth.sales.set(key, kind)
    }

    function tellMovement({ kind, product, quantity, hour, lot, expires, purchase_order_id }: Movement) {
      const { sku, unit } = world.products[product]!
      rows.add('fact_inventory', {
        topic: 'inventory-updates',
        partition: 0,
        offset: movements,
        produced_at: hours[hour]!,
        movement_id: `M${movements++}`,
        kind,
        store_id,
        sku,
        event_time: hours[hour]!,
        business_date: day,
        quantity,
        unit,
        lot: lot ?? '',
        expires_on: expires === undefined ? null : dateOf(expires),
        purchase_order_id: purchase_order_id ?? '',
      })
    }
  }
}
