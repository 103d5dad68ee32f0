/** Demand that is one of several, each with its probability: over a span of days that is itself uncertain. */
import { type TableDemand, tableDemand } from './table.ts'
import { type AnyDemand, firstWhole, type WideDemand } from './wide.ts'

export interface Part {
  /** They sum to 1. */
  weight: number
  demand: AnyDemand
}

export function mixture(parts: readonly Part[]): AnyDemand {
  if (parts.length === 1) return parts[0]!.demand
  return parts.every(isTable) ? mixedTable(parts) : mixedWide(parts)
}

const isTable = (part: Part): part is { weight: number; demand: TableDemand } => 'below' in part.demand

function mixedTable(parts: readonly { weight: number; demand: TableDemand }[]): TableDemand {
  const below = new Float64Array(Math.max(...parts.map(({ demand }) => demand.below.length)))
  for (const { weight, demand } of parts) {
    const table = demand.below
    for (let units = 0; units < table.length; units++) below[units]! += weight * table[units]!
    for (let units = table.length; units < below.length; units++) below[units]! += weight
  }
  below[below.length - 1] = 1
  return tableDemand(below)
}

function mixedWide(parts: readonly Part[]): WideDemand {
  const sum = (value: (part: Part) => number) =>
    parts.reduce((total, part) => total + part.weight * value(part), 0)
  const isWhole = parts.every(({ demand }) => demand.isWhole)
  const mean = sum(({ demand }) => demand.mean)
  const cdf = (units: number) => {
    let below = 0
    for (const { weight, demand } of parts) below += weight * demand.cdf(units)
    return below
  }
  return {
    isWhole,
    mean,
    variance: sum(({ demand }) => demand.variance + (demand.mean - mean) ** 2),
    cdf,
    quantile(probability) {
      // It lies between the quantiles of the parts.
      let low = Infinity
      let high = 0
      for (const { demand } of parts) {
        const quantile = demand.quantile(probability)
        low = Math.min(low, quantile)
        high = Math.max(high, quantile)
      }
      if (low === high) return low
      return isWhole ? firstWhole(cdf, probability, low, high) : crossing(cdf, probability, low, high)
    },
    shortage: (stock) => sum(({ demand }) => demand.shortage(stock)),
  }
}

/** Share of a place to which a quantile of weighed goods is worked out. */
const EXACT = 1e-9

/**
 * Where an ascending function reaches a level: false position with halving (Illinois), which needs no derivative and never
 * leaves its bracket. Source: Dowell and Jarratt, BIT 11, 1971.
 * @param low a place at which it is not above the level
 * @param high one at which it is not below
 */
function crossing(value: (x: number) => number, level: number, low: number, high: number): number {
  let a = low
  let b = high
  let fa = value(a) - level
  let fb = value(b) - level
  if (fa >= 0) return a
  for (let turn = 0; turn < 100 && b - a > EXACT * b; turn++) {
    // Every third turn halves: beside a step the secant creeps.
    const secant = (fb * a - fa * b) / (fb - fa)
    const x = turn % 3 < 2 && secant > a && secant < b ? secant : (a + b) / 2
    const fx = value(x) - level
    if (fx >= 0) {
      b = x
      fb = fx
      fa /= 2
    } else {
      a = x
      fa = fx
      fb /= 2
    }
  }
  return b
}
