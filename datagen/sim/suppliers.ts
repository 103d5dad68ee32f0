/**
 * A store's suppliers: orders on their way, when they come and what is missing from them. How long an order takes and
 * what it lacks is drawn by supplier, store and order, and so is the same whatever else was ordered.
 */

import { weekdayOf } from '@shelfcast/contracts/dates'
import type { World } from '../world/world.ts'
import { normalQuantile } from './arithmetic.ts'
import type { PostedOrder, PurchaseOrder } from './model.ts'
import { type Key, keyOf, uniformAt } from './random.ts'
import type { StoreRange } from './store-range.ts'

export interface OpenOrder {
  purchase_order_id: string
  supplier: number
  /** Day on which the supplier takes it. */
  ordered: number
  due: number
  /** A supplier's trouble holds an order up once. */
  isLate: boolean
  slots: number[]
  quantities: number[]
}

export interface Delivery {
  slot: number
  quantity: number
  purchase_order_id: string
}

export class Suppliers {
  /** By slot: pieces or grams that were ordered and have not come. */
  readonly onOrder: Int32Array
  #open: OpenOrder[] = []
  readonly #world: World
  readonly #range: StoreRange
  readonly #keys: readonly Key[]

  constructor(world: World, seed: number, range: StoreRange) {
    const { store_id } = world.stores[range.store]!
    this.#world = world
    this.#range = range
    this.#keys = world.suppliers.map(({ supplier_id }) =>
      keyOf(undefined, seed, 'supplier', supplier_id, store_id),
    )
    this.onOrder = new Int32Array(range.count)
  }

  get open(): readonly OpenOrder[] {
    return this.#open
  }

  set open(orders: readonly OpenOrder[]) {
    this.#open = [...orders]
    this.onOrder.fill(0)
    for (const { slots, quantities } of orders) {
      slots.forEach((slot, line) => {
        this.onOrder[slot]! += quantities[line]!
      })
    }
  }

  /** @param day on which the supplier takes orders */
  place(order: Omit<OpenOrder, 'ordered' | 'due' | 'isLate'>, day: number): PurchaseOrder {
    const key = keyOf(this.#keys[order.supplier]!, order.purchase_order_id)
    const due = day + leadTime(this.#world.suppliers[order.supplier]!.lead_time_days, uniformAt(...key, 0))
    const openOrder = { ...order, ordered: day, due, isLate: false }
    this.#open.push(openOrder)
    for (const [line, slot] of order.slots.entries()) this.onOrder[slot]! += order.quantities[line]!
    return this.purchaseOrder(openOrder)
  }

  /** An order as the rest of the simulation knows it. */
  purchaseOrder({ purchase_order_id, supplier, ordered, due, slots, quantities }: OpenOrder): PurchaseOrder {
    const lines = slots.map((slot, line) => ({
      product: this.#range.product[slot]!,
      quantity: quantities[line]!,
    }))
    return { purchase_order_id, supplier, store: this.#range.store, ordered, due, lines }
  }

  /**
   * An order from outside goes to the supplier of each line, on that supplier's next day of orders. Products that the
   * store does not list cannot be ordered, and are left out.
   * @returns a part for each supplier
   */
  post({ purchase_order_id, day, lines }: PostedOrder): PurchaseOrder[] {
    const bySupplier = new Map<
      number,
      Parameters<Suppliers['place']>[0] & { slots: number[]; quantities: number[] }
    >()
    for (const { product, quantity } of lines) {
      const slot = this.#range.slotOf[product] ?? -1
      if (slot < 0 || quantity <= 0) continue
      const supplier = this.#range.supplier[slot]!
      const part = bySupplier.get(supplier) ?? {
        purchase_order_id,
        supplier,
        slots: [],
        quantities: [],
      }
      part.slots.push(slot)
      part.quantities.push(quantity)
      bySupplier.set(supplier, part)
    }
    return Array.from(bySupplier.values(), (part) =>
      this.place(part, day + daysToOrder(this.#world.suppliers[part.supplier]!.order_weekdays, day)),
    )
  }

  /** What is due from a supplier by a day comes some days later. */
  delay(day: number, days: number, supplier: number): void {
    for (const order of this.#open) {
      if (order.due > day || order.supplier !== supplier || order.isLate) continue
      order.due = day + days
      order.isLate = true
    }
  }

  /** Takes what is due out of the orders. Lines that come short are not made up for, also those that bring nothing. */
  deliver(day: number, receive: (delivery: Delivery) => void): void {
    if (!this.#open.some(({ due }) => due <= day)) return
    const later: OpenOrder[] = []
    for (const order of this.#open) {
      if (order.due > day) {
        later.push(order)
        continue
      }
      const { purchase_order_id, supplier, slots, quantities } = order
      const [low, high] = keyOf(this.#keys[supplier]!, purchase_order_id)
      const { reliability } = this.#world.suppliers[supplier]!
      for (let line = 0; line < slots.length; line++) {
        const slot = slots[line]!
        const ordered = quantities[line]!
        this.onOrder[slot]! -= ordered
        const lineLow = low ^ this.#range.low[slot]!
        const isFull = uniformAt(lineLow, high, 1) < reliability
        const quantity = isFull ? ordered : Math.floor(ordered * (0.7 + 0.3 * uniformAt(lineLow, high, 2)))
        receive({ slot, quantity, purchase_order_id })
      }
    }
    this.#open = later
  }
}

/** Days until a supplier takes orders: 0 when it does today. */
export function daysToOrder(weekdays: readonly number[], day: number): number {
  let days = 0
  while (!weekdays.includes(weekdayOf(day + days))) days++
  return days
}

/**
 * Days from order to delivery: a gamma distribution above the least.
 * Source: its quantile by Wilson and Hilferty's cube, which is near enough for whole days.
 */
function leadTime({ least, usual, spread }: World['suppliers'][number]['lead_time_days'], u: number): number {
  const above = usual - least
  if (above <= 0) return least
  const shape = (above * above) / (spread * spread)
  if (spread === 0) return Math.round(usual)
  const root = 1 - 1 / (9 * shape) + normalQuantile(u) / (3 * Math.sqrt(shape))
  return least + Math.round(above * Math.max(0, root * root * root))
}
