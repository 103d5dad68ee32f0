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

// A cart holds no more, and the draws of a visit have room for no more.
export const MOST_LINES = 80
// r of the negative binomial: most baskets are small, some are a week's shopping.
const SIZE_DISPERSION = 1.4
const SIZE_STEPS = 1024
// A want looks for room in so many waiting visits; goods that all of them hold already begin a new one.
const WAITING_VISITS = 12
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
  /** By mission: visits with room, in the order in which they began. */
  const waiting: number[][] = Array.from({ length: missions }, () => [])

  // While grouping, by visit: lines it has room for, lines it has, whether its customer has a card, its last want.
  let size = new Int32Array(0)
  let lines = new Int32Array(0)
  let card = new Uint8Array(0)
  let last = new Int32Array(0)
  // By want of the hour: the want before it in its visit.
  let before = new Int32Array(0)
  let begun = 0
  let products = new Int32Array(0) as Wants['product']
  let first = 0
  const visits: Visits = { count: 0, first: last, want: last, customer: last }

  return (wants, from, to, key) => {
    const count = to - from
    reserve(count)
    products = wants.product
    first = from
    begun = 0
    for (let index = 0; index < count; index++) {
      const choices = missionsOf[products[from + index]!]!
      const mission = choices.length === 1 ? 0 : wants.claim[from + index]! % choices.length
      place(waiting[choices[mission]!]!, index, wants.coupon[from + index] === 1, key)
    }
    mixLeftovers(wants, key)
    list(key)
    return visits
  }

  /** Puts a want into the first waiting visit that can take it, or into a new one. */
  function place(open: number[], index: number, coupon: boolean, key: Key): void {
    const tried = Math.min(open.length, WAITING_VISITS)
    for (let place = 0; place < tried; place++) {
      const visit = open[place]!
      if ((coupon && card[visit] === 0) || holds(visit, products[first + index]!)) continue
      add(visit, index)
      if (lines[visit] === size[visit]) open.splice(place, 1)
      return
    }
    const visit = begun++
    const [low, high] = key
    size[visit] = sizes[word(low, high, visit * DRAWS + DRAW.size) >>> 22]!
    lines[visit] = 0
    last[visit] = NONE
    card[visit] = coupon || uniformAt(low, high, visit * DRAWS + DRAW.card) < loyalty_share ? 1 : 0
    add(visit, index)
    if (size[visit]! > 1) open.push(visit)
  }

  /** Visits that the hour's wants of one mission did not fill are filled anew with what is left of all missions. */
  function mixLeftovers(wants: Wants, key: Key): void {
    const visitsLeft: number[] = []
    const left: number[] = []
    for (const open of waiting) {
      for (const visit of open) {
        visitsLeft.push(visit)
        for (let index = last[visit]!; index !== NONE; index = before[index]!) left.push(index)
        lines[visit] = 0
        last[visit] = NONE
      }
      open.length = 0
    }
    left.sort((a, b) => a - b)
    for (const index of left) place(visitsLeft, index, wants.coupon[first + index] === 1, key)
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
    // The second pass begins visits of its own beside those of the first.
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

/** Sizes at even steps of probability. */
function sizeTable(mean: number): Int32Array {
  return Int32Array.from({ length: SIZE_STEPS }, (_, step) =>
    Math.min(MOST_LINES, 1 + negativeBinomialQuantile(mean - 1, SIZE_DISPERSION, (step + 0.5) / SIZE_STEPS)),
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
