/**
 * Random numbers that depend on a key and a position alone. A key names what is drawn (seed, store, SKU, day,
 * purpose), so any part of the world can be made again without the parts before it, and two runs that differ in
 * policy meet the same customers and the same weather.
 */
import { exp, log, normalQuantile } from './arithmetic.ts'

/** 64 bits in two words: the low one first. */
export type Key = readonly [number, number]

/** The n-th 32-bit word of a key. Chris Wellons' lowbias32, with the second word of the key in its middle. */
export function word(low: number, high: number, n: number): number {
  let x = (Math.imul(n | 0, 0x9e3779b9) ^ low) | 0
  x ^= x >>> 16
  x = Math.imul(x, 0x21f0aaad)
  x ^= x >>> 15
  x = Math.imul(x ^ high, 0x735a2d97)
  x ^= x >>> 15
  x = Math.imul(x, 0x21f0aaad)
  x ^= x >>> 15
  return x >>> 0
}

/** The n-th number of a key, above 0 and below 1. */
export function uniformAt(low: number, high: number, n: number): number {
  return (word(low, high, n) + 0.5) / 4_294_967_296
}

/** The key of a part: of a seed, a store in it, a day of that store. */
export function keyOf(parent: Key | undefined, ...parts: (string | number)[]): Key {
  let [low, high] = parent ?? [0x243f6a88, 0x85a308d3]
  for (const part of parts) {
    const [a, b] =
      typeof part === 'number' ? [part | 0, Math.floor(part / 4_294_967_296) | 0] : hashText(part)
    const next = word(low, high, a ^ Math.imul(b, 0x85ebca6b))
    high = word(high, low, b ^ Math.imul(a, 0xc2b2ae35))
    low = next
  }
  return [low, high]
}

/** Numbers of one key, one after the other. `seek` takes it to another key, so hot loops need one object. */
export class Random {
  #low: number
  #high: number
  #n = 0

  constructor(key: Key) {
    this.#low = key[0]
    this.#high = key[1]
  }

  seek(low: number, high: number): void {
    this.#low = low
    this.#high = high
    this.#n = 0
  }

  /** 32 bits. */
  word(): number {
    return word(this.#low, this.#high, this.#n++)
  }

  /** Above 0 and below 1. */
  uniform(): number {
    return (word(this.#low, this.#high, this.#n++) + 0.5) / 4_294_967_296
  }

  /** Whole, from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.uniform() * (high - low + 1))
  }

  chance(probability: number): boolean {
    return this.uniform() < probability
  }

  pick<T>(items: readonly T[]): T {
    return items[this.integer(0, items.length - 1)]!
  }

  /** Index drawn by cumulative weights: ascending, the last is the sum. */
  weighted(cumulative: ArrayLike<number>): number {
    return indexAt(cumulative, this.uniform() * cumulative[cumulative.length - 1]!)
  }

  /** Standard normal. */
  normal(): number {
    return normalQuantile(this.uniform())
  }

  /** @param mean up to 500 */
  poisson(mean: number): number {
    return poissonQuantile(mean, this.uniform())
  }
}

/** First index whose cumulative weight is above the point. */
export function indexAt(cumulative: ArrayLike<number>, point: number): number {
  let low = 0
  let high = cumulative.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (cumulative[middle]! > point) high = middle
    else low = middle + 1
  }
  return low
}

export function cumulative(weights: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(weights.length)
  let sum = 0
  for (let index = 0; index < weights.length; index++) {
    sum += weights[index]!
    sums[index] = sum
  }
  return sums
}

/** The count below which a share u of a Poisson distribution lies: one number a count, and more mean, more count. */
export function poissonQuantile(mean: number, u: number): number {
  if (mean <= 0) return 0
  if (mean > 500) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normalQuantile(u)))
  let probability = exp(-mean)
  let sum = probability
  let count = 0
  const limit = mean + 12 * Math.sqrt(mean) + 20
  while (sum < u && count < limit) {
    count++
    probability *= mean / count
    sum += probability
  }
  return count
}

/**
 * The same for a negative binomial count.
 * @param mean of the count
 * @param size dispersion r: the variance is mean + mean^2 / r
 */
export function negativeBinomialQuantile(mean: number, size: number, u: number): number {
  if (mean <= 0) return 0
  const variance = mean + (mean * mean) / size
  let probability = exp(-size * log(1 + mean / size))
  if (probability < 1e-300) return Math.max(0, Math.round(mean + Math.sqrt(variance) * normalQuantile(u)))
  const ratio = mean / (size + mean)
  let sum = probability
  let count = 0
  const limit = mean + 14 * Math.sqrt(variance) + 20
  while (sum < u && count < limit) {
    probability *= (ratio * (count + size)) / (count + 1)
    count++
    sum += probability
  }
  return count
}

/** Two 32-bit FNV-1a hashes with different beginnings. */
function hashText(text: string): [number, number] {
  let a = 0x811c9dc5
  let b = 0x9e3779b9
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    a = Math.imul(a ^ code, 0x01000193)
    b = Math.imul(b ^ code, 0x01000193)
  }
  return [a, b]
}
