import { expect, test } from 'vitest'
import { ratesAt, remember, type Sample, WINDOW_MS } from './flow.ts'

const sample = (seconds: number, count: number): Sample => ({
  at: 1_000 * seconds,
  messages: count,
  lines: 5 * count,
  lakeRows: 5 * count,
  warehouseRows: 5 * count,
})
const gather = (...all: Sample[]) => all.reduce<Sample[]>(remember, [])

test('a rate is what was counted over the window', () => {
  const samples = gather(sample(0, 0), sample(4, 40), sample(8, 80), sample(12, 120))
  expect(ratesAt(samples, 12_000)).toEqual({ messages: 10, lines: 50, lakeRows: 50, warehouseRows: 50 })
})

test('rates fall to 0 when nothing is pushed any more', () => {
  const samples = gather(sample(0, 0), sample(6, 120))
  expect(ratesAt(samples, 6_000).messages).toBe(20)
  expect(ratesAt(samples, 12_000).messages).toBe(10)
  expect(ratesAt(samples, 6_000 + WINDOW_MS).messages).toBe(0)
})

test('one sample is no rate, and neither is none', () => {
  expect(ratesAt([], 5_000).messages).toBe(0)
  expect(ratesAt(gather(sample(0, 100)), 0).messages).toBe(0)
})

test('a warehouse that is rebuilt moves forward, not back', () => {
  expect(ratesAt(gather(sample(0, 500), sample(5, 3)), 5_000).lakeRows).toBe(0)
})

test('samples are kept for the window and one before it, and an old push changes nothing', () => {
  const samples = gather(...Array.from({ length: 60 }, (_, second) => sample(second, second)))
  expect(samples[0]!.at).toBe(59_000 - WINDOW_MS)
  expect(remember(samples, sample(30, 0))).toEqual(samples)
})
