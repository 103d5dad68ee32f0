/** Bands of a manifest, made ready: by goods, class of series, and every span of days. */
import type { SumBand } from '@shelfcast/contracts/manifest'
import type { Curve } from './curve.ts'
import { AS_STATED, mapBetween, type Recalibration, recalibrationOf } from './recalibration.ts'

/** A band, between those that the manifest has. */
export interface BandAt {
  factor: number
  dispersion: number
  /** Kilograms or litres. */
  scale: number
  recalibration: Recalibration
  /** Made so far, by the place of their means on a scale. */
  curves: Map<number, Curve>
}

export interface ClassBands {
  basis: 'held_out_sums' | 'default_spread'
  /** @param days from 1 */
  at(days: number): BandAt
}

/**
 * Where nothing was measured: a standard deviation of 70% of the mean beside the chance of single sales. Of the sums of a
 * week of the twin, all classes but the slowest had less.
 */
const DEFAULT: BandAt = {
  factor: 1,
  dispersion: 0.5,
  scale: 1,
  recalibration: AS_STATED,
  curves: new Map(),
}
const DEFAULT_CLASS: ClassBands = { basis: 'default_spread', at: () => DEFAULT }

interface Goods {
  /** Ascending; the first holds for all below it too. */
  edges: number[]
  classes: ClassBands[]
}

const ready = new WeakMap<readonly SumBand[], { pieces: Goods; weighed: Goods }>()

/**
 * The bands of the class that a series is in; a stated default where the manifest has none of such goods.
 * @param rate mean of the forecast a day, in pieces, kilograms or litres
 */
export function bandsOf(bands: readonly SumBand[], isWeighed: boolean, rate: number): ClassBands {
  let both = ready.get(bands)
  if (!both) {
    both = {
      pieces: goodsOf(bands.filter(({ goods }) => goods !== 'weighed')),
      weighed: goodsOf(bands.filter(({ goods }) => goods === 'weighed')),
    }
    ready.set(bands, both)
  }
  const { edges, classes } = isWeighed ? both.weighed : both.pieces
  let place = edges.length - 1
  while (place > 0 && edges[place]! > rate) place--
  return classes[place] ?? DEFAULT_CLASS
}

function goodsOf(bands: readonly SumBand[]): Goods {
  const edges = [...new Set(bands.map(({ from_mean }) => from_mean))].sort((a, b) => a - b)
  return {
    edges,
    classes: edges.map((edge) => classOf(bands.filter(({ from_mean }) => from_mean === edge))),
  }
}

function classOf(bands: readonly SumBand[]): ClassBands {
  const ascending = [...bands].sort((a, b) => a.days - b.days)
  const spans = ascending.map(({ days }) => days)
  const values = ascending.map(({ factor, dispersion, scale, levels }) => ({
    factor,
    dispersion,
    scale,
    recalibration: recalibrationOf(levels),
    curves: new Map(),
  }))
  const between: BandAt[] = []
  return {
    basis: 'held_out_sums',
    at(days) {
      const span = Math.min(days, spans.at(-1)!)
      between[span] ??= interpolated(spans, values, span)
      return between[span]
    },
  }
}

/** Spans that are shorter or longer than all are as the nearest. */
function interpolated(spans: readonly number[], values: readonly BandAt[], days: number): BandAt {
  const after = spans.findIndex((span) => span >= days)
  const next = values[after]!
  if (after === 0 || spans[after] === days) return next
  const previous = values[after - 1]!
  const share = (days - spans[after - 1]!) / (spans[after]! - spans[after - 1]!)
  const line = (a: number, b: number) => a + (b - a) * share
  return {
    factor: line(previous.factor, next.factor),
    dispersion: line(previous.dispersion, next.dispersion),
    scale: line(previous.scale, next.scale),
    recalibration: mapBetween(previous.recalibration, next.recalibration, share),
    curves: new Map(),
  }
}
