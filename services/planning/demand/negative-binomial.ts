/**
 * Negative binomial demand: a Poisson whose rate is uncertain by a gamma, of mean m and variance m + a m^2. With a = 0 it
 * is the Poisson. Source: Johnson, Kemp and Kotz, Univariate Discrete Distributions, 3rd ed., ch. 5.
 */
import { type Distribution, firstWhole } from './distribution.ts'
import { betaBelow, gammaAbove, gammaBelow, normalQuantile } from './special-functions.ts'

/** Below it nothing tells it from a Poisson. Equal in models/shelfcast_models/sum_bands.py. */
export const LEAST_DISPERSION = 1e-6
/** Probability that a table leaves out above its end. */
const TAIL = 1e-13
/** Longest table, 32 KB: what is wider is asked of the incomplete beta function. */
const MOST_ENTRIES = 4096
/** A first probability below e to it is 0 as a double. */
const LEAST_LOGARITHM = -700

const scratch = new Float64Array(MOST_ENTRIES)

/**
 * Probability of at most 0, 1, 2, ... pieces, the last being 1; undefined where the table would be too long.
 * @param mean pieces, at least 0
 */
export function negativeBinomialTable(mean: number, dispersion: number): Float64Array | undefined {
  if (mean === 0) return new Float64Array([1])
  const first = dispersion < LEAST_DISPERSION ? -mean : -Math.log1p(dispersion * mean) / dispersion
  if (first < LEAST_LOGARITHM || mean > MOST_ENTRIES) return undefined
  const growth = mean / (1 + dispersion * mean)
  let probability = Math.exp(first)
  let below = 0
  for (let units = 0; units < MOST_ENTRIES; units++) {
    below += probability
    scratch[units] = below
    const ratio = ((1 + dispersion * units) * growth) / (units + 1)
    probability *= ratio
    // What is left is less than a geometric series of this ratio.
    if (ratio < 1 && probability < TAIL * (1 - ratio)) {
      const table = scratch.slice(0, units + 1)
      table[units] = 1
      return table
    }
  }
  return undefined
}

/** Of any mean up to some 1e9, without a table. @param mean above 0 */
export function negativeBinomial(mean: number, dispersion: number): Distribution {
  const isPoisson = dispersion < LEAST_DISPERSION
  const variance = mean + (isPoisson ? 0 : dispersion * mean * mean)
  const size = 1 / dispersion
  const success = 1 / (1 + dispersion * mean)
  const failure = (dispersion * mean) / (1 + dispersion * mean)
  /** Probability of at most so many, of a size that is `more` above. */
  const below = (units: number, more = 0) => {
    if (units < 0) return 0
    return isPoisson ? gammaAbove(units + 1, mean) : betaBelow(size + more, units + 1, success, failure)
  }
  const above = (units: number, more = 0) => {
    if (units < 0) return 1
    return isPoisson ? gammaBelow(units + 1, mean) : betaBelow(units + 1, size + more, failure, success)
  }
  // x f(x) of a size is the mean times f(x - 1) of the next size: partial moments are probabilities of larger sizes.
  const shortageOf = (stock: number) => mean * above(stock - 1, 1) - stock * above(stock)
  const cdf = (units: number) => below(Math.floor(units))
  return {
    isWhole: true,
    mean,
    variance,
    cdf,
    quantile(probability) {
      const guess =
        mean + normalQuantile(Math.min(1 - 1e-16, Math.max(1e-300, probability))) * Math.sqrt(variance)
      let step = Math.sqrt(variance) / 2 + 1
      let low = Math.floor(guess - step)
      while (low > 0 && below(low) >= probability) {
        step *= 2
        low = Math.floor(low - step)
      }
      let high = Math.max(1, Math.ceil(guess + step))
      while (below(high) < probability && high < 1e15) {
        step *= 2
        high = Math.ceil(high + step)
      }
      return firstWhole(below, probability, Math.max(0, low), high)
    },
    shortage(stock) {
      if (stock <= 0) return mean - stock
      const whole = Math.floor(stock)
      const atWhole = Math.max(0, shortageOf(whole))
      return stock === whole ? atWhole : Math.max(0, atWhole - (stock - whole) * above(whole))
    },
    squaredShortage(stock) {
      const second = isPoisson ? mean * mean : mean * mean * (1 + dispersion)
      // E[D^2; D > s] = E[D(D - 1); D > s] + E[D; D > s].
      const first = mean * above(stock - 1, 1)
      return Math.max(
        0,
        second * above(stock - 2, 2) + first - 2 * stock * first + stock * stock * above(stock),
      )
    },
  }
}
