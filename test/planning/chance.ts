/** Chance that is the same in every run, for simulations that formulas are held against. */

/** Evenly between 0 and 1: mulberry32. */
export function createChance(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Box and Muller. */
export function normal(chance: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance())
}

/** Knuth: for means of some tens. */
export function poisson(chance: () => number, mean: number): number {
  const limit = Math.exp(-mean)
  let count = 0
  for (let product = chance(); product > limit; product *= chance()) count++
  return count
}

/** Of mean 1 and this variance: Marsaglia and Tsang, shapes of 1 and more. */
export function gamma(chance: () => number, variance: number): number {
  if (variance === 0) return 1
  const d = 1 / variance - 1 / 3
  const c = 1 / Math.sqrt(9 * d)
  for (;;) {
    const x = normal(chance)
    const v = (1 + c * x) ** 3
    if (v > 0 && Math.log(1 - chance()) < x ** 2 / 2 + d * (1 - v + Math.log(v))) return d * v * variance
  }
}
