/**
 * A map of probabilities that were held against what came: where a distribution says `stated`, it was `actual`.
 * Source: Kuleshov, Fenner and Ermon, Accurate uncertainties for deep learning using calibrated regression, ICML 2018; of
 * counts: Czado, Gneiting and Held, Predictive model assessment for count data, Biometrics 65, 2009.
 */
import type { SumBand } from '@shelfcast/contracts/manifest'

/** Both ascend from 0 to 1; between their points the map is a line. */
export interface Recalibration {
  stated: Float64Array
  actual: Float64Array
}

export const AS_STATED: Recalibration = {
  stated: new Float64Array([0, 1]),
  actual: new Float64Array([0, 1]),
}

export function recalibrationOf(levels: SumBand['levels']): Recalibration {
  const stated = [0]
  const actual = [0]
  for (const level of levels) {
    // A map that would fall, or stand twice at one place, is none.
    if (level.stated <= stated.at(-1)! || level.stated >= 1) continue
    stated.push(level.stated)
    actual.push(Math.min(1, Math.max(level.actual, actual.at(-1)!)))
  }
  return { stated: Float64Array.from([...stated, 1]), actual: Float64Array.from([...actual, 1]) }
}

/** Changes probabilities in place. @param below ascending, the last 1 */
export function recalibrate(below: Float64Array, { stated, actual }: Recalibration): Float64Array {
  let piece = 0
  for (let place = 0; place < below.length; place++) {
    const value = below[place]!
    while (piece < stated.length - 2 && value >= stated[piece + 1]!) piece++
    const share = (value - stated[piece]!) / (stated[piece + 1]! - stated[piece]!)
    below[place] = actual[piece]! + (actual[piece + 1]! - actual[piece]!) * share
  }
  return below
}

/** A map between two others. @param share 0: the first, 1: the second */
export function mapBetween(first: Recalibration, second: Recalibration, share: number): Recalibration {
  const points = new Set([...first.stated, ...second.stated])
  const stated = Float64Array.from([...points].sort((a, b) => a - b))
  const one = recalibrate(stated.slice(), first)
  const other = recalibrate(stated.slice(), second)
  return { stated, actual: one.map((level, place) => level + (other[place]! - level) * share) }
}
