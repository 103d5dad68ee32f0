/** Demand by day, out of what planning knows of demand over spans of days. */
import type { Demand } from '../demand/demand.ts'
import type { DailyDemand } from './level.ts'

/**
 * What is new each day, and what stays: V1 = c M1 + L M1^2 and V2 = c M2 + L M2^2 for the first day and for all days are
 * two equations for c and L. Neither is below 0.
 * @param means of the days
 * @param over demand of the first so many of them
 */
export function dailyDemand(
  means: readonly number[],
  over: (days: number) => Pick<Demand, 'mean' | 'variance'>,
): DailyDemand {
  const total = means.reduce((sum, mean) => sum + mean, 0)
  if (total === 0) return { means, spread: 1, levelVariance: 0 }
  const [one, all] = [over(1), over(means.length)]
  const scaled = means.map((mean) => (mean * all.mean) / total)
  if (one.mean <= 0 || all.mean <= one.mean)
    return { means: scaled, spread: all.variance / all.mean, levelVariance: 0 }
  const ratio = one.variance / one.mean
  const slope = (all.variance / all.mean - ratio) / (all.mean - one.mean)
  const levelVariance = Math.min(Math.max(0, slope), ratio / one.mean)
  return { means: scaled, spread: ratio - levelVariance * one.mean, levelVariance }
}
