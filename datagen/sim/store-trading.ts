/**
 * The opening hours of a store day: who wants what, and what the shelf gives. Most categories on most days have enough
 * of everything, and then the demand drawn is what is sold; otherwise customers are followed one by one. Both give the
 * same totals, so whether the wants are kept changes nothing.
 */
import { Anomalies, type WeekAnomalies } from './anomalies.ts'
import { Demand } from './demand.ts'
import { happeningsByHour, pricesByHour, type Stir, stirDemand, stirsOf, tillsOut } from './happenings.ts'
import type { Anomaly, Conditions, DayConditions, Happening, Wants } from './model.ts'
import { uniformAt } from './random.ts'
import type { Shelf } from './shelf.ts'
import { ShelfService } from './shelf-service.ts'
import type { StoreRange } from './store-range.ts'
import type { StoreSlots } from './store-slots.ts'
import { customersHigh, customersLow, WantList } from './wants.ts'

/** A slot with less to spare than a customer may ask for is followed customer by customer. */
const SLACK_PIECES = 6
const SLACK_PORTIONS = 2
const HOURS = 24

/** Makes the demand and the sales of a store's days in its slots. */
export class Trading {
  readonly #conditions: Conditions
  readonly #range: StoreRange
  readonly #slots: StoreSlots
  readonly #stock: Int32Array
  readonly #categories: readonly number[]
  readonly #wants = new WantList()
  readonly #anomalies: Anomalies
  readonly #demand: Demand
  readonly #service: ShelfService
  readonly #usualPrices: readonly Int32Array[]

  constructor(conditions: Conditions, range: StoreRange, slots: StoreSlots, { stock }: Shelf) {
    const { world } = conditions
    this.#conditions = conditions
    this.#range = range
    this.#slots = slots
    this.#stock = stock
    this.#categories = Array.from(world.categories.keys())
    this.#anomalies = new Anomalies(range, world.noise)
    this.#demand = new Demand(world, range, slots)
    this.#service = new ShelfService(world, range, slots, stock)
    this.#usualPrices = Array.from({ length: HOURS }, () => slots.price)
  }

  /** What customers want on a day without happenings, taken as sold. */
  begin(today: DayConditions): WeekAnomalies {
    const week = this.#anomalies.week(today.day)
    this.#slots.stockout.fill(0)
    this.#slots.stolen.fill(0)
    this.#slots.wasted.fill(0)
    for (const category of this.#categories) this.#demand.draw(today, category, week)
    return week
  }

  /** Follows only the customers of categories that run short of something. */
  serveShort(today: DayConditions): void {
    const { first } = this.#range
    const { demand, stockout } = this.#slots
    for (const category of this.#categories) {
      let isShort = false
      for (let slot = first[category]!; slot < first[category + 1]!; slot++) {
        isShort ||= demand[slot]! > this.#stock[slot]!
      }
      if (!isShort || this.#serveCategory(today, category, false)) continue
      this.#demand.draw(today, category, this.#anomalies.week(today.day))
      stockout.fill(0, first[category], first[category + 1])
      this.#serveCategory(today, category, true)
    }
  }

  /** Follows all customers, and keeps what they wanted. */
  serveAll(today: DayConditions): Wants {
    const { store, first } = this.#range
    this.#wants.clear()
    for (const category of this.#categories) {
      const hours = this.#conditions.hours(store, category, today.day)
      for (let slot = first[category]!; slot < first[category + 1]!; slot++) this.#follow(today, slot, hours)
    }
    this.#wants.sort()
    this.#service.serve({ conditions: today, wants: this.#wants, prices: this.#usualPrices })
    return servedWants(this.#wants, this.#range)
  }

  /** The same on a day on which something happens. */
  serveStirred(today: DayConditions, happenings: readonly Happening[], anomalies: Anomaly[]): Wants {
    const conditions = this.#conditions
    const range = this.#range
    const slots = this.#slots
    const wants = this.#wants
    const { world, seed } = conditions
    const { store, first } = range
    const { tills } = world.stores[store]!
    const byHour = happeningsByHour(world, store, today.day, happenings)
    const stirs = stirsOf(seed, byHour)
    const thefts = stirs.filter(({ happening }) => happening.kind === 'theft')
    const lifts = stirs.filter(({ happening }) => happening.kind !== 'theft')
    wants.clear()
    for (const category of this.#categories) {
      const hours = conditions.hours(store, category, today.day)
      for (let slot = first[category]!; slot < first[category + 1]!; slot++) {
        const from = wants.count
        this.#follow(today, slot, hours)
        stirDemand({ conditions, range, slots, today, slot, stirs: lifts, hours, wants, from })
      }
    }
    wants.sort()
    const prices = pricesByHour(conditions, range, today.day, byHour, slots.price)
    this.#service.serve({
      conditions: today,
      wants,
      prices,
      unpaid: byHour.map((active) => tillsOut(tills, active).length === tills),
      onHour: (hour) => {
        for (const theft of thefts) {
          if (firstHour(theft) === hour) this.#steal(theft, today.day, anomalies)
        }
      },
    })
    slots.price.set(prices[0]!)
    return servedWants(wants, range)
  }

  /** @param all whether to follow all customers of the category, or only those of slots that may run out */
  #serveCategory(today: DayConditions, category: number, all: boolean): boolean {
    const { store, first, weighed, portion } = this.#range
    const slots = this.#slots
    const hours = this.#conditions.hours(store, category, today.day)
    this.#wants.clear()
    for (let slot = first[category]!; slot < first[category + 1]!; slot++) {
      const surplus = this.#stock[slot]! - slots.demand[slot]!
      const slack = weighed[slot] === 1 ? SLACK_PORTIONS * portion[slot]! : SLACK_PIECES
      // Without customers of its own, what is left of a slot is exact at no cost.
      if (all || surplus < slack || slots.demand[slot] === 0) this.#follow(today, slot, hours)
      else {
        slots.exact[slot] = 0
        slots.available[slot] = surplus
      }
    }
    this.#wants.sort()
    return this.#service.serve({ conditions: today, wants: this.#wants, prices: this.#usualPrices })
  }

  /** Adds the customers of a slot, to be served one by one. */
  #follow(today: DayConditions, slot: number, hours: Float64Array): void {
    const slots = this.#slots
    const range = this.#range
    slots.exact[slot] = 1
    slots.available[slot] = this.#stock[slot]!
    slots.demand[slot] = 0
    slots.sold[slot] = 0
    slots.revenue[slot] = 0
    if (slots.count[slot] === 0) return
    const { day, promotions } = today
    const promotion = slots.promotion[slot]!
    const coupons = promotion >= 0 && promotions[promotion]!.kind === 'coupon'
    const low = customersLow(range, slot, day)
    const high = customersHigh(range, slot, day)
    this.#wants.share(range, slot, low, high, slots.count[slot]!, hours, coupons)
  }

  #steal({ happening, key: [low, high] }: Stir, day: number, anomalies: Anomaly[]): void {
    const { categories, products } = this.#conditions.world
    const range = this.#range
    const { available, stolen } = this.#slots
    const categoryName =
      happening.category === undefined ? undefined : categories[happening.category]!.category
    for (let slot = 0; slot < range.count; slot++) {
      const product = range.product[slot]!
      if (happening.product !== undefined && happening.product !== product) continue
      if (categoryName !== undefined && products[product]!.category !== categoryName) continue
      // Rounded up or down by chance, so that a share of few pieces is right on average.
      const chance = uniformAt(range.low[slot]! ^ low, range.high[slot]! ^ high, day)
      const stock = available[slot]!
      const size = Math.min(stock, Math.floor(happening.strength * stock + chance))
      if (size === 0) continue
      available[slot] = stock - size
      stolen[slot]! += size
      anomalies.push({ kind: 'theft', store: range.store, product, day, size })
    }
  }
}

/** In the order in which they were served. */
function servedWants(wants: WantList, range: StoreRange): Wants {
  const { count, order } = wants
  const product = new Int32Array(count)
  for (let place = 0; place < count; place++) product[place] = range.product[wants.slot[order[place]!]!]!
  const inOrder = <T extends Int32Array | Uint32Array | Uint8Array>(values: T): T => {
    const column = values.slice(0, count) as T
    for (let place = 0; place < count; place++) column[place] = values[order[place]!]!
    return column
  }
  return {
    count,
    product,
    hour: inOrder(wants.hour),
    claim: inOrder(wants.claim),
    quantity: inOrder(wants.quantity),
    got: inOrder(wants.got),
    substitute: inOrder(wants.substitute),
    substituteQuantity: inOrder(wants.substituteQuantity),
    coupon: inOrder(wants.coupon),
  }
}

function firstHour({ hours }: Stir): number {
  return 31 - Math.clz32(hours & -hours)
}
