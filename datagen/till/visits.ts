/**
 * Who comes to a store in an hour, and what each wants: the wants of the hour, grouped before the shelf decides. So
 * two runs under different reorder policies have the same visits, and differ only in what the visitors get.
 */
import { power } from '../sim/arithmetic.ts'
import type { Wants } from '../sim/model.ts'
import { cumulative, indexAt, type Key, negativeBinomialQuantile, uniformAt, word } from '../sim/random.ts'
import type { World } from '../world/world.ts'
import { DRAW, DRAWS } from './draws.ts'

/** Visits of one store hour, numbered from 0. The arrays may be longer, and are used again for the next hour. */
export interface Visits {
  count: number
  /** The lines of visit v are those from first[v] until before first[v + 1], in the order of scanning. */
  first: Int32Array
  /** By line: index into the wants of the day. */
  want: Int32Array
  /** By visit: which of the store's loyal customers, from 1; 0 is someone without a card. */
  customer: Int32Array
}

/** A cart holds no more, and the draws of a visit have room for no more. */
export const MOST_LINES = 80
// r of the negative binomial: most baskets are small, some are a week's shopping.
const SIZE_DISPERSION = 1.4
const SIZE_STEPS = 1024
// The n-th most loyal customer comes in proportion to 1/n^0.7.
const LOYALTY_SKEW = -0.7
const NONE = -1

/** The customers of a store, hour by hour. Its arrays grow with the largest hour. */
export class VisitGrouping {
  readonly #loyaltyShare: number
  readonly #sizes: Int32Array
  readonly #customers: Float64Array
  /** By product: the missions that it can be part of. */
  readonly #missionsOf: readonly (readonly number[])[]
  /** By mission: wants that could be part of it, added up over the missions. */
  readonly #popularity: Float64Array
  /** By mission: visits with room, in the order in which they began. */
  readonly #waiting: number[][]
  /** Wants of the hour that no visit of their missions has room for. */
  readonly #surplus: number[] = []

  // By visit while grouping: lines it has room for, lines it has, whether its customer has a card, its last want.
  #size = new Int32Array(0)
  #lines = new Int32Array(0)
  #card = new Uint8Array(0)
  #last = new Int32Array(0)
  /** By want of the hour: the want before it in its visit. */
  #previous = new Int32Array(0)
  /** Visits that have begun. */
  #count = 0
  #products: Wants['product'] = new Int32Array(0)
  #coupons: Wants['coupon'] = new Uint8Array(0)
  /** Index of the hour's first want. */
  #first = 0
  readonly #visits: Visits = {
    count: 0,
    first: new Int32Array(0),
    want: new Int32Array(0),
    customer: new Int32Array(0),
  }

  constructor(world: World, store: number) {
    const { profile, loyal_customers } = world.stores[store]!
    const { basket_lines, loyalty_share } = world.profiles[profile]
    this.#loyaltyShare = loyalty_share
    this.#sizes = sizeTable(basket_lines)
    this.#customers = cumulative(
      Float64Array.from({ length: loyal_customers }, (_, rank) => power(rank + 1, LOYALTY_SKEW)),
    )
    const { missions, missionsOf } = missionsByProduct(world)
    this.#missionsOf = missionsOf
    this.#popularity = new Float64Array(missions)
    this.#waiting = Array.from({ length: missions }, () => [])
  }

  /** Groups the wants from `from` until before `to`: those of one hour, whose key it is. */
  group(wants: Wants, from: number, to: number, key: Key): Visits {
    const count = to - from
    this.#reserve(count)
    this.#products = wants.product
    this.#coupons = wants.coupon
    this.#first = from
    this.#begin(wants, count, key)
    this.#surplus.length = 0
    for (let index = 0; index < count; index++) {
      const missions = this.#missionsOf[this.#products[from + index]!]!
      const start = wants.claim[from + index]! % missions.length
      let isPlaced = false
      for (let next = 0; next < missions.length && !isPlaced; next++) {
        isPlaced = this.#place(this.#waiting[missions[(start + next) % missions.length]!]!, index)
      }
      if (!isPlaced) this.#surplus.push(index)
    }
    const candidates = this.#waiting.flat()
    for (const index of this.#surplus) {
      if (this.#place(candidates, index)) continue
      const visit = this.#open(key, this.#coupons[from + index] === 1)
      this.#add(visit, index)
      if (this.#size[visit]! > 1) candidates.push(visit)
    }
    this.#list(key)
    return this.#visits
  }

  /** Begins visits that have room for all wants, each with a mission: the more of its goods are wanted, the likelier. */
  #begin(wants: Wants, count: number, key: Key): void {
    const popularity = this.#popularity
    popularity.fill(0)
    for (let index = 0; index < count; index++) {
      const missions = this.#missionsOf[this.#products[this.#first + index]!]!
      popularity[missions[wants.claim[this.#first + index]! % missions.length]!]!++
    }
    for (let mission = 1; mission < popularity.length; mission++) {
      popularity[mission]! += popularity[mission - 1]!
    }
    for (const visits of this.#waiting) visits.length = 0
    this.#count = 0
    const [low, high] = key
    for (let room = 0; room < count; ) {
      const visit = this.#open(key, false)
      const rest = count - room
      room += this.#size[visit]!
      if (room > count && rest < this.#count) {
        // Cut short, it would make baskets small; as a rule, the others take a line more each instead.
        const stays = uniformAt(low, high, visit * DRAWS + DRAW.kept) * this.#size[visit]! < rest
        if (!stays) {
          this.#count--
          for (let other = 0; other < rest; other++) this.#size[other]!++
          break
        }
      }
      this.#size[visit] = Math.min(this.#size[visit]!, rest)
      const share = uniformAt(low, high, visit * DRAWS + DRAW.mission)
      this.#waiting[indexAt(popularity, share * count)]!.push(visit)
    }
  }

  #open([low, high]: Key, coupon: boolean): number {
    const visit = this.#count++
    this.#size[visit] = this.#sizes[word(low, high, visit * DRAWS + DRAW.size) >>> 22]!
    this.#lines[visit] = 0
    this.#last[visit] = NONE
    const hasCard = coupon || uniformAt(low, high, visit * DRAWS + DRAW.card) < this.#loyaltyShare
    this.#card[visit] = hasCard ? 1 : 0
    return visit
  }

  /** Puts a want into the first visit that has room and not the same product yet. */
  #place(candidates: number[], index: number): boolean {
    const product = this.#products[this.#first + index]!
    const coupon = this.#coupons[this.#first + index] === 1
    for (let at = 0; at < candidates.length; at++) {
      const visit = candidates[at]!
      if ((coupon && this.#card[visit] === 0) || this.#holds(visit, product)) continue
      this.#add(visit, index)
      if (this.#lines[visit] === this.#size[visit]) candidates.splice(at, 1)
      return true
    }
    return false
  }

  /** Numbers the visits that hold anything, and lists their lines. */
  #list([low, high]: Key): void {
    const visits = this.#visits
    const customers = this.#customers
    let count = 0
    let line = 0
    for (let visit = 0; visit < this.#count; visit++) {
      const lines = this.#lines[visit]!
      if (lines === 0) continue
      visits.first[count] = line
      line += lines
      let at = line
      for (let index = this.#last[visit]!; index !== NONE; index = this.#previous[index]!) {
        visits.want[--at] = this.#first + index
      }
      const share = uniformAt(low, high, count * DRAWS + DRAW.customer)
      visits.customer[count] = this.#card[visit]
        ? 1 + indexAt(customers, share * customers[customers.length - 1]!)
        : 0
      count++
    }
    visits.first[count] = line
    visits.count = count
  }

  #holds(visit: number, product: number): boolean {
    const products = this.#products
    const previous = this.#previous
    for (let index = this.#last[visit]!; index !== NONE; index = previous[index]!) {
      if (products[this.#first + index] === product) return true
    }
    return false
  }

  #add(visit: number, index: number): void {
    this.#previous[index] = this.#last[visit]!
    this.#last[visit] = index
    this.#lines[visit]!++
  }

  #reserve(count: number): void {
    // Each want may need a visit of its own beside those that have room.
    const room = 2 * count
    if (this.#previous.length >= room) return
    this.#size = new Int32Array(room)
    this.#lines = new Int32Array(room)
    this.#card = new Uint8Array(room)
    this.#last = new Int32Array(room)
    this.#previous = new Int32Array(room)
    this.#visits.first = new Int32Array(room + 1)
    this.#visits.want = new Int32Array(room)
    this.#visits.customer = new Int32Array(room)
  }
}

/** Sizes at even steps of probability. One line more may come to each: see `#begin`. */
function sizeTable(mean: number): Int32Array {
  return Int32Array.from({ length: SIZE_STEPS }, (_, step) =>
    Math.min(
      MOST_LINES - 1,
      1 + negativeBinomialQuantile(mean - 1, SIZE_DISPERSION, (step + 0.5) / SIZE_STEPS),
    ),
  )
}

function missionsByProduct({ categories, products }: World) {
  const numbers = new Map<string, number>()
  const byCategory = new Map(
    categories.map(({ category, missions }) => [category, missions.map(missionNumber)] as const),
  )
  return {
    missions: numbers.size,
    missionsOf: products.map(({ category }) => byCategory.get(category)!),
  }

  function missionNumber(mission: string): number {
    const number = numbers.get(mission) ?? numbers.size
    numbers.set(mission, number)
    return number
  }
}
