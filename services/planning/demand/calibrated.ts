/**
 * A distribution whose probabilities were held against what came: where it says `stated`, it was `actual`. Between the
 * points the map is a line, so mean, variance and shortage are sums over its pieces and need no integration.
 * Source of the map: Kuleshov, Fenner and Ermon, Accurate uncertainties for deep learning using calibrated regression,
 * ICML 2018; of probability integral transforms of counts: Czado, Gneiting and Held, Biometrics 65, 2009.
 */
import type { Demand } from './demand.ts'
import type { Distribution } from './distribution.ts'
import { firstAtLeast } from './table.ts'

/** Both ascend from 0 to 1. */
export interface Recalibration {
  stated: Float64Array
  actual: Float64Array
}

export interface WideDemand extends Demand {
  readonly isWhole: boolean
}

/** Changes a table of probabilities in place. @param below ascending, the last 1 */
export function recalibrateTable(below: Float64Array, { stated, actual }: Recalibration): Float64Array {
  let piece = 0
  for (let units = 0; units < below.length - 1; units++) {
    while (piece < stated.length - 2 && below[units]! >= stated[piece + 1]!) piece++
    below[units] = lineBetween(below[units]!, stated, actual, piece)
  }
  return below
}

export function calibrated(base: Distribution, recalibration: Recalibration): WideDemand {
  const { stated, actual } = recalibration
  const pieces = piecesOf(base, recalibration)
  const shortageAt = (stock: number) => {
    let place = pieces.length - 1
    while (place > 0 && pieces[place]!.from > stock) place--
    const { constant, slope } = pieces[place]!
    const next = pieces[place + 1]
    const here =
      constant * ((next?.from ?? stock) - stock) + slope * (base.shortage(stock) - (next?.shortage ?? 0))
    return Math.max(0, here + (next?.after ?? 0))
  }
  const mean = shortageAt(0)
  return {
    isWhole: base.isWhole,
    mean,
    variance: Math.max(0, squareOf(pieces) - mean * mean),
    cdf: (units) => (units < 0 ? 0 : mapped(base.cdf(units), stated, actual)),
    quantile: (probability) => base.quantile(mapped(probability, actual, stated)),
    shortage(stock) {
      if (stock <= 0) return mean - stock
      const whole = Math.floor(stock)
      if (!base.isWhole || stock === whole) return shortageAt(stock)
      return shortageAt(whole) * (whole + 1 - stock) + shortageAt(whole + 1) * (stock - whole)
    },
  }
}

/** From units `from` on, 1 - cdf is constant + slope (1 - cdf of the base). */
interface Piece {
  from: number
  constant: number
  slope: number
  /** Of the base, at `from`. */
  shortage: number
  squaredShortage: number
  /** Calibrated shortage at `from`. */
  after: number
}

function piecesOf(base: Distribution, { stated, actual }: Recalibration): Piece[] {
  const pieces: Piece[] = []
  for (let point = 0; point < stated.length - 1; point++) {
    const width = stated[point + 1]! - stated[point]!
    const slope = (actual[point + 1]! - actual[point]!) / width
    const from = point === 0 ? 0 : base.quantile(stated[point]!)
    pieces.push({
      from,
      constant: point === stated.length - 2 ? 0 : 1 - actual[point]! - slope * (1 - stated[point]!),
      slope,
      shortage: base.shortage(from),
      squaredShortage: base.squaredShortage(from),
      after: 0,
    })
  }
  for (let place = pieces.length - 1; place >= 0; place--) {
    const piece = pieces[place]!
    const next = pieces[place + 1]
    piece.after =
      piece.constant * ((next?.from ?? piece.from) - piece.from) +
      piece.slope * (piece.shortage - (next?.shortage ?? 0)) +
      (next?.after ?? 0)
  }
  return pieces
}

/** E[D^2], by parts: the sum of (2 x + 1)(1 - cdf), or the integral of 2 x (1 - cdf). */
function squareOf(pieces: readonly Piece[]): number {
  const beyond = ({ from, shortage, squaredShortage }: Piece) => squaredShortage + 2 * from * shortage
  return pieces.reduce((sum, piece, place) => {
    const next = pieces[place + 1]
    const flat = next ? piece.constant * (next.from ** 2 - piece.from ** 2) : 0
    return sum + flat + piece.slope * (beyond(piece) - (next ? beyond(next) : 0))
  }, 0)
}

function mapped(value: number, from: Float64Array, to: Float64Array): number {
  if (value <= 0) return 0
  if (value >= 1) return 1
  return lineBetween(value, from, to, Math.max(0, firstAtLeast(from, value) - 1))
}

function lineBetween(value: number, from: Float64Array, to: Float64Array, piece: number): number {
  const width = from[piece + 1]! - from[piece]!
  if (width <= 0) return to[piece]!
  return to[piece]! + ((to[piece + 1]! - to[piece]!) * (value - from[piece]!)) / width
}
