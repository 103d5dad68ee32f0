/** Demand by a curve that is stretched to its mean. */

import { belowAt, type Curve, reachOf, shortageAt } from './curve.ts'
import type { Demand } from './demand.ts'
import type { TableDemand } from './table.ts'

export interface WideDemand extends Demand {
  readonly isWhole: boolean
}

/** By a table or a curve. */
export type AnyDemand = WideDemand | TableDemand

/** @param unit units that are one on the curve: the mean that it is stretched to */
export function wideDemand(curve: Curve, unit: number): WideDemand {
  const { isWhole } = curve
  const mean = shortageAt(curve, 0, 1 / unit) * unit
  const cdf = (units: number) =>
    units < 0 ? 0 : belowAt(curve, (isWhole ? Math.floor(units) : units) / unit)
  const shortage = (stock: number) => shortageAt(curve, stock / unit, 1 / unit) * unit
  return {
    isWhole,
    mean,
    variance: Math.max(0, curve.square * unit * unit - mean * mean),
    cdf,
    quantile(probability) {
      const reach = reachOf(curve, probability) * unit
      return isWhole ? firstWhole(cdf, probability, reach - 1, reach + 1) : reach
    },
    shortage(stock) {
      if (stock <= 0) return mean - stock
      const whole = Math.floor(stock)
      if (!isWhole || whole === stock) return shortage(stock)
      const share = stock - whole
      return (1 - share) * shortage(whole) + share * shortage(whole + 1)
    },
  }
}

/** The least whole number at which an ascending function is at least the level. @param high one at which it is */
export function firstWhole(
  value: (units: number) => number,
  level: number,
  low: number,
  high: number,
): number {
  let below = Math.floor(low) - 1
  let above = Math.ceil(high)
  while (above - below > 1) {
    const middle = Math.floor((below + above) / 2)
    if (middle >= 0 && value(middle) >= level) above = middle
    else below = middle
  }
  return Math.max(0, above)
}
