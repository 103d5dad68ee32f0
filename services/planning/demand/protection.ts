/** Demand over the protection interval: until the next order, after this one, could be at the store. */
import type { Demand } from './demand.ts'
import { mixture } from './mixture.ts'
import { type SeriesForecast, type SpanBasis, spansOf } from './sums.ts'

export interface ProtectionDemand extends SpanBasis {
  demand: Demand
  /** Mean length of the interval in days, from the origin of the forecast on. */
  meanDays: number
  /** Of the variance of demand: what comes of not knowing the lead time, by the law of total variance. */
  varianceOfLeadTime: number
  /** Probability that the interval goes past the forecast days. */
  beyondForecast: number
}

export interface ProtectionQuestion extends SeriesForecast {
  /** Probability of an arrival 0, 1, 2, ... days after the order: `pmf` of leadTimeOf, or arrivalDays. */
  leadTime: readonly number[]
  /** Whole days from this order to the next one. */
  reviewDays: number
  /** Whole days from the origin, which is the last day that is known, to the order. */
  offsetDays: number
}

/**
 * The mixture, over lead times, of the demand of the days up to offset + lead time + review period.
 * Source: Silver, Pyke and Thomas, Inventory and Production Management in Supply Chains, 4th ed., ch. 6.10; a mixture
 * instead of a normal with both variances, since short and long lead times need not look like one.
 */
export function protectionDemand(question: ProtectionQuestion): ProtectionDemand {
  const { leadTime, reviewDays, offsetDays, ...series } = question
  const spans = spansOf(series)
  const parts = leadTime.flatMap((weight, lead) =>
    weight > 0 ? [{ weight, days: offsetDays + lead + reviewDays }] : [],
  )
  const total = parts.reduce((sum, { weight }) => sum + weight, 0)
  if (!(Math.abs(total - 1) < 1e-6))
    throw new RangeError(
      `Probabilities of the lead time sum to ${total}. Give those of all days: they sum to 1.`,
    )
  const demands = parts.map(({ weight, days }) => ({
    weight: weight / total,
    days,
    demand: spans.over(days),
  }))
  const demand = mixture(demands)
  let meanDays = 0
  let between = 0
  let beyond = 0
  for (const part of demands) {
    meanDays += part.weight * part.days
    between += part.weight * (part.demand.mean - demand.mean) ** 2
    if (part.days > series.means.length) beyond += part.weight
  }
  return {
    demand,
    meanDays,
    varianceOfLeadTime: between,
    basis: spans.basis,
    isBeyondForecast: beyond > 0,
    beyondForecast: beyond,
  }
}
