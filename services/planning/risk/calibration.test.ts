import { expect, test } from 'vitest'
import { calibrate, calibrateRisks, fitBeta, IDENTITY, type Outcome } from './calibration.ts'

/** Cases spread over the probabilities, which came as often as `truth` says. */
const outcomesOf = (truth: (probability: number) => number, cases = 2_000): Outcome[] =>
  Array.from({ length: 49 }, (_, at) => {
    const probability = (at + 1) / 50
    return { probability, cases, events: cases * truth(probability) }
  })

test('a formula that is right stays as it is', () => {
  const map = fitBeta(outcomesOf((probability) => probability))
  for (const p of [0.01, 0.2, 0.5, 0.9]) expect(calibrate(map, p)).toBeCloseTo(p, 3)
  expect(calibrate(IDENTITY, 0.3)).toBeCloseTo(0.3, 12)
})

test('one that says too much is brought down, in order', () => {
  const truth = (p: number) => 1 / (1 + Math.exp(-(0.6 * Math.log(p) - 1.2 * Math.log(1 - p) - 0.8)))
  const map = fitBeta(outcomesOf(truth))
  for (const p of [0.05, 0.3, 0.7, 0.95]) expect(calibrate(map, p)).toBeCloseTo(truth(p), 2)
  for (let p = 0; p < 1; p += 0.05) expect(calibrate(map, p + 0.05)).toBeGreaterThanOrEqual(calibrate(map, p))
})

test('a formula that is upside down loses its say instead of being turned', () => {
  const map = fitBeta(outcomesOf((p) => 1 - p))
  expect(Math.min(map.a, map.b)).toBeGreaterThanOrEqual(0)
  for (let p = 0.05; p < 0.95; p += 0.05)
    expect(calibrate(map, p + 0.05)).toBeGreaterThanOrEqual(calibrate(map, p) - 1e-12)
})

test('nothing to learn from leaves all as it is, and a handful of cases moves little', () => {
  expect(fitBeta([])).toEqual(IDENTITY)
  const few = fitBeta([{ probability: 0.2, cases: 3, events: 3 }])
  expect(Math.abs(calibrate(few, 0.2) - 0.2)).toBeLessThan(0.1)
  // Only zeros, far from what was said: finite, and less.
  const zeros = fitBeta([{ probability: 0.3, cases: 5_000, events: 0 }])
  expect(calibrate(zeros, 0.3)).toBeLessThan(0.05)
  expect(Number.isFinite(zeros.c)).toBe(true)
})

test('risks are told as the part of empty shelves that somebody stands before', () => {
  const risks = calibrateRisks([{ a: 1, b: 1, c: 1 }], { wanted: [0.1, 0.1, 0], empty: [0.2, 0.2, 0] })
  expect(risks[0]).toBeCloseTo(calibrate({ a: 1, b: 1, c: 1 }, 0.2) / 2, 12)
  // Days without a map are told as the formula has them.
  expect(risks[1]).toBeCloseTo(0.1, 12)
  expect(risks[2]).toBe(0)
})
