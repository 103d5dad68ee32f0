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

export type GroupVisits = (wants: Wants, from: number, to: number, key: Key) => Visits

/** A cart holds no more, and the draws of a visit have room for no more. */
export const MOST_LINES = 80
// r of the negative binomial: most baskets are small, some are a week's shopping.
const SIZE_DISPERSION = 1.4
const SIZE_STEPS = 1024
// The n-th most loyal customer comes in proportion to 1/n^0.7.
const LOYALTY_SKEW = -0.7
const NONE = -1

/** @returns a function that groups the wants from `from` until before `to`: those of one hour, whose key it is */
export function createVisits(world: World, store: number): GroupVisits {
  const { profile, loyal_customers } = world.stores[store]!
  const { basket_lines, loyalty_share } = world.profiles[profile]
  const sizes = sizeTable(basket_lines)
  const customers = cumulative(
    Float64Array.from({ length: loyal_customers }, (_, rank) => power(rank + 1, LOYALTY_SKEW)),
  )
  const { missions, missionsOf } = missionsByProduct(world)
  /** By mission: wants that could be part of it, added up over the missions. */
  const popularity = new Float64Array(missions)
  /** By mission: visits with room, in the order in which they began. */
  const waiting: number[][] = Array.from({ length: missions }, () => [])
  /** Wants of the hour that found no room in a visit of their missions. */
  const left: number[] = []

  // While grouping, by visit: lines it has room for, lines it has, whether its customer has a card, its last want.
  let size = new Int32Array(0)
  let lines = new Int32Array(0)
  let card = new Uint8Array(0)
  let last = new Int32Array(0)
  // By want of the hour: the want before it in its visit.
  let before = new Int32Array(0)
  let begun = 0
  let products: Wants['product'] = new Int32Array(0)
  let coupons: Wants['coupon'] = new Uint8Array(0)
  let first = 0
  const visits: Visits = { count: 0, first: last, want: last, customer: last }

  return (wants, from, to, key) => {
    const count = to - from
    reserve(count)
    products = wants.product
    coupons = wants.coupon
    first = from
    begin(wants, count, key)
    left.length = 0
    for (let index = 0; index < count; index++) {
      const choices = missionsOf[products[from + index]!]!
      const start = wants.claim[from + index]! % choices.length
      let placed = false
      for (let next = 0; next < choices.length && !placed; next++) {
        placed = place(waiting[choices[(start + next) % choices.length]!]!, index)
      }
      if (!placed) left.push(index)
    }
    const rest = waiting.flat()
    for (const index of left) {
      if (place(rest, index)) continue
      const visit = open(key, coupons[from + index] === 1)
      add(visit, index)
      if (size[visit]! > 1) rest.push(visit)
    }
    list(key)
    return visits
  }

  /** Begins visits that have room for all wants, each with a mission: the more of its goods are wanted, the likelier. */
  function begin(wants: Wants, count: number, key: Key): void {
    popularity.fill(0)
    for (let index = 0; index < count; index++) {
      const choices = missionsOf[products[first + index]!]!
      popularity[choices[wants.claim[first + index]! % choices.length]!]!++
    }
    for (let mission = 1; mission < missions; mission++) popularity[mission]! += popularity[mission - 1]!
    for (const visits of waiting) visits.length = 0
    begun = 0
    for (let room = 0; room < count; ) {
      const visit = open(key, false)
      const rest = count - room
      room += size[visit]!
      const [low, high] = key
      if (room > count && rest < begun) {
        // Cut short, it would make baskets small; as a rule, the others take a line more each instead.
        const kept = uniformAt(low, high, visit * DRAWS + DRAW.kept) * size[visit]! < rest
        if (!kept) {
          begun--
          for (let other = 0; other < rest; other++) size[other]!++
          break
        }
      }
      size[visit] = Math.min(size[visit]!, rest)
      waiting[indexAt(popularity, uniformAt(low, high, visit * DRAWS + DRAW.mission) * count)]!.push(visit)
    }
  }

  function open([low, high]: Key, coupon: boolean): number {
    const visit = begun++
    size[visit] = sizes[word(low, high, visit * DRAWS + DRAW.size) >>> 22]!
    lines[visit] = 0
    last[visit] = NONE
    card[visit] = coupon || uniformAt(low, high, visit * DRAWS + DRAW.card) < loyalty_share ? 1 : 0
    return visit
  }

  /** Puts a want into the first visit that has room and not the same product yet. */
  function place(candidates: number[], index: number): boolean {
    for (let at = 0; at < candidates.length; at++) {
      const visit = candidates[at]!
      if ((coupons[first + index] === 1 && card[visit] === 0) || holds(visit, products[first + index]!))
        continue
      add(visit, index)
      if (lines[visit] === size[visit]) candidates.splice(at, 1)
      return true
    }
    return false
  }

  /** Numbers the visits that hold anything, and lists their lines. */
  function list([low, high]: Key): void {
    let count = 0
    let line = 0
    for (let visit = 0; visit < begun; visit++) {
      const held = lines[visit]!
      if (held === 0) continue
      visits.first[count] = line
      line += held
      let at = line
      for (let index = last[visit]!; index !== NONE; index = before[index]!) visits.want[--at] = first + index
      const share = uniformAt(low, high, count * DRAWS + DRAW.customer)
      visits.customer[count] = card[visit]
        ? 1 + indexAt(customers, share * customers[customers.length - 1]!)
        : 0
      count++
    }
    visits.first[count] = line
    visits.count = count
  }

  function holds(visit: number, product: number): boolean {
    for (let index = last[visit]!; index !== NONE; index = before[index]!) {
      if (products[first + index] === product) return true
    }
    return false
  }

  function add(visit: number, index: number): void {
    before[index] = last[visit]!
    last[visit] = index
    lines[visit]!++
  }

  function reserve(count: number): void {
    // Each want may need a visit of its own beside those that have room.
    const room = 2 * count
    if (before.length >= room) return
    size = new Int32Array(room)
    lines = new Int32Array(room)
    card = new Uint8Array(room)
    last = new Int32Array(room)
    before = new Int32Array(room)
    visits.first = new Int32Array(room + 1)
    visits.want = new Int32Array(room)
    visits.customer = new Int32Array(room)
  }
}

/** Sizes at even steps of probability. One line more may come to each: see `begin`. */
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
