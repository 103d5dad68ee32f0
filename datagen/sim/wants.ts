/**
 * What the customers of a store day want, one by one. How many pieces or portions of a SKU are wanted is one draw;
 * here that count is shared out among customers, each with an hour and a claim, by a key of the store, SKU and day.
 */
import { word } from './random.ts'
import type { StoreRange } from './store-range.ts'

/** Draws of a store SKU's day are numbered from day x DRAWS; what each is for. */
export const DRAWS = 32
export const DRAW = {
  demand: 0,
  customers: 1,
  damage: 2,
  shrinkage: 3,
  returned: 4,
  returnHour: 5,
  resale: 6,
  transfer: 7,
  transferTo: 8,
  substitution: 9,
  substitute: 10,
} as const

/** Share of the customers of a coupon promotion that have the coupon. */
const COUPON_SHARE = 0.35
const UNIFORM = 1 / 4_294_967_296
// Draws of one customer, from customer x 4.
const SIZE = 0
const HOUR = 1
const CLAIM = 2
const COUPON = 3

/** Key of the customers of a slot's day, in two halves. */
export function customersLow(range: StoreRange, slot: number, day: number): number {
  return word(range.low[slot]!, range.high[slot]!, day * DRAWS + DRAW.customers)
}
export function customersHigh(range: StoreRange, slot: number, day: number): number {
  return word(range.high[slot]!, range.low[slot]!, day * DRAWS + DRAW.customers)
}

/** How many pieces the n-th customer of a key takes: one of 74%, two of 18%, three to six of the rest. */
export function piecesAt(low: number, high: number, n: number, rest: number): number {
  const share = (word(low, high, n * 4 + SIZE) + 0.5) * UNIFORM
  if (share < 0.74 || rest === 1) return 1
  const pieces = share < 0.92 ? 2 : 3 + Math.floor((share - 0.92) * 50)
  return pieces < rest ? pieces : rest
}

/** Grams of the n-th customer: 40 to 170% of a portion, in steps of 5 g. */
export function gramsAt(low: number, high: number, n: number, portion: number): number {
  const share = (word(low, high, n * 4 + SIZE) + 0.5) * UNIFORM
  return Math.max(5, 5 * Math.floor(portion * (0.08 + 0.26 * share) + 0.5))
}

export function hasCouponAt(low: number, high: number, n: number): boolean {
  return (word(low, high, n * 4 + COUPON) + 0.5) * UNIFORM < COUPON_SHARE
}

/** Wants in the order in which they were drawn, and the order in which they are served. */
export class WantList {
  count = 0
  slot = new Int32Array(256)
  hour = new Uint8Array(256)
  claim = new Uint32Array(256)
  /** Pieces or grams. */
  quantity = new Int32Array(256)
  coupon = new Uint8Array(256)
  got = new Int32Array(256)
  substitute = new Int32Array(256)
  substituteQuantity = new Int32Array(256)
  /** After `sort`: indexes of the above. */
  order = new Int32Array(256)
  #keys = new Float64Array(256)
  readonly #begins = new Int32Array(25)

  clear(): void {
    this.count = 0
  }

  /**
   * Adds the customers that share a count of pieces or portions.
   * @param hours cumulative shares of the hours
   * @param first number of the first customer's draws
   * @param hour all in this one, when it is given
   */
  share(
    range: StoreRange,
    slot: number,
    low: number,
    high: number,
    count: number,
    hours: Float64Array,
    coupons: boolean,
    first = 0,
    hour = -1,
  ): void {
    const isWeighed = range.weighed[slot] === 1
    const portion = range.portion[slot]!
    let rest = count
    for (let n = first; rest > 0; n++) {
      const index = this.count++
      if (index === this.slot.length) this.#grow()
      let quantity: number
      if (isWeighed) {
        quantity = gramsAt(low, high, n, portion)
        rest--
      } else {
        quantity = piecesAt(low, high, n, rest)
        rest -= quantity
      }
      this.slot[index] = slot
      this.quantity[index] = quantity
      this.claim[index] = word(low, high, n * 4 + CLAIM)
      this.coupon[index] = coupons && hasCouponAt(low, high, n) ? 1 : 0
      this.hour[index] = hour >= 0 ? hour : hourAt(hours, (word(low, high, n * 4 + HOUR) + 0.5) * UNIFORM)
    }
  }

  /** Keeps the wants, from one of them on, that a test passes. */
  filter(from: number, keeps: (index: number) => boolean): void {
    let kept = from
    for (let index = from; index < this.count; index++) {
      if (!keeps(index)) continue
      this.slot[kept] = this.slot[index]!
      this.hour[kept] = this.hour[index]!
      this.claim[kept] = this.claim[index]!
      this.quantity[kept] = this.quantity[index]!
      this.coupon[kept] = this.coupon[index]!
      kept++
    }
    this.count = kept
  }

  /** By hour, claim, and as they were drawn. */
  sort(): void {
    const begins = this.#begins.fill(0)
    const { count, hour, order } = this
    for (let index = 0; index < count; index++) begins[hour[index]! + 1]!++
    for (let h = 0; h < 24; h++) begins[h + 1]! += begins[h]!
    const keys = this.#keys
    // 32 bits of claim and 20 of index: as many as a float holds exactly.
    for (let index = 0; index < count; index++) {
      keys[begins[hour[index]!]!++] = this.claim[index]! * 1_048_576 + index
    }
    let begin = 0
    for (let h = 0; h < 24; h++) {
      const end = begins[h]!
      sortKeys(keys, begin, end)
      begin = end
    }
    for (let at = 0; at < count; at++) order[at] = keys[at]! % 1_048_576
  }

  #grow(): void {
    const length = this.slot.length * 2
    const larger = <T extends { set(from: T): void }>(to: T, from: T) => {
      to.set(from)
      return to
    }
    this.slot = larger(new Int32Array(length), this.slot)
    this.hour = larger(new Uint8Array(length), this.hour)
    this.claim = larger(new Uint32Array(length), this.claim)
    this.quantity = larger(new Int32Array(length), this.quantity)
    this.coupon = larger(new Uint8Array(length), this.coupon)
    this.got = new Int32Array(length)
    this.substitute = new Int32Array(length)
    this.substituteQuantity = new Int32Array(length)
    this.order = new Int32Array(length)
    this.#keys = new Float64Array(length)
  }
}

function hourAt(hours: Float64Array, point: number): number {
  let hour = 0
  while (hour < 23 && hours[hour]! <= point) hour++
  return hour
}

/** Most hours of a category have a few wants, for which a native sort costs more than it saves. */
function sortKeys(keys: Float64Array, begin: number, end: number): void {
  if (end - begin > 24) {
    keys.subarray(begin, end).sort()
    return
  }
  for (let at = begin + 1; at < end; at++) {
    const key = keys[at]!
    let to = at
    for (; to > begin && keys[to - 1]! > key; to--) keys[to] = keys[to - 1]!
    keys[to] = key
  }
}
