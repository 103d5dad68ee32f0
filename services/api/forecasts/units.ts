/** Forecasts are stored in the unit of sale, history in what people think in: the API speaks the latter. */
import type { SeriesUnit } from '@shelfcast/contracts/forecasts'

const LARGER: Record<string, SeriesUnit> = { g: 'kg', ml: 'l' }

/** @param unit each, g, ml */
export function unitOf(unit: string): { unit: SeriesUnit; scale: number } {
  const larger = LARGER[unit]
  return larger ? { unit: larger, scale: 0.001 } : { unit: 'each', scale: 1 }
}

/** What is stored is a 32-bit number: more digits than it has would be noise. */
export const rounded = (value: number): number => Number(value.toPrecision(6))
