/** Stores and products by the entries of a block's dictionaries, so that the world is asked once a block for each. */
import { dayWithin, type Stretch, stretchOf } from '@shelfcast/contracts/dates'
import { copied } from '../column-memory.ts'
import type { TextColumn } from '../text-column.ts'
import { UNITS } from './verdict.ts'
import type { ProductFacts, World } from './world.ts'

const NO_STRETCH: Stretch = { from: 0, to: 0, offsetMs: 0 }

export class KnownStore {
  readonly id: string
  readonly #timeZone: string
  #stretch: Stretch = NO_STRETCH

  constructor(id: string, timeZone: string) {
    this.id = id
    this.#timeZone = timeZone
  }

  /** Days since 1970 of the store's calendar. @param at milliseconds since 1970 */
  dayOf(at: number): number {
    if (at < this.#stretch.from || at >= this.#stretch.to) this.#stretch = stretchOf(this.#timeZone, at)
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
    if (!facts) return undefined
    const store = new KnownStore(id, facts.timeZone)
    this.#known[entry] = store
    return store
  }
}

/** What is known of a product's kind, by place: nothing yet comes first. */
const KINDS: readonly (ProductFacts['kind'] | undefined)[] = [undefined, 'merchandise', 'service']
export const UNKNOWN = 0
export const MERCHANDISE = KINDS.indexOf('merchandise')

export class Products {
  readonly #column: TextColumn
  readonly #world: World
  /** Place in `KINDS`, for each entry of the dictionary. */
  kinds = new Uint8Array(256)
  /** List price in minor units; 0 where none is published. */
  prices = new Float64Array(256)
  /** Place in `UNITS` of what the list price is per. */
  units = new Uint8Array(256)

  constructor(column: TextColumn, world: World) {
    this.#column = column
    this.#world = world
  }

  /** Asks the world for a product whose kind is not known. @returns its kind, which may be `UNKNOWN` still */
  ask(entry: number): number {
    const facts = this.#world.product(this.#column.entryText(entry))
    if (!facts) return UNKNOWN
    const { kind, unit, price } = facts
    this.kinds[entry] = KINDS.indexOf(kind)
    this.prices[entry] = price ?? 0
    this.units[entry] = UNITS.indexOf(unit)
    return this.kinds[entry]!
  }

  /** Lets the world be asked again. */
  forget(entry: number): void {
    this.kinds[entry] = UNKNOWN
  }

  /** Makes room for all entries of the dictionary. */
  grow(): void {
    const room = this.#column.offsets.length
    if (room <= this.kinds.length) return
    this.kinds = copied(new Uint8Array(room), this.kinds)
    this.prices = copied(new Float64Array(room), this.prices)
    this.units = copied(new Uint8Array(room), this.units)
  }

  clear(): void {
    this.kinds.fill(UNKNOWN)
  }
}
