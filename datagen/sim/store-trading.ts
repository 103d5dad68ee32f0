/**
 * The opening hours of a store day: who wants what, and what the shelf gives. Most categories on most days have enough
 * of everything, and then the demand drawn is what is sold; otherwise customers are followed one by one. Both give the
 * same totals, so whether the wants are kept changes nothing.
 */
import { createAnomalies, type WeekAnomalies } from './anomalies.ts'
import { createDemand } from './demand.ts'
import { happeningsByHour, pricesByHour, type Stir, stirDemand, stirsOf, tillsOut } from './happenings.ts'
import type { Anomaly, Conditions, DayConditions, Happening, Wants } from './model.ts'
import { uniformAt } from './random.ts'
import type { Shelf } from './shelf.ts'
import { createService } from './shelf-service.ts'
import type { StoreRange } from './store-range.ts'
import type { StoreSlots } from './store-slots.ts'
import { customersHigh, customersLow, WantList } from './wants.ts'

/** A slot with less to spare than a customer may ask for is followed customer by customer. */
const SLACK_PIECES = 6
const SLACK_PORTIONS = 2
const HOURS = 24

/** Makes the demand and the sales of a store's days in its slots. */
export function createTrading(conditions: Conditions, range: StoreRange, slots: StoreSlots, shelf: Shelf) {
  const { world, seed } = conditions
  const { store, first } = range
  const { stock } = shelf
  const { tills } = world.stores[store]!
  const categories = Array.from(world.categories.keys())
  const wants = new WantList()
  const anomaliesOf = createAnomalies(range, world.noise)
  const draw = createDemand(world, range, slots)
  const serve = createService(world, range, slots, stock)
  const usualPrices: readonly Int32Array[] = Array.from({ length: HOURS }, () => slots.price)

  return {
    /** What customers want on a day without happenings, taken as sold. */
    begin(today: DayConditions): WeekAnomalies {
      const week = anomaliesOf(today.day)
      slots.stockout.fill(0)
      slots.stolen.fill(0)
      slots.wasted.fill(0)
      for (const category of categories) draw(today, category, week)
      return week
    },

    /** Follows only the customers of categories that run short of something. */
    serveShort(today: DayConditions): void {
      for (const category of categories) {
        let isShort = false
        for (let slot = first[category]!; slot < first[category + 1]!; slot++) {
          isShort ||= slots.demand[slot]! > stock[slot]!
        }
        if (!isShort || serveCategory(today, category, false)) continue
        draw(today, category, anomaliesOf(today.day))
        slots.stockout.fill(0, first[category], first[category + 1])
        serveCategory(today, category, true)
      }
    },

    /** Follows all customers, and keeps what they wanted. */
    serveAll(today: DayConditions): Wants {
      wants.clear()
      for (const category of categories) {
        const hours = conditions.hours(store, category, today.day)
        for (let slot = first[category]!; slot < first[category + 1]!; slot++) follow(today, slot, hours)
      }
      wants.sort()
      serve({ conditions: today, wants, prices: usualPrices })
      return servedWants()
    },

    /** The same on a day on which something happens. */
    serveStirred(today: DayConditions, happenings: readonly Happening[], anomalies: Anomaly[]): Wants {
      const byHour = happeningsByHour(world, store, today.day, happenings)
      const stirs = stirsOf(seed, byHour)
      const thefts = stirs.filter(({ happening }) => happening.kind === 'theft')
      const lifting = stirs.filter(({ happening }) => happening.kind !== 'theft')
      wants.clear()
      for (const category of categories) {
        const hours = conditions.hours(store, category, today.day)
        for (let slot = first[category]!; slot < first[category + 1]!; slot++) {
          const from = wants.count
          follow(today, slot, hours)
          stirDemand({ conditions, range, slots, today, slot, stirs: lifting, hours, wants, from })
        }
      }
      wants.sort()
      const prices = pricesByHour(conditions, range, today.day, byHour, slots.price)
      serve({
        conditions: today,
        wants,
        prices,
        unpaid: byHour.map((active) => tillsOut(tills, active).length === tills),
        onHour(hour) {
          for (const theft of thefts) if (firstHour(theft) === hour) steal(theft, today.day, anomalies)
        },
      })
      slots.price.set(prices[0]!)
      return servedWants()
    },
  }

  /** @param all whether to follow all customers of the category, or only those of slots that may run out */
  function serveCategory(today: DayConditions, category: number, all: boolean): boolean {
    const hours = conditions.hours(store, category, today.day)
    wants.clear()
    for (let slot = first[category]!; slot < first[category + 1]!; slot++) {
      const left = stock[slot]! - slots.demand[slot]!
      const slack = range.weighed[slot] === 1 ? SLACK_PORTIONS * range.portion[slot]! : SLACK_PIECES
      // Without customers of its own, what is left of a slot is exact at no cost.
      if (all || left < slack || slots.demand[slot] === 0) follow(today, slot, hours)
      else {
        slots.exact[slot] = 0
        slots.available[slot] = left
      }
    }
    wants.sort()
    return serve({ conditions: today, wants, prices: usualPrices })
  }

  /** Adds the customers of a slot, to be served one by one. */
  function follow(today: DayConditions, slot: number, hours: Float64Array): void {
    slots.exact[slot] = 1
    slots.available[slot] = stock[slot]!
    slots.demand[slot] = 0
    slots.sold[slot] = 0
    slots.revenue[slot] = 0
    if (slots.count[slot] === 0) return
    const { day, promotions } = today
    const promotion = slots.promotion[slot]!
    const coupons = promotion >= 0 && promotions[promotion]!.kind === 'coupon'
    const low = customersLow(range, slot, day)
    wants.share(range, slot, low, customersHigh(range, slot, day), slots.count[slot]!, hours, coupons)
  }

  function steal({ happening, key: [low, high] }: Stir, day: number, anomalies: Anomaly[]): void {
    const { product, category, strength } = happening
    const categoryName = category === undefined ? undefined : world.categories[category]!.category
    for (let slot = 0; slot < range.count; slot++) {
      const index = range.product[slot]!
      if (product !== undefined && product !== index) continue
      if (categoryName !== undefined && world.products[index]!.category !== categoryName) continue
      // Rounded up or down by chance, so that a share of few pieces is right on average.
      const chance = uniformAt(range.low[slot]! ^ low, range.high[slot]! ^ high, day)
      const there = slots.available[slot]!
      const size = Math.min(there, Math.floor(strength * there + chance))
      if (size === 0) continue
      slots.available[slot] = there - size
      slots.stolen[slot]! += size
      anomalies.push({ kind: 'theft', store, product: index, day, size })
    }
  }

  /** In the order in which they were served. */
  function servedWants(): Wants {
    const { count } = wants
    const { order } = wants
    const product = new Int32Array(count)
    for (let place = 0; place < count; place++) product[place] = range.product[wants.slot[order[place]!]!]!
    return {
      count,
      product,
      hour: served(wants.hour),
      claim: served(wants.claim),
      quantity: served(wants.quantity),
      got: served(wants.got),
      substitute: served(wants.substitute),
      substituteQuantity: served(wants.substituteQuantity),
      coupon: served(wants.coupon),
    }

    function served<T extends Int32Array | Uint32Array | Uint8Array>(values: T): T {
      const inOrder = values.slice(0, count) as T
      for (let place = 0; place < count; place++) inOrder[place] = values[order[place]!]!
      return inOrder
    }
  }
}

function firstHour({ hours }: Stir): number {
  return 31 - Math.clz32(hours & -hours)
}
