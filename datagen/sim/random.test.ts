import { expect, test } from 'vitest'
import { cumulative, keyOf, negativeBinomialQuantile, poissonQuantile, Random } from './random.ts'

const moments = (values: number[]) => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length }
}

test('the same key gives the same numbers, and neighbours share nothing', () => {
  const take = (...parts: (string | number)[]) => {
    const random = new Random(keyOf(undefined, ...parts))
    return Array.from({ length: 4 }, () => random.word())
  }
  expect(take(1, 'S', 20_000)).toEqual(take(1, 'S', 20_000))
  const words = new Set<number>()
  for (let day = 0; day < 5_000; day++) for (const value of take(1, 'S', day)) words.add(value)
  expect(words.size).toBeGreaterThan(19_990)
})

test('uniform numbers are even, over positions and over keys', () => {
  const over = new Random(keyOf(undefined, 'even'))
  const positions = Array.from({ length: 100_000 }, () => over.uniform())
  const keys = Array.from({ length: 100_000 }, (_, day) => new Random(keyOf(undefined, 7, day)).uniform())
  for (const values of [positions, keys]) {
    const { mean, variance } = moments(values)
    expect(mean).toBeCloseTo(0.5, 2)
    expect(variance).toBeCloseTo(1 / 12, 2)
    const bins = new Array<number>(64).fill(0)
    for (const value of values) bins[Math.floor(value * 64)]!++
    const chi = bins.reduce((sum, count) => sum + (count - 100_000 / 64) ** 2 / (100_000 / 64), 0)
    // 63 degrees of freedom: 0.1% on each side.
    expect(chi).toBeGreaterThan(31)
    expect(chi).toBeLessThan(104)
  }
})

test('counts have their mean and variance, and grow with the mean at one number', () => {
  const random = new Random(keyOf(undefined, 'counts'))
  for (const mean of [0.05, 0.7, 4, 60]) {
    const poisson = moments(Array.from({ length: 40_000 }, () => random.poisson(mean)))
    expect(poisson.mean / mean).toBeCloseTo(1, 1)
    expect(poisson.variance / mean).toBeCloseTo(1, 0)
    const size = 2.5
    const counts = moments(
      Array.from({ length: 40_000 }, () => negativeBinomialQuantile(mean, size, random.uniform())),
    )
    expect(counts.mean / mean).toBeCloseTo(1, 1)
    expect(counts.variance / (mean + mean ** 2 / size)).toBeCloseTo(1, 0)
  }
  for (const u of [0.01, 0.4, 0.99]) {
    const means = [0.1, 1, 3, 10, 100, 800, 2_000]
    const poisson = means.map((mean) => poissonQuantile(mean, u))
    const over = means.map((mean) => negativeBinomialQuantile(mean, 3, u))
    expect(poisson).toEqual(poisson.toSorted((a, b) => a - b))
    expect(over).toEqual(over.toSorted((a, b) => a - b))
  }
})

test('weights are met', () => {
  const random = new Random(keyOf(undefined, 'weights'))
  const shares = cumulative([1, 0, 3])
  const counts = [0, 0, 0]
  for (let n = 0; n < 20_000; n++) counts[random.weighted(shares)]!++
  expect(counts[1]).toBe(0)
  expect(counts[2]! / 20_000).toBeCloseTo(0.75, 2)
})
