import { expect, test } from 'vitest'
import { demean, interval, leastSquares, numbering, poisson } from './regression.ts'

const whole = (...values: number[]) => Int32Array.from(values)
const real = (...values: number[]) => Float64Array.from(values)

test('least squares with one effect is the line through the points, worked out by hand', () => {
  const [slope] = leastSquares({
    outcome: [1, 3, 2, 6],
    regressors: [real(0, 1, 2, 3)],
    effects: [whole(0, 0, 0, 0)],
    clusters: whole(0, 1, 2, 3),
  })!
  expect(slope!.estimate).toBeCloseTo(1.4, 12)
  // Residuals 0.1, 0.7, -1.7, 0.9: the sandwich is 2.69 / 25, times 4 / 3 for four clusters.
  expect(slope!.error).toBeCloseTo(Math.sqrt((2.69 / 25) * (4 / 3)), 12)
  expect(interval(slope!)[0]).toBeCloseTo(1.4 - 1.96 * slope!.error, 12)
})

test('observations that repeat each other say no more than one', () => {
  const panel = { outcome: [1, 3, 2, 6], regressors: [real(0, 1, 2, 3)], effects: [whole(0, 0, 0, 0)] }
  const twice = <T>(values: readonly T[]) => [...values, ...values]
  const [alone] = leastSquares({ ...panel, clusters: whole(0, 1, 2, 3) })!
  const [repeated] = leastSquares({
    outcome: twice(panel.outcome),
    regressors: [real(...twice([0, 1, 2, 3]))],
    effects: [whole(...twice([0, 0, 0, 0]))],
    clusters: whole(...twice([0, 1, 2, 3])),
  })!
  expect(repeated!.estimate).toBeCloseTo(alone!.estimate, 12)
  expect(repeated!.error).toBeCloseTo(alone!.error, 12)
})

test('Poisson with two groups has the ratio of their sums, and a group without sales says nothing', () => {
  // Group 0 goes from 10 to 20, group 1 from 100 to 100, group 2 sells nothing: 120 against 110.
  const [change] = poisson({
    outcome: [10, 20, 100, 100, 0, 0],
    regressors: [real(0, 1, 0, 1, 0, 1)],
    effects: [whole(0, 0, 1, 1, 2, 2)],
    clusters: whole(0, 0, 1, 1, 2, 2),
  })!
  expect(change!.estimate).toBeCloseTo(Math.log(120 / 110), 8)
})

test('Poisson finds what was put in, under two effects and an exposure', () => {
  const outcome: number[] = []
  const [price, promotion, first, second, exposure] = [[], [], [], [], []] as number[][]
  for (let product = 0; product < 6; product++) {
    for (let week = 0; week < 12; week++) {
      const p = Math.sin(product * 7 + week * week)
      const promoted = (product * 5 + week * 3) % 7 === 0 ? 1 : 0
      const days = 1 + ((product + week) % 7)
      price!.push(p)
      promotion!.push(promoted)
      first!.push(product)
      second!.push(week)
      exposure!.push(days)
      outcome.push(days * Math.exp(product / 2 + Math.cos(week) - 1.7 * p + 0.4 * promoted))
    }
  }
  const coefficients = poisson({
    outcome,
    regressors: [real(...price!), real(...promotion!)],
    effects: [whole(...first!), whole(...second!)],
    clusters: whole(...first!),
    exposure: real(...exposure!),
  })!
  expect(coefficients[0]!.estimate).toBeCloseTo(-1.7, 5)
  expect(coefficients[1]!.estimate).toBeCloseTo(0.4, 5)
  expect(coefficients[0]!.error).toBeLessThan(1e-4)
})

test('what cannot be told apart has no estimate', () => {
  const same = real(0, 0, 1, 1)
  const panel = { outcome: [1, 2, 3, 4], effects: [whole(0, 0, 0, 0)], clusters: whole(0, 1, 2, 3) }
  expect(leastSquares({ ...panel, regressors: [real(5, 5, 5, 5)] })).toBeUndefined()
  expect(poisson({ ...panel, regressors: [same, same] })).toBeUndefined()
  expect(poisson({ ...panel, outcome: [0, 0, 0, 0], regressors: [same] })).toBeUndefined()
})

test('demeaning by two effects leaves nothing of either', () => {
  const [rows, columns] = [whole(0, 0, 0, 1, 1, 2), whole(0, 1, 2, 0, 1, 2)]
  const weights = real(1, 2, 3, 1, 2, 1)
  const rest = demean(real(3, 1, 4, 1, 5, 9), weights, [rows, columns])
  for (const groups of [rows, columns]) {
    for (const group of [0, 1, 2]) {
      const left = rest.reduce((sum, value, i) => sum + (groups[i] === group ? value * weights[i]! : 0), 0)
      expect(left).toBeCloseTo(0, 4)
    }
  }
})

test('things are numbered as they come', () => {
  const number = numbering()
  expect(['b', 'a', 'b', 'c'].map(number)).toEqual([0, 1, 0, 2])
})
