import { expect, test } from 'vitest'
import {
  correlation,
  demandClass,
  describeHistogram,
  dispersion,
  quantile,
  topShare,
  unthinned,
  variance,
} from './describe.ts'

test('quantiles lie between the nearest values', () => {
  expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5)
  expect(quantile([4, 1, 3, 2], 1)).toBe(4)
  expect(quantile([1, 2, 3, 4, 5], 0.25)).toBe(2)
  expect(quantile([], 0.5)).toBeNaN()
})

test('variance has n - 1, dispersion is variance over mean, correlation has its sign', () => {
  expect(variance([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(32 / 7, 12)
  expect(dispersion([0, 2, 0, 2])).toBeCloseTo(4 / 3, 12)
  expect(correlation([1, 2, 3], [6, 4, 2])).toBeCloseTo(-1, 12)
})

test('demand is classed by how often it comes and how even its sizes are', () => {
  expect(demandClass([3, 3, 4, 3, 3, 4])).toBe('smooth')
  expect(demandClass([1, 9, 1, 1, 12, 1])).toBe('erratic')
  expect(demandClass([1, 0, 0, 1, 0, 0])).toBe('intermittent')
  expect(demandClass([1, 0, 0, 12, 0, 0, 1, 0, 0])).toBe('lumpy')
  expect(demandClass([0, 0, 5])).toBeUndefined()
})

test('a fifth of the products sells what the largest fifth sells', () => {
  expect(topShare([1, 1, 1, 1, 16], 0.2)).toBeCloseTo(0.8, 12)
})

test('a histogram is described by its counts', () => {
  const sizes = describeHistogram([0, 2, 1, 0, 1])
  expect(sizes.total).toBe(4)
  expect(sizes.mean).toBe(2)
  expect(sizes.quantile(0.5)).toBe(1)
  expect(sizes.quantile(0.95)).toBe(4)
  expect(sizes.share(1)).toBe(0.5)
})

test('basket sizes come back from a sample of the lines', () => {
  // given negative binomial sizes, of which a twentieth of the lines was kept: negative binomial again
  const [r, mean, sampleShare] = [1.3, 9, 0.05]
  const probability = (centre: number, size: number) => {
    let value = (r / (r + centre)) ** r
    for (let k = 1; k <= size; k++) value *= ((k - 1 + r) / k) * (centre / (r + centre))
    return value
  }
  const counts = [0, 1, 2, 3].map((lines) => 1e9 * probability(mean * sampleShare, lines))
  // then the sizes are those of the baskets that have a line at all
  const sizes = describeHistogram(unthinned(counts, sampleShare).map((share) => share * 1e6))
  expect(sizes.mean).toBeCloseTo(mean / (1 - probability(mean, 0)), 4)
  expect(sizes.share(1)).toBeCloseTo(probability(mean, 1) / (1 - probability(mean, 0)), 6)
})
