/** Stores and products by the entries of a block's dictionaries, so that the world is asked once a block for each. */
import { dayWithin, type Stretch, stretchOf } from '../calendar.ts'
import type { TextColumn } from '../columns.ts'
import type { ProductFacts, World } from './world.ts'

export class KnownStore {
  readonly id: string
  readonly #timeZone: string
  #stretch: Stretch

  constructor(id: string, timeZone: string) {
    this.id = id
    this.#timeZone = timeZone
    this.#stretch = stretchOf(0, timeZone)
  }

  /** Days since 1970 of the store's calendar. @param at milliseconds since 1970 */
  dayOf(at: number): number {
    if (at < this.#stretch.from || at >= this.#stretch.to) this.#stretch = stretchOf(at, this.#timeZone)
    return dayWithin(this.#stretch, at)
  }
}

export class Stores {
  readonly #column: TextColumn
  readonly #world: World
  #known: (KnownStore | undefined)[] = []

  constructor(column: TextColumn, world: World) {
    this.#column = column
    this.#world = world
  }

  /** @param entry of the column's dictionary */
  of(entry: number): KnownStore | undefined {
    return this.#known[entry] ?? this.#ask(entry)
  }

  clear(): void {
    this.#known = []
  }

  #ask(entry: number): KnownStore | undefined {
    while (this.#known.length < this.#column.size) this.#known.push(undefined)
    const id = this.#column.entryText(entry)
    const facts = this.#world.store(id)
    return facts && (this.#known[entry] = new KnownStore(id, facts.timeZone))
  }
}

/** What is known of a product: 0 stands for nothing yet. */
const KINDS: readonly (ProductFacts['kind'] | undefined)[] = [undefined, 'merchandise', 'service']
export const UNKNOWN = 0
export const SERVICE = KINDS.indexOf('service')

export class Products {
  readonly #column: TextColumn
  readonly #world: World
  #kinds = new Uint8Array(256)
  #prices = new Float64Array(256)

  constructor(column: TextColumn, world: World) {
    this.#column = column
    this.#world = world
  }

  /** @returns `UNKNOWN`, `SERVICE` or another number, for merchandise */
  kind(entry: number): number {
    const kind = entry < this.#kinds.length ? this.#kinds[entry]! : UNKNOWN
    return kind === UNKNOWN ? this.#ask(entry) : kind
  }

  /** List price in minor units of a product that is known; NaN where none is published. */
  price(entry: number): number {
    return this.#prices[entry]!
  }

  clear(): void {
    this.#kinds.fill(UNKNOWN)
  }

  #ask(entry: number): number {
    const facts = this.#world.product(this.#column.entryText(entry))
    if (!facts) return UNKNOWN
    if (entry >= this.#kinds.length) {
      const room = Math.max(2 * this.#kinds.length, entry + 1)
      const [kinds, prices] = [new Uint8Array(room), new Float64Array(room)]
      kinds.set(this.#kinds)
      prices.set(this.#prices)
      this.#kinds = kinds
      this.#prices = prices
    }
    this.#prices[entry] = facts.price ?? Number.NaN
    this.#kinds[entry] = KINDS.indexOf(facts.kind)
    return this.#kinds[entry]
  }
}
