/** What a store has of each SKU, lot by lot. The lot that expires first is sold first (FEFO). */
import type { World } from '../world/world.ts'

/** Lots of a SKU that are told apart; when there are more, the two that expire first become one. */
export const LOTS = 8

export class Shelf {
  /** By slot: all lots together. */
  readonly stock: Int32Array
  /** By slot: how many lots. */
  readonly lots: Uint8Array
  /** By slot x LOTS, those that expire first first: pieces or grams, last day of sale, day on which it came. */
  readonly quantity: Int32Array
  readonly expires: Int32Array
  readonly received: Int32Array

  constructor(slots: number) {
    this.stock = new Int32Array(slots)
    this.lots = new Uint8Array(slots)
    this.quantity = new Int32Array(slots * LOTS)
    this.expires = new Int32Array(slots * LOTS)
    this.received = new Int32Array(slots * LOTS)
  }

  add(slot: number, quantity: number, expires: number, received: number): void {
    if (quantity <= 0) return
    if (this.lots[slot] === LOTS) this.#mergeFirstTwo(slot)
    const first = slot * LOTS
    let at = first + this.lots[slot]!
    for (; at > first && this.expires[at - 1]! > expires; at--) this.#copy(at - 1, at)
    this.quantity[at] = quantity
    this.expires[at] = expires
    this.received[at] = received
    this.lots[slot]!++
    this.stock[slot]! += quantity
  }

  /** @param quantity at most what is there */
  take(slot: number, quantity: number): void {
    this.stock[slot]! -= quantity
    const first = slot * LOTS
    let rest = quantity
    while (rest > 0) {
      const lot = this.quantity[first]!
      if (lot > rest) {
        this.quantity[first] = lot - rest
        return
      }
      rest -= lot
      this.#drop(slot)
    }
  }

  /** Takes from the lot that expires last, and no more than it has. @returns index of the lot, for what it was */
  takeLast(slot: number, quantity: number): number {
    const last = slot * LOTS + this.lots[slot]! - 1
    this.quantity[last]! -= quantity
    this.stock[slot]! -= quantity
    if (this.quantity[last] === 0) this.lots[slot]!--
    return last
  }

  /** Throws the first lot away. */
  dropFirst(slot: number): void {
    this.stock[slot]! -= this.quantity[slot * LOTS]!
    this.#drop(slot)
  }

  #drop(slot: number): void {
    const first = slot * LOTS
    const rest = --this.lots[slot]!
    for (let at = first; at < first + rest; at++) this.#copy(at + 1, at)
  }

  #mergeFirstTwo(slot: number): void {
    const first = slot * LOTS
    this.quantity[first + 1]! += this.quantity[first]!
    this.expires[first + 1] = this.expires[first]!
    this.received[first + 1] = this.received[first]!
    this.#drop(slot)
  }

  #copy(from: number, to: number): void {
    this.quantity[to] = this.quantity[from]!
    this.expires[to] = this.expires[from]!
    this.received[to] = this.received[from]!
  }
}

/** A lot is named by the day on which it came to the first store that had it. */
export function lotName(world: World, product: number, received: number): string {
  return `L${received}-${world.products[product]!.sku}`
}

export function lotReceived(lot: string): number {
  return Number(lot.slice(1, lot.indexOf('-')))
}
