import { LIMITS } from '@shelfcast/contracts/refusals'
import { expect, test } from 'vitest'
import { type Scans, scannedBefore } from './double-scan.ts'

interface Scan {
  sku: number
  quantity: number
  unit: number
  unitPrice: number
  discount: number
  scannedAt: number
}

function scan(scannedAt: number, overrides: Partial<Scan> = {}): Scan {
  return { sku: 7, quantity: 1, unit: 0, unitPrice: 199, discount: 0, scannedAt, ...overrides }
}

/** What each line of a basket is: -1 for a piece of its own, else the line that it scans again. */
function judged(basket: readonly Scan[]): number[] {
  const scans: Scans = {
    sku: Int32Array.from(basket, ({ sku }) => sku),
    quantity: Float64Array.from(basket, ({ quantity }) => quantity),
    unit: Int8Array.from(basket, ({ unit }) => unit),
    unitPrice: Float64Array.from(basket, ({ unitPrice }) => unitPrice),
    discount: Float64Array.from(basket, ({ discount }) => discount),
    scannedAt: Float64Array.from(basket, ({ scannedAt }) => scannedAt),
  }
  const accepted = new Int32Array(basket.length)
  let count = 0
  return basket.map((_, line) => {
    const original = scannedBefore(scans, accepted, count, line)
    if (original === -1) accepted[count++] = line
    return original
  })
}

const LIMIT = LIMITS.doubleScanMs

test('a second scan is the same piece as long as no hand can have brought up another', () => {
  expect(judged([scan(0), scan(0)])).toEqual([-1, 0])
  expect(judged([scan(0), scan(LIMIT)])).toEqual([-1, 0])
  expect(judged([scan(0), scan(LIMIT + 1)])).toEqual([-1, -1])
})

test('lines that differ in anything that was scanned are pieces of their own', () => {
  const others: Partial<Scan>[] = [
    { sku: 8 },
    { quantity: 2 },
    { unit: 1 },
    { unitPrice: 198 },
    { discount: 1 },
  ]
  for (const other of others) expect(judged([scan(0), scan(10, other)])).toEqual([-1, -1])
})

test('several pieces on one line, and weighed goods, are scanned twice like any other', () => {
  expect(judged([scan(0, { quantity: 6 }), scan(700, { quantity: 6 })])).toEqual([-1, 0])
  const weighed = { quantity: 1_234, unit: 1 }
  expect(judged([scan(0, weighed), scan(700, weighed)])).toEqual([-1, 0])
})

test('another product between the two scans changes nothing', () => {
  expect(judged([scan(0), scan(400, { sku: 8 }), scan(900)])).toEqual([-1, -1, 0])
})

test('a second piece is kept that comes after a double scan of the first', () => {
  expect(judged([scan(0), scan(800), scan(1_600)])).toEqual([-1, 0, -1])
  expect(judged([scan(0), scan(800), scan(1_600), scan(2_000)])).toEqual([-1, 0, -1, 2])
})

test('the line that stands first in the basket is the one that is kept, whatever its clock says', () => {
  expect(judged([scan(500), scan(0)])).toEqual([-1, 0])
})

test('a file without scan times has one time for all lines of a basket: what is alike in all is one', () => {
  const basket = [
    scan(0),
    scan(0, { quantity: 2 }),
    scan(0),
    scan(0, { sku: 9 }),
    scan(0, { quantity: 2 }),
    scan(0),
  ]
  expect(judged(basket)).toEqual([-1, -1, 0, -1, 1, 0])
})
