/** Which lines of a basket are the same piece scanned twice, and which are a customer who really bought two. */
import { LIMITS } from '@shelfcast/contracts/refusals'

/** Lines of a basket that break no other rule, in the order of the basket: filled anew for each one. */
export interface ScannedLines {
  /** How many there are; the arrays have room for the largest basket. */
  count: number
  /** Place in the basket's `lines`, from 1. */
  line: Int32Array
  /** The same number for the same SKU, and never below 0: an entry of a dictionary serves. */
  sku: Int32Array
  quantity: Int32Array
  /** The same number for the same unit. */
  unit: Int32Array
  unitPrice: Int32Array
  discount: Int32Array
  /** Milliseconds since 1970. */
  scannedAt: Float64Array
  /** What `findDoubleScans` found: index of the scan that this one repeats, or -1. */
  doubleOf: Int32Array
}

const ROOM = 5_000

export function createScannedLines(): ScannedLines {
  return {
    count: 0,
    line: new Int32Array(ROOM),
    sku: new Int32Array(ROOM),
    quantity: new Int32Array(ROOM),
    unit: new Int32Array(ROOM),
    unitPrice: new Int32Array(ROOM),
    discount: new Int32Array(ROOM),
    scannedAt: new Float64Array(ROOM),
    doubleOf: new Int32Array(ROOM),
  }
}

/** Fills `doubleOf`. @returns how many lines are double scans */
export function findDoubleScans(lines: ScannedLines): number {
  const { count, sku, quantity, unit, unitPrice, discount, scannedAt, doubleOf } = lines
  let found = 0
  for (let at = 0; at < count; at++) {
    doubleOf[at] = -1
    for (let before = at - 1; before >= 0; before--) {
      if (
        sku[before] !== sku[at] ||
        doubleOf[before] !== -1 ||
        quantity[before] !== quantity[at] ||
        unitPrice[before] !== unitPrice[at] ||
        discount[before] !== discount[at] ||
        unit[before] !== unit[at]
      )
        continue
      const gap = Math.abs(scannedAt[at]! - scannedAt[before]!)
      if (gap > LIMITS.doubleScanMs) continue
      doubleOf[at] = before
      found++
      break
    }
  }
  return found
}
