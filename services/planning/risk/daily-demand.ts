/** Demand by day, out of what planning knows of demand over spans of days. */
import type { Demand } from '../demand/demand.ts'
import type { DailyDemand } from './level.ts'

/**
 * Splits the variance of sums into what is new each day, proportional to its mean, and what stays: V1 = c M1 + L M1^2 and
 * V2 = c M2 + L M2^2 for the first day and for all days are two equations for c and L. Neither is below 0.
 * @param demandOver demand from the day after the origin over so many days
 * @param days how many
 */
export function dailyDemandOf(demandOver: (days: number) => Demand, days: number): DailyDemand {
  const sums = Array.from({ length: days }, (_, day) => demandOver(day + 1))
  // Calibrated span by span, the mean of a longer one may be a trifle less.
  const means = sums.map(({ mean }, day) => Math.max(0, mean - (day === 0 ? 0 : sums[day - 1]!.mean)))
  const one = sums.find(({ mean }) => mean > 0)
  const all = sums.at(-1)
  if (!one || !all || all.mean <= one.mean) {
    const spread = one ? one.variance / one.mean : 1
    return { means, spread, levelVariance: 0 }
  }
  const ratio = one.variance / one.mean
  const slope = (all.variance / all.mean - ratio) / (all.mean - one.mean)
  const levelVariance = Math.min(Math.max(0, slope), ratio / one.mean)
  return { means, spread: ratio - levelVariance * one.mean, levelVariance }
}
