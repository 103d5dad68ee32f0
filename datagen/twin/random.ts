/** Random numbers that depend on a key alone, so that any store-hour can be made again without those before it. */

export interface Random {
  /** From 0 to below 1. */
  uniform(): number
  /** Whole, from `low` to `high`, both included. */
  integer(low: number, high: number): number
  chance(probability: number): boolean
  pick<T>(items: readonly T[]): T
  /** Index drawn by cumulative weights: ascending, the last is the sum. */
  weighted(cumulative: readonly number[]): number
  /** @param mean up to a few hundred */
  poisson(mean: number): number
}

/** @param key the same parts give the same numbers */
export function createRandom(...key: (string | number)[]): Random {
  const text = key.join('|')
  const uniform = sfc32(fnv1a(text, 0), fnv1a(text, 1), fnv1a(text, 2), fnv1a(text, 3))
  const integer = (low: number, high: number) => low + Math.floor(uniform() * (high - low + 1))
  return {
    uniform,
    integer,
    chance: (probability) => uniform() < probability,
    pick: (items) => items[integer(0, items.length - 1)]!,
    weighted(cumulative) {
      const point = uniform() * cumulative.at(-1)!
      let low = 0
      let high = cumulative.length - 1
      while (low < high) {
        const middle = (low + high) >> 1
        if (cumulative[middle]! > point) high = middle
        else low = middle + 1
      }
      return low
    },
    poisson(mean) {
      // Knuth's method: the product of uniforms passes below e^-mean after a Poisson number of factors.
      const floor = Math.exp(-mean)
      let count = 0
      for (let product = uniform(); product > floor; product *= uniform()) count++
      return count
    },
  }
}

export function cumulative(weights: readonly number[]): number[] {
  let sum = 0
  return weights.map((weight) => {
    sum += weight
    return sum
  })
}

/** 32-bit FNV-1a with a salt, so that one text gives several independent words. */
function fnv1a(text: string, salt: number): number {
  let hash = 0x811c9dc5 ^ Math.imul(salt, 0x9e3779b9)
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return hash >>> 0
}

/** Chris Doty-Humphrey's small fast counter generator (PractRand): 128 bits of state. */
function sfc32(a: number, b: number, c: number, counter: number): () => number {
  const next = () => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 4_294_967_296
  }
  // The first outputs still show the seed.
  for (let round = 0; round < 12; round++) next()
  return next
}
