import { REASONS } from '@shelfcast/contracts/training'
import { quantity, sentences } from '@shelfcast/contracts/words'
import { expect, test } from 'vitest'
import { BEST_ITERATION, libraryAnswers, manifest, treesText } from '../../../test/inference/fixture.ts'
import { createReasoner, logarithmicMean } from './reasons.ts'
import { readForest } from './trees.ts'

const forest = readForest(treesText, BEST_ITERATION)

test('base and reasons add up to the mean, in units', () => {
  const { rows, matrix, mean } = libraryAnswers()
  const explained = createReasoner(forest, manifest().inputs, 'demand').explain(matrix, rows)
  for (let row = 0; row < rows; row++) {
    const of = explained.reasons.subarray(row * REASONS.length, (row + 1) * REASONS.length)
    const sum = of.reduce((total, value) => total + value, explained.base[row]!)
    expect(Math.abs(sum - explained.mean[row]!)).toBeLessThan(1e-9)
    expect(Math.abs(explained.mean[row]! / mean[row]! - 1)).toBeLessThan(5e-6)
  }
})

test('the level that forecasts are multiples of is a reason like the others', () => {
  const { rows, matrix, mean } = libraryAnswers()
  const { inputs } = manifest()
  const at = inputs.findIndex(({ reason }) => reason === 'recent sales')
  const level = { input: inputs[at]!.name, floor: 0.05, reference: Math.log(4) }
  const plain = createReasoner(forest, inputs, 'demand').explain(matrix, rows)
  const explained = createReasoner(forest, inputs, 'demand', level).explain(matrix, rows)
  for (let row = 0; row < rows; row++) {
    const input = matrix[row * inputs.length + at]!
    const times = Number.isNaN(input) ? 0.05 : Math.max(input, 0.05)
    expect(explained.base[row]! / plain.base[row]!).toBeCloseTo(4, 9)
    expect(Math.abs(explained.mean[row]! / (times * mean[row]!) - 1)).toBeLessThan(5e-6)
    const of = explained.reasons.subarray(row * REASONS.length, (row + 1) * REASONS.length)
    const sum = of.reduce((total, value) => total + value, explained.base[row]!)
    expect(Math.abs(sum - explained.mean[row]!)).toBeLessThan(1e-9 * Math.max(1, explained.mean[row]!))
  }
  expect(() => createReasoner(forest, inputs, 'demand 1', { ...level, input: 'luck' })).toThrow(
    /demand 1: its level is luck, which takes an input of that name/,
  )
})

test('a model without a logarithm keeps its values as they are', () => {
  const { matrix } = libraryAnswers()
  const linear = createReasoner({ ...forest, isLog: false }, manifest().inputs, 'demand').explain(matrix, 1)
  const sum = linear.reasons
    .subarray(0, REASONS.length)
    .reduce((total, value) => total + value, linear.base[0]!)
  expect(sum).toBeCloseTo(linear.mean[0]!, 12)
})

test('the logarithmic mean is exp(base) where sum and base agree, and does not lose digits near there', () => {
  expect(logarithmicMean(1, 1)).toBe(Math.E)
  expect(logarithmicMean(1 + 1e-13, 1)).toBeCloseTo(Math.E, 12)
  expect(logarithmicMean(Math.log(4), Math.log(1))).toBeCloseTo(3 / Math.log(4), 12)
})

test('each input needs a reason of its own', () => {
  const inputs = manifest().inputs.map((input, index) =>
    index === 2 ? { ...input, reason: null } : index === 4 ? { ...input, reason: 'totals' as const } : input,
  )
  expect(() => createReasoner(forest, inputs, 'Model demand 1')).toThrow(
    /Model demand 1: inputs without a reason.*days_since_sale \(none\), day_of_year \(totals\)/,
  )
})

test('the largest reasons are told first, and those that hardly matter are left out', () => {
  const reasons = REASONS.map(
    (reason) => ({ weekday: 2.14, promotion: 4, price: -0.9, trend: 0.05 })[reason as string] ?? 0,
  )
  expect(sentences(reasons, { base: 4, mean: 9.3, unit: 'each', targetDate: '2026-03-07' })).toEqual([
    'the average over all products and days is 4.0',
    'promotion adds 4.0',
    'Saturday sells 2.1 more than a usual day',
    'the price takes off 0.90',
  ])
})

test('weighed goods are told in grams and kilograms', () => {
  expect(quantity(310, 'g')).toBe('310 g')
  expect(quantity(4_230, 'g')).toBe('4.2 kg')
  expect(quantity(2_000, 'ml')).toBe('2.0 l')
  expect(quantity(0.123, 'each')).toBe('0.12')
})
