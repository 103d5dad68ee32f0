/**
 * A distribution as a line through knots, in multiples of a mean: what is too wide for a table of whole numbers, and
 * weighed goods. A curve is made once and serves all means near its own, stretched; its probabilities are right to about
 * 0.0002.
 */
import { LEAST_DISPERSION, negativeBinomialBelow } from './negative-binomial.ts'
import { type Recalibration, recalibrate } from './recalibration.ts'
import { gammaBelow } from './special-functions.ts'
import { firstAtLeast } from './table.ts'

export interface Curve {
  isWhole: boolean
  /** Multiples of the mean that it was made for, ascending from 0. */
  knots: Float64Array
  /** Probability of at most that; the last is 1. */
  below: Float64Array
  /** Integral of 1 - below from each knot on. */
  beyond: Float64Array
  /** Mean of the square. */
  square: number
}

/** Knots lie at these normal deviates by Wilson and Hilferty's cube, so they are as dense as the distribution is. */
const FROM = -6
const TO = 7.5
const STEP = 0.05

/** Of pieces: variance = mean + dispersion mean^2. */
export function curveOfPieces(mean: number, dispersion: number, map: Recalibration): Curve {
  const spread = dispersion < LEAST_DISPERSION ? 0 : dispersion
  const below = (units: number) => negativeBinomialBelow(units, mean, spread)
  return curveOf(mean, mean + spread * mean * mean, below, map, true)
}

/** Of weighed goods, a gamma: variance = scale mean + dispersion mean^2. */
export function curveOfWeighed(mean: number, scale: number, dispersion: number, map: Recalibration): Curve {
  // One without any spread would be no distribution.
  const unit = Math.max(scale + dispersion * mean, mean * 1e-6)
  return curveOf(mean, mean * unit, (units) => gammaBelow(mean / unit, units / unit), map, false)
}

function curveOf(
  mean: number,
  variance: number,
  cdf: (units: number) => number,
  map: Recalibration,
  isWhole: boolean,
): Curve {
  const knots = knotsOf((mean * mean) / variance)
  const below = Float64Array.from(knots, (knot) => cdf(knot * mean))
  for (let place = 1; place < below.length; place++) below[place] = Math.max(below[place]!, below[place - 1]!)
  below[below.length - 1] = 1
  recalibrate(below, map)
  return { isWhole, knots, below, ...momentsOf(knots, below, isWhole ? 1 / mean : 0) }
}

/** @param shape of the gamma with that mean and variance */
function knotsOf(shape: number): Float64Array {
  const knots = [0]
  const count = Math.round((TO - FROM) / STEP)
  for (let number = 0; number <= count; number++) {
    const root = 1 - 1 / (9 * shape) + (FROM + number * STEP) / (3 * Math.sqrt(shape))
    if (root > 0) knots.push(root ** 3)
  }
  return Float64Array.from(knots)
}

/** @param piece a piece in multiples of the mean; 0 of weighed goods */
function momentsOf(knots: Float64Array, below: Float64Array, piece: number) {
  const beyond = new Float64Array(knots.length)
  let square = 0
  for (let place = knots.length - 2; place >= 0; place--) {
    const from = knots[place]!
    const width = knots[place + 1]! - from
    const above = 1 - below[place]!
    const fall = below[place + 1]! - below[place]!
    beyond[place] = beyond[place + 1]! + width * (above - fall / 2)
    // The integral of 2 x (1 - cdf) over a line.
    square += width * (2 * from * (above - fall / 2) + width * (above - (2 / 3) * fall))
  }
  // Of whole numbers it is the sum of (2 x + 1)(1 - cdf): half of the first more than its integral (Euler, Maclaurin).
  return { beyond, square: square + piece * beyond[0]! + (piece * piece * (1 - below[0]!)) / 3 }
}

/** @param x in multiples of the mean */
export function belowAt({ knots, below }: Curve, x: number): number {
  if (x >= knots[knots.length - 1]!) return 1
  const place = placeOf(knots, x)
  const share = (x - knots[place]!) / (knots[place + 1]! - knots[place]!)
  return below[place]! + (below[place + 1]! - below[place]!) * share
}

/**
 * Expected excess over x, in multiples of the mean. Of whole numbers it is a sum of 1 - cdf, told by its integral and the
 * first terms of Euler and Maclaurin's formula.
 * @param piece a piece in multiples of the mean
 */
export function shortageAt({ knots, below, beyond, isWhole }: Curve, x: number, piece: number): number {
  if (x >= knots[knots.length - 1]!) return 0
  const place = placeOf(knots, x)
  const off = x - knots[place]!
  const slope = (below[place + 1]! - below[place]!) / (knots[place + 1]! - knots[place]!)
  const above = 1 - below[place]! - slope * off
  const integral = beyond[place]! - off * (above + (slope * off) / 2)
  return isWhole ? integral + piece * (above / 2 + (piece * slope) / 12) : integral
}

/** Where the curve reaches a probability, in multiples of the mean. */
export function reachOf({ knots, below }: Curve, probability: number): number {
  const after = firstAtLeast(below, probability)
  if (after === 0) return 0
  const rise = below[after]! - below[after - 1]!
  const share = (probability - below[after - 1]!) / rise
  return knots[after - 1]! + (knots[after]! - knots[after - 1]!) * share
}

/** The last knot that is not above x. */
function placeOf(knots: Float64Array, x: number): number {
  let low = 0
  let high = knots.length - 1
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if (knots[middle]! <= x) low = middle
    else high = middle
  }
  return low
}
