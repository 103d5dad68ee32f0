/** Which number of a visit's key is drawn for what. Visit v of an hour has the numbers from v * DRAWS on. */

export const DRAWS = 256

export const DRAW = {
  size: 0,
  card: 1,
  customer: 2,
  arrival: 3,
  selfCheckout: 4,
  till: 5,
  paying: 6,
  payment: 7,
  void: 8,
  override: 9,
  scannerFault: 10,
  malformed: 11,
  malformedHow: 12,
  doubleScan: 13,
  doubleScanLine: 14,
  doubleScanGap: 15,
  lineFault: 16,
  lineFaultLine: 17,
  lineFaultHow: 18,
  delivery: 19,
  deliveryTime: 20,
  mission: 21,
  kept: 22,
  /** From here on two numbers a line: time to scan it, and whether its pieces are scanned one by one. */
  line: 32,
} as const
