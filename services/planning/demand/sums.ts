/**
 * Demand over the days 1 to n after the origin of a forecast, as sums of days were on held-out windows
 * (models/shelfcast_models/sum_bands.py): never made of daily quantiles.
 */
import type { Unit } from '@shelfcast/contracts/events'
import type { SumBand } from '@shelfcast/contracts/manifest'
import { type Curve, curveOfPieces, curveOfWeighed } from './curve.ts'
import type { Demand } from './demand.ts'
import { negativeBinomialTable } from './negative-binomial.ts'
import { recalibrate } from './recalibration.ts'
import { type BandAt, bandsOf } from './sum-bands.ts'
import { tableDemand } from './table.ts'
import { type AnyDemand, wideDemand } from './wide.ts'

export interface SeriesForecast {
  /** Means of the days 1, 2, ... after the origin, in the unit of facts: each, g or ml. */
  means: readonly number[]
  unit: Unit
  /** Of the model or of the baseline, whichever made the means: `demand.sums` of the manifest. */
  bands: readonly SumBand[]
}

/** How the spread of a sum was found, and past which day nothing was forecast: for the arithmetic of an order. */
export interface SpanBasis {
  /**
   * held_out_sums   as sums of such series were on windows that the forecast had not seen
   * default_spread  nothing was measured of such goods: variance = mean + 0.5 mean^2 in pieces, kilograms or litres
   */
  basis: 'held_out_sums' | 'default_spread'
  /** Goes past the forecast days: the mean of their last week goes on. */
  isBeyondForecast: boolean
}

export interface SpanDemand extends Demand, SpanBasis {}

/** @param days from 0 */
export function demandOverDays({ days, ...series }: SeriesForecast & { days: number }): SpanDemand {
  const spans = spansOf(series)
  return { ...spans.over(days), basis: spans.basis, isBeyondForecast: days > series.means.length }
}

/** All spans of a series: what they share is worked out once. */
export interface Spans {
  basis: SpanBasis['basis']
  over(days: number): AnyDemand
}

const WEEK = 7
/** Grams in a kilogram, millilitres in a litre: bands are of the larger. */
const PARTS = 1000

export function spansOf({ means, unit, bands }: SeriesForecast): Spans {
  const sums = runningSums(means)
  const lastWeek = sums.length > 1 ? rateOf(sums, WEEK) : 0
  const isWeighed = unit !== 'each'
  const parts = isWeighed ? PARTS : 1
  const spread = bandsOf(bands, isWeighed, rateOf(sums, means.length) / parts)
  return {
    basis: spread.basis,
    over(days) {
      if (!Number.isInteger(days) || days < 0)
        throw new RangeError(`Demand over ${days} days: a span is a whole number of days, 0 or more.`)
      const known = Math.min(days, means.length)
      const mean = sums[known]! + (days - known) * lastWeek
      return demandOf(mean, spread.at(Math.max(1, days)), isWeighed, parts)
    },
  }
}

/** From so many pieces on a curve is as good as a table, and sooner asked. */
const CURVES_FROM = 12
/** Curves are made for means that are this factor apart, and stretched by half of it at most. */
const CURVE_RATIO = 1.05

function demandOf(mean: number, band: BandAt, isWeighed: boolean, parts: number): AnyDemand {
  const expected = mean * band.factor
  if (!(expected > 0)) return tableDemand(new Float64Array([1]))
  if (!isWeighed && expected < CURVES_FROM)
    return tableDemand(recalibrate(negativeBinomialTable(expected, band.dispersion), band.recalibration))
  return wideDemand(curveNear(expected / parts, band, isWeighed), expected)
}

/** @param mean pieces, kilograms or litres */
function curveNear(mean: number, band: BandAt, isWeighed: boolean): Curve {
  const place = Math.round(Math.log(mean) / Math.log(CURVE_RATIO))
  const key = isWeighed ? place + WEIGHED_KEYS : place
  let curve = band.curves.get(key)
  if (!curve) {
    const near = CURVE_RATIO ** place
    curve = isWeighed
      ? curveOfWeighed(near, band.scale, band.dispersion, band.recalibration)
      : curveOfPieces(near, band.dispersion, band.recalibration)
    band.curves.set(key, curve)
  }
  return curve
}

/** The default band is of goods of both kinds: their keys lie apart. */
const WEIGHED_KEYS = 100_000

/** Sums of the first 0, 1, 2, ... means. */
function runningSums(means: readonly number[]): Float64Array {
  const sums = new Float64Array(means.length + 1)
  for (let day = 0; day < means.length; day++) {
    const mean = means[day]!
    if (!(mean >= 0 && mean < Infinity))
      throw new RangeError(`The mean of day ${day + 1} is ${mean}. A forecast is a number, 0 or more.`)
    sums[day + 1] = sums[day]! + mean
  }
  return sums
}

/** Units a day over the last days. */
function rateOf(sums: Float64Array, days: number): number {
  const last = sums.length - 1
  const count = Math.min(days, last)
  return count > 0 ? (sums[last]! - sums[last - count]!) / count : 0
}
