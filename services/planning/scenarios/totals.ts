/** What series come to together, with a range: their errors are neither independent nor all the same. */
import type { Interval } from '@shelfcast/contracts/scenarios'

/** A series' share in a total. */
export interface Share {
  category: string
  /** What it adds to the total, on average; below 0 where it takes away. */
  mean: number
  /** Standard deviation, with the sign of what an error upwards does to the total. */
  deviation: number
}

/** How errors of series go together: correlation of two of one category, and of two of different ones. */
export interface ErrorCorrelation {
  /** From `across` to 1. */
  within_category: number
  /** From 0. */
  across: number
  /** Forecasts that are over, by which they were measured. */
  origins: number
  /** Mean square of errors of sums of four weeks over mean + SCALED_DISPERSION mean^2; null where none is over. */
  scatter: number | null
}

/** As in services/warehouse/queries/forecast-errors.ts. */
export const SCALED_DISPERSION = 0.1

/**
 * Where no forecast is over yet. Of six forecasts of a twin of 8 stores, errors of sums of four weeks had 0.03 to 0.17 within
 * a category and 0 to 0.03 across.
 */
export const USUAL_CORRELATION: ErrorCorrelation = {
  within_category: 0.1,
  across: 0.02,
  origins: 0,
  scatter: null,
}
/** What the usual one counts for beside the measured ones, in origins. */
const USUAL_ORIGINS = 2

/** Of the normal distribution: nine of ten cases are below. */
const Z90 = 1.2815515655446004

/**
 * Variance of a sum whose parts have equal correlations within blocks, and lower ones across: a common factor of all, one
 * of each category, and the rest of each series. Source of the model: Searle, Casella and McCulloch, Variance Components,
 * 1992, ch. 3 (two-way nested).
 */
export function varianceOfSum(
  shares: readonly Share[],
  { within_category, across }: ErrorCorrelation,
): number {
  const byCategory = new Map<string, number>()
  let squares = 0
  let sum = 0
  for (const { category, deviation } of shares) {
    squares += deviation * deviation
    sum += deviation
    byCategory.set(category, (byCategory.get(category) ?? 0) + deviation)
  }
  let blocks = 0
  for (const block of byCategory.values()) blocks += block * block
  return squares * (1 - within_category) + blocks * (within_category - across) + sum * sum * across
}

/**
 * The range of a sum. Where all shares have one sign it has that sign too and a longer tail away from 0: the lognormal with
 * its mean and variance. Otherwise the normal. Source: Fenton, The sum of log-normal probability distributions, IRE
 * Transactions on Communications Systems 8, 1960.
 */
export function intervalOf(shares: readonly Share[], correlation: ErrorCorrelation): Interval {
  const mean = shares.reduce((total, share) => total + share.mean, 0)
  const variance = varianceOfSum(shares, correlation)
  if (!(variance > 0)) return { mean, low: mean, high: mean }
  const isOneSided = shares.every((share) => share.mean >= 0) || shares.every((share) => share.mean <= 0)
  if (!isOneSided || mean === 0) {
    const width = Z90 * Math.sqrt(variance)
    return { mean, low: mean - width, high: mean + width }
  }
  const spread = Math.log1p(variance / (mean * mean))
  const middle = Math.log(Math.abs(mean)) - spread / 2
  const near = Math.exp(middle - Z90 * Math.sqrt(spread))
  const far = Math.exp(middle + Z90 * Math.sqrt(spread))
  return mean > 0 ? { mean, low: near, high: far } : { mean, low: -far, high: -near }
}

/** Sums over the series of one origin: errors in multiples of their own standard deviation. */
export interface OriginErrors {
  /** Sum of the squares. */
  squares: number
  /** Sum over categories of the square of the sum. */
  blocks: number
  /** Square of the sum of all. */
  total: number
  /** Pairs of one category, and of different ones; each counts twice. */
  pairs_within: number
  pairs_across: number
  series: number
}

/** Moments of pairs, shrunk to the usual correlation; within a category it is at least what it is across. */
export function correlationOf(origins: readonly OriginErrors[]): ErrorCorrelation {
  const usable = origins.filter(({ series, squares }) => series > 1 && squares > 0)
  const mean = (correlations: readonly number[], usual: number) =>
    (correlations.reduce((sum, each) => sum + each, 0) + usual * USUAL_ORIGINS) /
    (correlations.length + USUAL_ORIGINS)
  const across = usable
    .filter(({ pairs_across }) => pairs_across > 0)
    .map(
      ({ squares, blocks, total, pairs_across, series }) =>
        (total - blocks) / pairs_across / (squares / series),
    )
  const within = usable
    .filter(({ pairs_within }) => pairs_within > 0)
    .map(
      ({ squares, blocks, pairs_within, series }) => (blocks - squares) / pairs_within / (squares / series),
    )
  const least = Math.min(1, Math.max(0, mean(across, USUAL_CORRELATION.across)))
  return {
    across: least,
    within_category: Math.min(1, Math.max(least, mean(within, USUAL_CORRELATION.within_category))),
    origins: usable.length,
    scatter:
      usable.length === 0
        ? null
        : usable.reduce((sum, { squares, series }) => sum + squares / series, 0) / usable.length,
  }
}
