/**
 * What the platform sees of the twin's stores, day by day, and beside it what is true. The twin lives headless; what is
 * seen is what tills, stock movements and orders tell: the book is the store's, and thefts are not in it.
 */
import { Chain } from '@shelfcast/datagen/sim/chain'
import { createConditions } from '@shelfcast/datagen/sim/conditions'
import type { Movement, StoreDay } from '@shelfcast/datagen/sim/model'
import type { World } from '@shelfcast/datagen/world/world'

export interface OpenOrder {
  purchase_order_id: string
  supplier: number
  /** Day on which it was placed, and quantities by product. */
  placed: number
  quantities: Map<number, number>
}

export interface ShelfLot {
  quantity: number
  /** Last day of sale. */
  expires: number
}

/** A morning's knowledge of a store: after the last day that is over. */
export interface Morning {
  /** By product: units by the book, whether it is listed. */
  book: Int32Array
  listed: Uint8Array
  lots: ReadonlyMap<number, readonly ShelfLot[]>
  orders: readonly OpenOrder[]
}

/** By day since the first, and store x product. */
export interface Observation {
  sold: Float32Array[]
  listed: Uint8Array[]
  /** The book is empty in the evening: what series_daily knows as stock_out. */
  seen: Uint8Array[]
  /** Somebody wanted it and it was not there. */
  missed: Uint8Array[]
  /** Days from order to delivery by supplier, with the day of delivery; and the share of a line that came. */
  deliveries: { supplier: number; day: number; lead: number; share: number }[]
}

export interface Watch {
  world: World
  seed: number
  /** Days that the stores have lived before the first, and days that are watched. */
  from: number
  before: number
  days: number
  /** Called in the evening of each day, for the morning after it. */
  onMorning(day: number, store: number, morning: Morning, observation: Observation): void
  onDay?(days: number): void
}

export function observe({ world, seed, from, before, days, onMorning, onDay }: Watch): Observation {
  const chain = new Chain({ conditions: createConditions(world, seed), from: from - before })
  const products = world.products.length
  const width = world.stores.length * products
  const observation: Observation = { sold: [], listed: [], seen: [], missed: [], deliveries: [] }
  const lots = world.stores.map(() => new Map<number, ShelfLot[]>())
  const orders = world.stores.map(() => new Map<string, OpenOrder>())

  for (let day = from - before; day < from + days; day++) {
    const isWatched = day >= from
    if (isWatched) {
      observation.sold.push(new Float32Array(width))
      observation.listed.push(new Uint8Array(width))
      observation.seen.push(new Uint8Array(width))
      observation.missed.push(new Uint8Array(width))
    }
    chain.nextDay((storeDay) => {
      follow(storeDay)
      if (!isWatched) return
      write(storeDay, day - from)
      const { store, book, listed } = storeDay
      onMorning(
        day - from,
        store,
        {
          book,
          listed,
          lots: lots[store]!,
          orders: [...orders[store]!.values()],
        },
        observation,
      )
    })
    onDay?.(day - from + 1)
  }
  return observation

  /** Lots by what comes and goes, the first to expire sold first; orders by what was placed and has come. */
  function follow({ store, day, sold, movements, orders: placed, book }: StoreDay): void {
    for (const movement of movements) if (movement.kind === 'receipt') receive(store, day, movement)
    for (const movement of movements) move(lots[store]!, movement)
    for (let product = 0; product < products; product++) {
      const own = lots[store]!.get(product)
      if (!own) continue
      take(own, sold[product]!)
      // What the book has less than the lots is gone from the first.
      take(
        own,
        Math.max(0, own.reduce((sum, { quantity }) => sum + quantity, 0) - Math.max(0, book[product]!)),
      )
      if (own.length === 0) lots[store]!.delete(product)
    }
    for (const { purchase_order_id, supplier, ordered, lines } of placed)
      orders[store]!.set(`${purchase_order_id} ${supplier}`, {
        purchase_order_id,
        supplier,
        placed: ordered,
        quantities: new Map(lines.map(({ product, quantity }) => [product, quantity])),
      })
  }

  function receive(store: number, day: number, { product, quantity, purchase_order_id }: Movement): void {
    for (const [key, order] of orders[store]!) {
      if (order.purchase_order_id !== purchase_order_id || !order.quantities.has(product)) continue
      const share = quantity / order.quantities.get(product)!
      observation.deliveries.push({
        supplier: order.supplier,
        day: day - from,
        lead: day - order.placed,
        share,
      })
      order.quantities.delete(product)
      if (order.quantities.size === 0) orders[store]!.delete(key)
    }
  }

  function write({ store, sold, listed, book, lost, replaced }: StoreDay, at: number): void {
    for (let product = 0; product < products; product++) {
      const series = store * products + product
      observation.sold[at]![series] = sold[product]!
      observation.listed[at]![series] = listed[product]!
      observation.seen[at]![series] = book[product]! <= 0 ? 1 : 0
      observation.missed[at]![series] = lost[product]! + replaced[product]! > 0 ? 1 : 0
    }
  }
}

function move(lots: Map<number, ShelfLot[]>, { kind, product, quantity, expires }: Movement): void {
  const own = lots.get(product) ?? []
  if (quantity > 0 && expires !== undefined && kind !== 'count') {
    const at = own.findIndex((lot) => lot.expires > expires)
    own.splice(at === -1 ? own.length : at, 0, { quantity, expires })
    lots.set(product, own)
  } else if (kind === 'waste') take(own, -quantity)
}

function take(lots: ShelfLot[], units: number): void {
  let rest = units
  while (rest > 0 && lots.length > 0) {
    const taken = Math.min(rest, lots[0]!.quantity)
    lots[0]!.quantity -= taken
    rest -= taken
    if (lots[0]!.quantity === 0) lots.shift()
  }
}
