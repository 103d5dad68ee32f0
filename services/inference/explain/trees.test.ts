import { expect, test } from 'vitest'
import { BEST_ITERATION, libraryAnswers, treesText } from '../../../test/inference/fixture.ts'
import { marginOf, readForest } from './trees.ts'

interface Saved {
  learner: {
    learner_model_param: { base_score: string; num_target: string }
    objective: { name: string }
    gradient_booster: {
      name: string
      model: { tree_info: number[]; trees: { split_type: number[]; split_conditions: number[] }[] }
    }
  }
}

/** The saved model with something else in it. */
function changed(change: (learner: Saved['learner']) => void): string {
  const saved = JSON.parse(treesText) as Saved
  change(saved.learner)
  return JSON.stringify(saved)
}

test('each row of the training library has its mean, rows with missing values included', () => {
  const { rows, matrix, mean } = libraryAnswers()
  const forest = readForest(treesText, BEST_ITERATION)
  for (let row = 0; row < rows; row++) {
    const sum = marginOf(forest, matrix.subarray(row * forest.inputs, (row + 1) * forest.inputs))
    expect(Math.abs(Math.exp(sum) / mean[row]! - 1)).toBeLessThan(5e-6)
  }
})

test('trees after the best iteration do not count', () => {
  expect(readForest(treesText, BEST_ITERATION).starts).toHaveLength(BEST_ITERATION + 2)
  expect(readForest(treesText, 29).starts).toHaveLength(31)
  expect(() => readForest(treesText, 30, 'trees.json')).toThrow(
    /trees\.json: best iteration 30 needs 31 trees/,
  )
})

test('values are compared as float32, and an equal one goes right', () => {
  const forest = readForest(treesText, 0)
  const root = forest.starts[0]!
  const row = new Float32Array(forest.inputs)
  const at = (value: number) => {
    row[forest.input[root]!] = value
    return marginOf({ ...forest, starts: Int32Array.from([root, 0]) }, row)
  }
  const threshold = forest.threshold[root]!
  // Told apart in double precision only.
  expect(at(threshold - 1e-12)).toBe(at(threshold))
  expect(at(threshold * (1 - 1e-6))).not.toBe(at(threshold))
})

test('the base score is on the scale of the answer, with brackets or without', () => {
  const base = (score: string, objective = 'reg:tweedie') =>
    readForest(
      changed((learner) => {
        learner.learner_model_param.base_score = score
        learner.objective.name = objective
      }),
      0,
    ).base
  expect(base('[5E-1]')).toBeCloseTo(Math.log(0.5), 7)
  expect(base('5E-1', 'count:poisson')).toBeCloseTo(Math.log(0.5), 7)
  expect(base('[5E-1]', 'reg:squarederror')).toBe(0.5)
  expect(() => base('0')).toThrow(/base_score is "0"/)
})

test.each<[string, RegExp, (learner: Saved['learner']) => void]>([
  [
    'dart',
    /booster is "dart"\. Train with booster="gbtree"/,
    ({ gradient_booster }) => {
      gradient_booster.name = 'dart'
    },
  ],
  [
    'another objective',
    /objective is "reg:quantileerror"\. Train the mean with one of reg:tweedie/,
    ({ objective }) => {
      objective.name = 'reg:quantileerror'
    },
  ],
  [
    'several outputs',
    /several outputs/,
    ({ learner_model_param }) => {
      learner_model_param.num_target = '3'
    },
  ],
  [
    'several classes',
    /several outputs/,
    ({ gradient_booster }) => {
      gradient_booster.model.tree_info[1] = 1
    },
  ],
  [
    'categories',
    /tree 2 splits on categories\. Train with numbers/,
    ({ gradient_booster }) => {
      gradient_booster.model.trees[2]!.split_type[0] = 1
    },
  ],
])('%s are refused with the fix', (_name, message, change) => {
  expect(() => readForest(changed(change), 5, 'trees.json')).toThrow(message)
})

test('what is no saved model is told as such', () => {
  expect(() => readForest('{}', 0, 'trees.json')).toThrow(
    /trees\.json is not a model that XGBoost saved as JSON/,
  )
  expect(() => readForest('\u0000ubj', 0)).toThrow(/is not a model/)
})
