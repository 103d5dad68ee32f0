/** Bands of a manifest, made ready: by goods, class of series, and every span of days. */
import type { SumBand } from '@shelfcast/contracts/manifest'
import type { Recalibration } from './calibrated.ts'

/** A band, between those that the manifest has. */
export interface BandAt {
  factor: number
  dispersion: number
  /** Kilograms or litres. */
  scale: number
  recalibration: Recalibration
}

export interface ClassBands {
  basis: 'held_out_sums' | 'default_spread'
  /** @param days from 1 */
  at(days: number): BandAt
}

const AS_STATED: Recalibration = { stated: new Float64Array([0, 1]), actual: new Float64Array([0, 1]) }

/**
 * Where nothing was measured: a standard deviation of 70% of the mean beside the chance of single sales. Of the sums of a
 * week of the twin, all classes but the slowest had less.
 */
const DEFAULT: BandAt = { factor: 1, dispersion: 0.5, scale: 1, recalibration: AS_STATED }
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
  const values = ascending.map(bandAt)
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
  const stated = Float64Array.from(
    [...new Set([...previous.recalibration.stated, ...next.recalibration.stated])].sort((a, b) => a - b),
  )
  return {
    factor: line(previous.factor, next.factor),
    dispersion: line(previous.dispersion, next.dispersion),
    scale: line(previous.scale, next.scale),
    recalibration: {
      stated,
      actual: stated.map((level) =>
        line(actualAt(previous.recalibration, level), actualAt(next.recalibration, level)),
      ),
    },
  }
}

function actualAt({ stated, actual }: Recalibration, level: number): number {
  const after = stated.findIndex((each) => each >= level)
  if (after <= 0 || stated[after] === level) return actual[Math.max(0, after)]!
  const share = (level - stated[after - 1]!) / (stated[after]! - stated[after - 1]!)
  return actual[after - 1]! + (actual[after]! - actual[after - 1]!) * share
}

function bandAt({ factor, dispersion, scale, levels }: SumBand): BandAt {
  const stated = [0]
  const actual = [0]
  for (const level of levels) {
    // A map that would fall, or stand twice at one place, is none.
    if (level.stated <= stated.at(-1)! || level.stated >= 1) continue
    stated.push(level.stated)
    actual.push(Math.min(1, Math.max(level.actual, actual.at(-1)!)))
  }
  return {
    factor,
    dispersion,
    scale,
    recalibration: { stated: Float64Array.from([...stated, 1]), actual: Float64Array.from([...actual, 1]) },
  }
}
