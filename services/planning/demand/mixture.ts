/** Demand that is one of several, each with its probability: over a span of days that is itself uncertain. */
import type { WideDemand } from './calibrated.ts'
import { crossing, firstWhole } from './distribution.ts'
import { type TableDemand, tableDemand } from './table.ts'

export type AnyDemand = WideDemand | TableDemand

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
  const cdf = (units: number) => sum(({ demand }) => demand.cdf(units))
  return {
    isWhole,
    mean,
    variance: sum(({ demand }) => demand.variance + (demand.mean - mean) ** 2),
    cdf,
    quantile(probability) {
      // It lies between the quantiles of the parts.
      const quantiles = parts.map(({ demand }) => demand.quantile(probability))
      const low = Math.min(...quantiles)
      const high = Math.max(...quantiles)
      if (low === high) return low
      return isWhole ? firstWhole(cdf, probability, low, high) : crossing(cdf, probability, low, high)
    },
    shortage: (stock) => sum(({ demand }) => demand.shortage(stock)),
  }
}
