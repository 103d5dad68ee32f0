/**
 * What goes wrong at a store without anyone's plan: a SKU that sells like mad for some days, one that hardly sells,
 * and goods that are stolen night after night. Drawn for each store, SKU and week, at most one of them.
 */

import { mondayOf } from '@shelfcast/contracts/dates'
import type { Noise } from '../world/world.ts'
import { uniformAt } from './random.ts'
import type { StoreRange } from './store-range.ts'

export const NOTHING = 0
export const SPIKE = 1
export const DROP = 2
export const THEFT_RUN = 3

/** What each number of a store SKU's week is for. Beyond the numbers of its days: see DRAWS of wants.ts. */
const WEEK_BASE = 2 ** 30
const WEEK_DRAWS = 4

export interface WeekAnomalies {
  /** Slots that have one. */
  slots: number[]
  /** By slot: NOTHING, SPIKE, DROP or THEFT_RUN. */
  kind: Uint8Array
  /** First and last day. */
  from: Int32Array
  to: Int32Array
  /** Factor on demand, or share of the stock stolen each night. */
  size: Float64Array
}

/** Of a store, week by week. */
export class Anomalies {
  readonly #range: StoreRange
  readonly #noise: Noise
  readonly #week: WeekAnomalies
  #monday = Number.NaN

  constructor(range: StoreRange, noise: Noise) {
    this.#range = range
    this.#noise = noise
    this.#week = {
      slots: [],
      kind: new Uint8Array(range.count),
      from: new Int32Array(range.count),
      to: new Int32Array(range.count),
      size: new Float64Array(range.count),
    }
  }

  /** Those of the week of a day; the same arrays for all weeks. */
  week(day: number): WeekAnomalies {
    const monday = mondayOf(day)
    if (monday === this.#monday) return this.#week
    this.#monday = monday
    const { spike, drop, theft_run } = this.#noise
    const { count, low, high } = this.#range
    const week = this.#week
    week.slots.length = 0
    for (let slot = 0; slot < count; slot++) {
      const n = WEEK_BASE + monday * WEEK_DRAWS
      const chance = uniformAt(low[slot]!, high[slot]!, n)
      week.kind[slot] = NOTHING
      if (chance < spike + drop + theft_run) this.#draw(slot, chance, n)
    }
    return week
  }

  #draw(slot: number, chance: number, n: number): void {
    const { spike, drop } = this.#noise
    const low = this.#range.low[slot]!
    const high = this.#range.high[slot]!
    const week = this.#week
    const start = uniformAt(low, high, n + 1)
    const length = uniformAt(low, high, n + 2)
    const strength = uniformAt(low, high, n + 3)
    const begin = (latest: number) => this.#monday + Math.floor(start * (latest + 1))
    week.slots.push(slot)
    if (chance < spike) {
      // One to three days, three to seven times the demand.
      week.kind[slot] = SPIKE
      week.from[slot] = begin(4)
      week.to[slot] = week.from[slot]! + Math.floor(length * 3)
      week.size[slot] = 3 + 4 * strength
    } else if (chance < spike + drop) {
      // From one of the first three days to Sunday, a twentieth to three tenths of it.
      week.kind[slot] = DROP
      week.from[slot] = begin(2)
      week.to[slot] = this.#monday + 6
      week.size[slot] = 0.05 + 0.25 * strength
    } else {
      // Three to five nights, each a tenth to a third of what is there.
      week.kind[slot] = THEFT_RUN
      week.from[slot] = begin(2)
      week.to[slot] = week.from[slot]! + 2 + Math.floor(length * 3)
      week.size[slot] = 0.1 + 0.23 * strength
    }
  }
}
