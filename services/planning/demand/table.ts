/** Demand in pieces as a table of its distribution: what most series are, and the fastest to ask. */
import type { Demand } from './demand.ts'

export interface TableDemand extends Demand {
  readonly isWhole: true
  /** Probability of at most 0, 1, 2, ... pieces; the last is 1. */
  readonly below: Float64Array
}

/** @param below probabilities of at most 0, 1, 2, ... pieces, ascending, the last 1 */
export function tableDemand(below: Float64Array): TableDemand {
  const last = below.length - 1
  let mean = 0
  let square = 0
  for (let units = 0; units < last; units++) {
    const above = 1 - below[units]!
    mean += above
    square += (2 * units + 1) * above
  }
  let beyond: Float64Array | undefined
  return {
    isWhole: true,
    below,
    mean,
    variance: Math.max(0, square - mean * mean),
    cdf: (units) => (units < 0 ? 0 : units >= last ? 1 : below[Math.floor(units)]!),
    quantile: (probability) => firstAtLeast(below, probability),
    shortage(stock) {
      if (stock <= 0) return mean - stock
      if (stock >= last) return 0
      beyond ??= shortagesOf(below)
      const whole = Math.floor(stock)
      // Between whole numbers it is a line.
      return beyond[whole]! - (stock - whole) * (1 - below[whole]!)
    },
  }
}

/** Expected pieces beyond 0, 1, 2, ... of stock. */
function shortagesOf(below: Float64Array): Float64Array {
  const beyond = new Float64Array(below.length)
  for (let units = below.length - 2; units >= 0; units--)
    beyond[units] = beyond[units + 1]! + 1 - below[units]!
  return beyond
}

/** The first place of an ascending list whose value is at least this; the last place where none is. */
export function firstAtLeast(values: Float64Array, value: number): number {
  let low = 0
  let high = values.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if (values[middle]! >= value) high = middle
    else low = middle + 1
  }
  return low
}
