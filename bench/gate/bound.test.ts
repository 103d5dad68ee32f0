import type { SaleLine } from '@shelfcast/contracts/events'
import { expect, test } from 'vitest'
import { bestByEvidence, bestByTime, evidenceOf, f1 } from './bound.ts'

test('F1 is the harmonic mean of precision and recall', () => {
  const [precision, recall] = [30 / 40, 30 / 60]
  expect(f1(30, 40, 60)).toBeCloseTo((2 * precision * recall) / (precision + recall))
  expect(f1(0, 0, 0)).toBe(1)
})

test('the best limit takes all double scans where hardly anyone buys two', () => {
  expect(bestByTime(100, 0)).toEqual({ f1: expect.closeTo(1), limitMs: 1_100 })
  const { f1: reached, limitMs } = bestByTime(100, 112)
  // 201 of the 5,600 milliseconds that hands take are within the limit.
  expect(limitMs).toBe(1_100)
  expect(reached).toBeCloseTo(f1(100, 100 + (112 * 201) / 5_600, 100))
})

test('the best limit leaves the overlap to customers where most of it is theirs', () => {
  const { f1: reached, limitMs } = bestByTime(100, 10_000)
  expect(limitMs).toBe(899)
  const right = 30 + (70 * 899) / 1_100
  expect(reached).toBeCloseTo(f1(right, right, 100))
})

test('the best rule on evidence takes what is mostly double scans, and no more than helps', () => {
  const shown = [
    { doubles: 1, repeats: 90 },
    { doubles: 80, repeats: 0 },
    { doubles: 19, repeats: 10 },
  ]
  expect(bestByEvidence(shown, 100)).toBeCloseTo(f1(99, 109, 100))
})

test('a basket shows more than the time between two scans', () => {
  const line = (ms: number, overrides: Partial<SaleLine> = {}): SaleLine => ({
    line_no: 1,
    sku: 'A',
    quantity: 1,
    unit: 'each',
    unit_price: 100,
    discount: 0,
    scanned_at: new Date(Date.UTC(2026, 0, 5, 10) + ms).toISOString(),
    ...overrides,
  })
  const other = (ms: number) => line(ms, { sku: 'B' })
  expect(evidenceOf([line(0), line(899)], 0, 1)).toBe('too soon for two')
  expect(evidenceOf([line(0), line(1_101)], 0, 1)).toBe('too late for one')
  expect(evidenceOf([line(0), line(1_000)], 0, 1)).toBe('none')
  expect(evidenceOf([line(0, { quantity: 2 }), line(1_000, { quantity: 2 })], 0, 1)).toBe('several')
  expect(evidenceOf([line(0), line(1_000), line(2_000)], 0, 1)).toBe('even')
  expect(evidenceOf([line(0), line(1_000), line(2_000)], 1, 2)).toBe('even')
  expect(evidenceOf([line(0), line(1_000), line(2_500)], 0, 1)).toBe('none')
  expect(evidenceOf([line(0), line(1_000), other(2_199)], 0, 1)).toBe('next at once')
  expect(evidenceOf([line(0), line(1_000), other(2_200)], 0, 1)).toBe('none')
  expect(evidenceOf([line(0), line(1_000), other(6_500)], 0, 1)).toBe('next after two')
})
