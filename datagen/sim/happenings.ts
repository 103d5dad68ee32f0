/**
 * What the director lets happen, as it changes a store day. Customers come as they would have come; then those of the
 * hours in which something happens get company, or stay away, by draws of the happening's own. So all hours before it
 * are as they were.
 */

import { dayHours } from '@shelfcast/contracts/dates'
import type { World } from '../world/world.ts'
import type { Conditions, DayConditions, Happening } from './model.ts'
import { type Key, keyOf, poissonQuantile, uniformAt, word } from './random.ts'
import type { StoreRange } from './store-range.ts'
import type { StoreSlots } from './store-slots.ts'
import type { WantList } from './wants.ts'

const HOURS = 24
/** Draws of an hour's added customers are numbered from hour x this, four for each. */
const HOUR_DRAWS = 2 ** 26

/** By local hour: the happenings of a store that are going on when it begins. */
export function happeningsByHour(
  world: World,
  store: number,
  day: number,
  happenings: readonly Happening[],
): readonly (readonly Happening[])[] {
  const begins = dayHours(world.stores[store]!.time_zone, day)
  const ofStore = happenings.filter(({ stores }) => stores === undefined || stores.includes(store))
  return Array.from({ length: HOURS }, (_, hour) =>
    ofStore.filter(({ from, to }) => from <= begins[hour]! && begins[hour]! < to),
  )
}

/** Numbers of the tills that are out, ascending. @param tills of the store */
export function tillsOut(tills: number, active: readonly Happening[]): number[] {
  const outages = active.filter(({ kind }) => kind === 'till_outage')
  return Array.from({ length: tills }, (_, index) => index + 1).filter((number) =>
    outages.some(({ till }) => till === undefined || till === number),
  )
}

/** Shelf prices by hour and slot. Hours with the same price drops share an array. */
export function pricesByHour(
  conditions: Conditions,
  range: StoreRange,
  day: number,
  byHour: readonly (readonly Happening[])[],
  usual: Int32Array,
): Int32Array[] {
  const pricesByDrops = new Map<string, Int32Array>()
  return byHour.map((active) => {
    const drops = active.filter(({ kind }) => kind === 'price_drop')
    if (drops.length === 0) return usual
    const names = JSON.stringify(drops.map(({ id }) => id))
    const prices =
      pricesByDrops.get(names) ??
      Int32Array.from(range.product, (product) => conditions.priceUnder(active, range.store, product, day))
    pricesByDrops.set(names, prices)
    return prices
  })
}

export interface StirredSlot {
  conditions: Conditions
  range: StoreRange
  slots: StoreSlots
  today: DayConditions
  slot: number
  stirs: readonly Stir[]
  /** Cumulative shares by hour of the slot's category. */
  hours: Float64Array
  /** The slot's own wants are those from `from` on. */
  wants: WantList
  from: number
}

/** Customers of a slot come, or stay away, because of what happens. */
export function stirDemand(stirred: StirredSlot): void {
  const { conditions, range, slots, today, slot, stirs, hours, wants, from } = stirred
  const { day, promotions } = today
  const promotion = slots.promotion[slot]!
  const coupons = promotion >= 0 && promotions[promotion]!.kind === 'coupon'
  const lifts = stirs.map(({ happening }) =>
    conditions.lift(happening, range.store, range.product[slot]!, day),
  )
  const keys = stirs.map(({ key: [low, high] }): Key => {
    const n = Math.imul(day, 2)
    return [word(range.low[slot]! ^ low, high, n), word(range.high[slot]! ^ high, low, n + 1)]
  })
  if (lifts.some((lift) => lift < 1)) {
    wants.filter(from, (index) =>
      stirs.every(
        ({ hours: mask }, at) =>
          lifts[at]! >= 1 ||
          !(mask & (1 << wants.hour[index]!)) ||
          uniformAt(...keys[at]!, wants.claim[index]!) < lifts[at]!,
      ),
    )
  }
  for (const [at, { hours: mask }] of stirs.entries()) {
    const more = slots.expected[slot]! * (lifts[at]! - 1)
    if (more <= 0) continue
    const [low, high] = keys[at]!
    for (let hour = 0; hour < HOURS; hour++) {
      if (!(mask & (1 << hour))) continue
      const share = hours[hour]! - (hour === 0 ? 0 : hours[hour - 1]!)
      const first = hour * HOUR_DRAWS
      const count = poissonQuantile(more * share, uniformAt(high, low, hour))
      wants.share(range, slot, low, high, count, hours, coupons, first / 4, hour)
    }
  }
}

export interface Stir {
  happening: Happening
  key: Key
  /** Bit h is set when it goes on in local hour h. */
  hours: number
}

/** Those that go on in some hour, each with the hours in which it does. */
export function stirsOf(seed: number, byHour: readonly (readonly Happening[])[]): Stir[] {
  const stirs: Stir[] = []
  for (const happening of new Set(byHour.flat())) {
    let hours = 0
    for (const [hour, active] of byHour.entries()) {
      if (active.includes(happening)) hours |= 1 << hour
    }
    stirs.push({ happening, key: keyOf(undefined, seed, 'happening', happening.id), hours })
  }
  return stirs
}
