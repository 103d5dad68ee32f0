/**
 * The rate rule of views/stock_status.sql, asked for each day ahead in the place of the lead time: demand until then is
 * normal, with the mean and variance of the last 28 days; half a unit is added as demand comes in whole units.
 */
import type { Observation } from './observation.ts'

const DAYS = 28

export interface RateQuestion {
  onHand: number
  /** Units that are expected until each day ahead, in all. */
  arriving(days: number): number
  portion: number
}

/** @returns probability of each of the next days that it has run out by then */
export function rateRisks(
  { sold }: Observation,
  day: number,
  series: number,
  { onHand, arriving, portion }: RateQuestion,
  ahead: number,
): number[] {
  const units = Array.from({ length: Math.min(DAYS, day + 1) }, (_, back) => sold[day - back]![series]!)
  const mean = units.reduce((sum, unit) => sum + unit, 0) / units.length
  if (mean === 0) return new Array<number>(ahead).fill(0)
  const variance = units.reduce((sum, unit) => sum + (unit - mean) ** 2, 0) / (units.length - 1)
  const daily = Math.max(variance, mean * portion)
  return Array.from({ length: ahead }, (_, at) => {
    const days = at + 1
    const z = (Math.max(0, onHand) + arriving(days) + portion / 2 - mean * days) / Math.sqrt(daily * days)
    return 1 - normalCdf(z)
  })
}

/** Abramowitz and Stegun, 26.2.17: within 7.5e-8. */
export function normalCdf(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z))
  const tail =
    (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) *
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  return z >= 0 ? 1 - tail : tail
}
