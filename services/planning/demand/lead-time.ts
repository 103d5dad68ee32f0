/**
 * Lead times of a supplier: whole days from the day of the order to the day on which a delivery could be at the store,
 * as receipts have shown them and as the supplier states them.
 */
import { gammaBelow } from './special-functions.ts'

/** Orders that came alike, or are not there yet. */
export interface LeadTimeObservation {
  /** From the order to its first receipt; of an open order, to today. */
  days: number
  /** Orders; less than one each where older receipts weigh less. */
  orders: number
  /** Not there after `days` days: its lead time is more than that. */
  isOpen?: boolean
  /**
   * Least lead time that would have come on that day too, where the supplier delivers on some weekdays only: the goods may
   * have been ready on any day from this one on. Equal to `days` when left out.
   */
  earliest?: number
}

export interface StatedLeadTime {
  /** Days. */
  mean: number
  sd: number
}

export interface LeadTime {
  /** Probability of 0, 1, 2, ... LONGEST_LEAD_TIME days; sums to 1. */
  pmf: readonly number[]
  mean: number
  sd: number
  /** Orders that it was learned from, as they weigh. */
  orders: number
  /**
   * receipts   learned from receipts; where the supplier states one, that counts as PRIOR_ORDERS more
   * stated     as the supplier states it
   * default    nothing is known: a week, give or take half of it
   */
  basis: 'receipts' | 'stated' | 'default'
}

export const LONGEST_LEAD_TIME = 60
/** Statement of a supplier, in orders: of ten receipts the mean is known to a third of their standard deviation. */
export const PRIOR_ORDERS = 10
/** Where nobody states one the receipts speak, and this only fills the days between them. */
const UNSTATED_ORDERS = 1
export const DEFAULT_LEAD_TIME: StatedLeadTime = { mean: 7, sd: 3.5 }
/** Rarer lead times are left out: their demand would be worked out for nothing. */
const LEAST_PROBABILITY = 1e-4
const ROUNDS = 500

/**
 * Posterior mean of a Dirichlet process whose base is the stated gamma in whole days. An order that is late is censored,
 * and one that waited for a delivery day is known to an interval: both are shared among the days that they leave, in
 * proportion to what is thought of those, until that stays (self-consistency: Efron 1967, Turnbull 1976; with a prior:
 * Susarla and Van Ryzin, JASA 71, 1976).
 */
export function leadTimeOf(
  observations: readonly LeadTimeObservation[],
  stated: StatedLeadTime | undefined,
): LeadTime {
  const usable = observations.filter(
    ({ days, orders }) => orders > 0 && days >= 0 && Number.isFinite(days + orders),
  )
  const orders = usable.reduce((sum, each) => sum + each.orders, 0)
  const statement = stated && isLeadTime(stated) ? stated : undefined
  const base = discreteGamma(statement ?? DEFAULT_LEAD_TIME)
  const weight = statement ? PRIOR_ORDERS : UNSTATED_ORDERS
  const pmf = trimmed(orders > 0 ? posterior(usable, base, weight) : base)
  const mean = pmf.reduce((sum, probability, days) => sum + probability * days, 0)
  const variance = pmf.reduce((sum, probability, days) => sum + probability * (days - mean) ** 2, 0)
  return {
    pmf,
    mean,
    sd: Math.sqrt(variance),
    orders,
    basis: orders > 0 ? 'receipts' : statement ? 'stated' : 'default',
  }
}

/** A supplier that states 0 days, give or take 0, says nothing: so do sources that do not know. */
function isLeadTime({ mean, sd }: StatedLeadTime): boolean {
  return Number.isFinite(mean) && Number.isFinite(sd) && mean >= 0 && sd >= 0 && mean + sd > 0
}

/** Rounded to whole days; longer ones than the longest are the longest. */
function discreteGamma({ mean, sd }: StatedLeadTime): number[] {
  const pmf = new Array<number>(LONGEST_LEAD_TIME + 1).fill(0)
  if (sd === 0 || mean === 0) {
    pmf[Math.min(LONGEST_LEAD_TIME, Math.round(mean))] = 1
    return pmf
  }
  const shape = (mean / sd) ** 2
  const unit = (sd * sd) / mean
  const below = (days: number) => (days === LONGEST_LEAD_TIME ? 1 : gammaBelow(shape, (days + 0.5) / unit))
  return pmf.map((_, days) => below(days) - (days === 0 ? 0 : below(days - 1)))
}

function posterior(
  observations: readonly LeadTimeObservation[],
  base: readonly number[],
  weight: number,
): number[] {
  const spans = observations.map((each) => ({ ...spanOf(each), orders: each.orders }))
  const total = weight + spans.reduce((sum, { orders }) => sum + orders, 0)
  // Begins with something on each day, so that a receipt on a day that nobody stated counts.
  let pmf = base.map((probability) => 0.9 * probability + 0.1 / base.length)
  for (let round = 0; round < ROUNDS; round++) {
    const counts = base.map((probability) => weight * probability)
    for (const { from, to, orders } of spans) {
      let mass = 0
      for (let days = from; days <= to; days++) mass += pmf[days]!
      for (let days = from; days <= to; days++)
        counts[days]! += mass > 0 ? (orders * pmf[days]!) / mass : orders / (to - from + 1)
    }
    const next = counts.map((count) => count / total)
    const change = next.reduce((most, value, days) => Math.max(most, Math.abs(value - pmf[days]!)), 0)
    pmf = next
    if (change < 1e-9) break
  }
  return pmf
}

function spanOf({ days, isOpen, earliest }: LeadTimeObservation): { from: number; to: number } {
  const last = Math.min(LONGEST_LEAD_TIME, Math.floor(days))
  if (isOpen) return { from: Math.min(LONGEST_LEAD_TIME, last + 1), to: LONGEST_LEAD_TIME }
  return { from: Math.max(0, Math.min(last, Math.floor(earliest ?? last))), to: last }
}

function trimmed(pmf: readonly number[]): number[] {
  const kept = pmf.map((probability) => (probability < LEAST_PROBABILITY ? 0 : probability))
  const sum = kept.reduce((total, probability) => total + probability, 0)
  return kept.map((probability) => probability / sum)
}
