import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  BEST_ITERATION,
  libraryAnswers,
  randomForest,
  randomMatrix,
  treesText,
} from '../../../test/inference/fixture.ts'
import { gaussLegendre } from './gauss-legendre.ts'
import { createExplainer } from './tree-shap.ts'
import { childOf, type Forest, marginOf, readForest } from './trees.ts'

test("values are those of the training library's pred_contribs", () => {
  const { rows, matrix, contributions } = libraryAnswers()
  const forest = readForest(treesText, BEST_ITERATION)
  const values = new Float64Array(contributions.length)
  createExplainer(forest).explain(matrix, values)
  const scale = Math.max(
    ...Array.from({ length: rows }, (_, row) => Math.abs(marginOf(forest, rowOf(matrix, row, 12)))),
  )
  for (const [index, expected] of contributions.entries())
    expect(Math.abs(values[index]! - expected)).toBeLessThan(1e-5 * scale)
  expect(matrix.some(Number.isNaN)).toBe(true)
})

test('values and bias add up to the sum of the leaves, also in trees as large as those that serve', () => {
  const forest = randomForest({ seed: 3, trees: 120, depth: 6, inputs: 50, isFull: false })
  const matrix = randomMatrix(4, 100, 50)
  const values = new Float64Array(100 * 51)
  createExplainer(forest).explain(matrix, values)
  for (let row = 0; row < 100; row++) {
    const sum = values.subarray(row * 51, row * 51 + 51).reduce((total, value) => total + value, 0)
    expect(sum).toBeCloseTo(marginOf(forest, rowOf(matrix, row, 50)), 9)
  }
})

test('a group has the sum of the values of its inputs', () => {
  const forest = randomForest({ seed: 5, trees: 8, depth: 4, inputs: 6, isFull: true })
  const matrix = randomMatrix(6, 1, 6)
  const each = new Float64Array(7)
  const grouped = new Float64Array(4)
  createExplainer(forest).explain(matrix, each)
  createExplainer(forest, [0, 1, 2, 0, 1, 2]).explain(matrix, grouped)
  for (let group = 0; group < 3; group++)
    expect(grouped[group]).toBeCloseTo(each[group]! + each[group + 3]!, 12)
  expect(grouped[3]).toBe(each[6])
})

test('values are the Shapley values of their definition, for trees of any shape', () => {
  fc.assert(
    fc.property(
      fc.record({
        seed: fc.nat(),
        trees: fc.integer({ min: 1, max: 3 }),
        depth: fc.integer({ min: 0, max: 7 }),
        inputs: fc.integer({ min: 1, max: 7 }),
        isFull: fc.boolean(),
      }),
      (shape) => {
        const forest = randomForest(shape)
        const row = randomMatrix(shape.seed + 1, 1, shape.inputs)
        const values = new Float64Array(shape.inputs + 1)
        createExplainer(forest).explain(row, values)
        const expected = byDefinition(forest, row)
        for (const [index, value] of expected.entries()) expect(values[index]).toBeCloseTo(value, 9)
      },
    ),
    { numRuns: 60 },
  )
})

test('quadrature is exact for polynomials of a degree below twice its points', () => {
  for (let count = 1; count <= 6; count++) {
    const { points, weights } = gaussLegendre(count)
    for (let degree = 0; degree < 2 * count; degree++) {
      const integral = points.reduce((sum, point, index) => sum + weights[index]! * point ** degree, 0)
      expect(integral).toBeCloseTo(1 / (degree + 1), 13)
    }
  }
})

function rowOf(matrix: Float32Array, row: number, width: number): Float32Array {
  return matrix.subarray(row * width, (row + 1) * width)
}

/** Shapley values over all sets of inputs: each set's worth is the sum with only its inputs known. */
function byDefinition(forest: Forest, row: Float32Array): number[] {
  const { inputs } = forest
  const worth = Array.from({ length: 2 ** inputs }, (_, subset) => expectation(forest, row, subset))
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1))
  const size = (set: number) => set.toString(2).replaceAll('0', '').length
  const values = Array.from({ length: inputs }, (_, input) => {
    let value = 0
    for (let set = 0; set < worth.length; set++) {
      if (set & (1 << input)) continue
      const weight = (factorial(size(set)) * factorial(inputs - size(set) - 1)) / factorial(inputs)
      value += weight * (worth[set | (1 << input)]! - worth[set]!)
    }
    return value
  })
  return [...values, worth[0]!]
}

function expectation(forest: Forest, row: Float32Array, subset: number): number {
  const below = (node: number): number => {
    const input = forest.input[node]!
    if (input < 0) return forest.value[node]!
    if (subset & (1 << input)) return below(childOf(forest, node, row[input]!))
    const [left, right] = [forest.left[node]!, forest.right[node]!]
    return (forest.cover[left]! * below(left) + forest.cover[right]! * below(right)) / forest.cover[node]!
  }
  return forest.starts.slice(0, -1).reduce((sum, root) => sum + below(root), forest.base)
}
