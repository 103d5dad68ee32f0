/** A distribution that a recalibration can be laid on. */
import type { Demand } from './demand.ts'

export interface Distribution extends Demand {
  /** Takes whole numbers only. */
  readonly isWhole: boolean
  /** E[((D - stock)+)^2]. @param stock at least 0 */
  squaredShortage(stock: number): number
}

/**
 * Where an ascending function reaches a level, between two places: false position with halving (Illinois), which needs no
 * derivative and never leaves the bracket. Source: Dowell and Jarratt, BIT 11, 1971.
 * @param low a place at which it is not above the level
 * @param high one at which it is not below
 */
export function crossing(value: (x: number) => number, level: number, low: number, high: number): number {
  let a = low
  let b = high
  let fa = value(a) - level
  let fb = value(b) - level
  if (fa >= 0) return a
  let side = 0
  for (let turn = 0; turn < 200 && b - a > 1e-12 * b; turn++) {
    // Every fourth turn halves, where the function is flat beside a step.
    const x = turn % 4 === 3 || fb === fa ? (a + b) / 2 : (fb * a - fa * b) / (fb - fa)
    const inside = x > a && x < b ? x : (a + b) / 2
    const fx = value(inside) - level
    if (fx === 0) return inside
    if (fx > 0) {
      b = inside
      fb = fx
      if (side === 1) fa /= 2
      side = 1
    } else {
      a = inside
      fa = fx
      if (side === -1) fb /= 2
      side = -1
    }
    if (Math.abs(fx) < 1e-13) return inside
  }
  return b
}

/** The least whole number at which an ascending function is at least the level. @param high one at which it is */
export function firstWhole(value: (x: number) => number, level: number, low: number, high: number): number {
  let below = Math.floor(low) - 1
  let above = Math.ceil(high)
  while (above - below > 1) {
    const middle = Math.floor((below + above) / 2)
    if (value(middle) >= level) above = middle
    else below = middle
  }
  return Math.max(0, above)
}
