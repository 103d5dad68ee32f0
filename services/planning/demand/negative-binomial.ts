/**
 * Negative binomial demand: a Poisson whose rate is uncertain by a gamma, of mean m and variance m + a m^2. With a = 0 it
 * is the Poisson. Source: Johnson, Kemp and Kotz, Univariate Discrete Distributions, 3rd ed., ch. 5.
 */
import { betaBelow, gammaAbove } from './special-functions.ts'

/** Below it nothing tells it from a Poisson. Equal in models/shelfcast_models/sum_bands.py. */
export const LEAST_DISPERSION = 1e-6
/** Probability that a table leaves out above its end. */
const TAIL = 1e-10
const MOST_ENTRIES = 1 << 14

const scratch = new Float64Array(MOST_ENTRIES)

/**
 * Probability of at most 0, 1, 2, ... pieces; the last is 1.
 * @param mean pieces, from 0 to some hundreds: the work grows with it
 */
export function negativeBinomialTable(mean: number, dispersion: number): Float64Array {
  if (mean === 0) return new Float64Array([1])
  const growth = mean / (1 + dispersion * mean)
  let probability = Math.exp(
    dispersion < LEAST_DISPERSION ? -mean : -Math.log1p(dispersion * mean) / dispersion,
  )
  let below = 0
  let units = 0
  for (; units < MOST_ENTRIES - 1; units++) {
    below += probability
    scratch[units] = below
    const ratio = ((1 + dispersion * units) * growth) / (units + 1)
    probability *= ratio
    // What is left is less than a geometric series of this ratio.
    if (ratio < 1 && probability < TAIL * (1 - ratio)) break
  }
  const table = scratch.slice(0, units + 1)
  table[units] = 1
  return table
}

/** Probability of at most so many pieces; smooth between whole numbers. @param mean above 0, up to some 1e9 */
export function negativeBinomialBelow(units: number, mean: number, dispersion: number): number {
  if (units < 0) return 0
  if (dispersion < LEAST_DISPERSION) return gammaAbove(units + 1, mean)
  const spread = dispersion * mean
  return betaBelow(1 / dispersion, units + 1, 1 / (1 + spread), spread / (1 + spread))
}
