/** Rows of store days, kept until they are a file: sorted by store, SKU and day, as they are read and compress best. */
import { HISTORY_COLUMNS } from '@shelfcast/contracts/datasets/history-tables'
import type { StoreDay } from '../sim/model.ts'
import { PROMOTION_KINDS, type World } from '../world/world.ts'
import { encodeTable } from './table.ts'

const INITIAL_ROWS = 4_096

export interface SalesRows {
  readonly length: number
  /** Adds a row for each product that the store lists. */
  append(day: StoreDay): void
  /** The rows as a Parquet file; empty again after it. */
  take(): Uint8Array
}

export function createSalesRows(world: World): SalesRows {
  const { products } = world
  const skus = products.map(({ sku }) => sku)
  const storeIds = world.stores.map(({ store_id }) => store_id)
  const units = ['each', 'g', 'ml']
  const unitOf = Int32Array.from(products, ({ unit }) => units.indexOf(unit))
  const promotions = new Map<string, number>()
  let columns = allocate(INITIAL_ROWS)
  let length = 0
  const returned = new Int32Array(products.length)

  /** Makes room for one more store day. */
  function reserve(): void {
    const needed = length + products.length
    if (needed <= columns.day.length) return
    const larger = allocate(Math.max(needed, columns.day.length * 2))
    for (const name of NAMES) larger[name].set(columns[name])
    columns = larger
  }

  function promotionIndex(id: string): number {
    let index = promotions.get(id)
    if (index === undefined) {
      index = promotions.size
      promotions.set(id, index)
    }
    return index
  }

  /** Positions of the rows by store and SKU; days came in order and stay so. */
  function sorted(): Int32Array {
    const count = products.length
    const starts = new Int32Array(world.stores.length * count + 1)
    for (let row = 0; row < length; row++) starts[columns.store[row]! * count + columns.product[row]! + 1]!++
    for (let key = 1; key < starts.length; key++) starts[key]! += starts[key - 1]!
    const order = new Int32Array(length)
    for (let row = 0; row < length; row++) {
      const key = columns.store[row]! * count + columns.product[row]!
      order[starts[key]!++] = row
    }
    return order
  }

  return {
    get length() {
      return length
    },
    append(day) {
      reserve()
      returned.fill(0)
      for (const { product, quantity } of day.returns) returned[product]! += quantity
      const running = day.conditions.promotions
      for (let product = 0; product < products.length; product++) {
        if (day.listed[product] === 0) continue
        const promotion = day.promotion[product]! < 0 ? undefined : running[day.promotion[product]!]!
        columns.store[length] = day.store
        columns.product[length] = product
        columns.day[length] = day.day
        columns.units[length] = day.sold[product]!
        columns.returned[length] = returned[product]!
        columns.revenue[length] = day.revenue[product]!
        columns.price[length] = day.price[product]!
        columns.promotion[length] = promotion ? promotionIndex(promotion.promotion_id) : -1
        columns.kind[length] = promotion ? PROMOTION_KINDS.indexOf(promotion.kind) : -1
        columns.stockout[length] = day.stockout[product]!
        length++
      }
    },
    take() {
      const order = sorted()
      const product = gathered(columns.product, order)
      const cells = {
        store_id: { words: storeIds, indexes: gathered(columns.store, order) },
        sku: { words: skus, indexes: product },
        business_date: gathered(columns.day, order),
        units: gathered(columns.units, order),
        returned: gathered(columns.returned, order),
        unit: { words: units, indexes: gathered(unitOf, product) },
        revenue: bigIntegers(columns.revenue, order),
        currency: { words: [world.currency], indexes: new Int32Array(length) },
        price: gathered(columns.price, order),
        promotion_id: { words: [...promotions.keys()], indexes: gathered(columns.promotion, order) },
        promotion_kind: { words: PROMOTION_KINDS, indexes: gathered(columns.kind, order) },
        stock_out: gathered(columns.stockout, order),
      }
      const file = encodeTable(HISTORY_COLUMNS.sales, cells, length)
      length = 0
      promotions.clear()
      return file
    },
  }
}

// Plain loops: TypedArray.from with a function takes ten times as long, and this is every cell of a history.
function gathered<T extends Int32Array | Uint8Array>(from: T, order: Int32Array): T {
  const cells = new (from.constructor as new (length: number) => T)(order.length)
  for (let row = 0; row < order.length; row++) cells[row] = from[order[row]!]!
  return cells
}

/** Whole numbers as 64 bits, written as two words: a BigInt for each would cost more than all else. */
function bigIntegers(from: Float64Array, order: Int32Array): BigInt64Array {
  const cells = new BigInt64Array(order.length)
  const words = new Uint32Array(cells.buffer)
  for (let row = 0; row < order.length; row++) {
    const value = from[order[row]!]!
    const high = Math.floor(value / 4_294_967_296)
    // Every platform that Node runs on stores the low word first.
    words[row * 2] = value - high * 4_294_967_296
    words[row * 2 + 1] = high
  }
  return cells
}

const NAMES = [
  'store',
  'product',
  'day',
  'units',
  'returned',
  'revenue',
  'price',
  'promotion',
  'kind',
  'stockout',
] as const

function allocate(rows: number) {
  const whole = () => new Int32Array(rows)
  return {
    store: whole(),
    product: whole(),
    day: whole(),
    units: whole(),
    returned: whole(),
    // Minor units: whole numbers, which a float holds exactly up to 2^53.
    revenue: new Float64Array(rows),
    price: whole(),
    promotion: whole(),
    kind: whole(),
    stockout: new Uint8Array(rows),
  }
}
