/** Which lines of a basket are the same piece scanned twice, and which are a customer who really bought two. */
import { LIMITS } from '@shelfcast/contracts/refusals'

/** Lines of a basket by their place in it, from 0. */
export interface Scans {
  /** The same number for the same SKU: the entry of a dictionary. */
  sku: Int32Array
  quantity: Float64Array
  /** The same number for the same unit. */
  unit: Int8Array
  /** Minor units. */
  unitPrice: Float64Array
  discount: Float64Array
  /** Milliseconds since 1970. */
  scannedAt: Float64Array
}

/**
 * The earlier scan of the piece that a line scans again: alike in all that was scanned, and no further apart than a
 * hand needs for another piece, whatever lies between the two. Only accepted lines are asked, so in a row of scans
 * each one that is kept begins a new span.
 * @param accepted  places of the lines that were accepted before it
 * @param count     how many those are
 * @returns place of the earlier scan, the nearest one first; -1 when it is a piece of its own
 */
export function scannedBefore(scans: Scans, accepted: Int32Array, count: number, line: number): number {
  const { sku, quantity, unit, unitPrice, discount, scannedAt } = scans
  for (let index = count - 1; index >= 0; index--) {
    const candidate = accepted[index]!
    if (
      sku[candidate] === sku[line] &&
      quantity[candidate] === quantity[line] &&
      unitPrice[candidate] === unitPrice[line] &&
      discount[candidate] === discount[line] &&
      unit[candidate] === unit[line] &&
      Math.abs(scannedAt[line]! - scannedAt[candidate]!) <= LIMITS.doubleScanMs
    )
      return candidate
  }
  return -1
}
