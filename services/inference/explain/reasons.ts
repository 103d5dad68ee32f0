/** Why a forecast is what it is: the Shapley values of a row as contributions in the units of its series. */
import type { Level, ModelManifest } from '@shelfcast/contracts/manifest'
import { REASONS, type Reason } from '@shelfcast/contracts/training'
import { createExplainer } from './tree-shap.ts'
import type { Forest } from './trees.ts'

export const TOTALS = REASONS.indexOf('totals')

/** Contributions of rows. Base and reasons of a row add up to its mean. */
export interface Reasons {
  /** What the model says of an average row. */
  base: Float64Array
  /** What it says of this row. */
  mean: Float64Array
  /** Rows of contributions, in the order of REASONS. */
  reasons: Float64Array
}

export interface Reasoner {
  /** @param matrix rows of the model's inputs */
  explain(matrix: Float32Array, rows: number): Reasons
}

/**
 * @param level what forecasts are multiples of: its distance from its reference is a contribution of the reason of its
 * input, and the reference is the average row's
 * @throws when an input has no reason, or that of no input
 */
export function createReasoner(
  forest: Forest,
  inputs: ModelManifest['inputs'],
  model: string,
  level?: Level | null,
): Reasoner {
  const explainer = createExplainer(forest, groupsOf(inputs, model))
  const addLevel = level && levelOf(level, inputs, forest, model)
  const width = explainer.groups + 1
  return {
    explain(matrix, rows) {
      const values = new Float64Array(rows * width)
      explainer.explain(matrix, values, rows)
      const result: Reasons = {
        base: new Float64Array(rows),
        mean: new Float64Array(rows),
        reasons: new Float64Array(rows * REASONS.length),
      }
      for (let row = 0; row < rows; row++) {
        const shapley = values.subarray(row * width, (row + 1) * width)
        addLevel?.(shapley, matrix, row)
        const bias = shapley[explainer.groups]!
        const sum = shapley.reduce((total, value) => total + value, 0)
        const scale = forest.isLog ? logarithmicMean(sum, bias) : 1
        for (let group = 0; group < explainer.groups; group++)
          result.reasons[row * REASONS.length + group] = scale * shapley[group]!
        result.base[row] = forest.isLog ? Math.exp(bias) : bias
        result.mean[row] = forest.isLog ? Math.exp(sum) : sum
      }
      return result
    },
  }
}

/**
 * The factor that turns contributions to a logarithm into contributions to the figure itself, without a rest: the
 * logarithmic mean of exp(sum) and exp(base). Source: Ang, "Decomposition analysis for policymaking in energy: which is
 * the preferred method?", Energy Policy 32 (2004): LMDI.
 */
export function logarithmicMean(sum: number, base: number): number {
  const difference = sum - base
  return Math.exp(base) * (difference === 0 ? 1 : Math.expm1(difference) / difference)
}

/** @returns adds the logarithm of a row's level to its Shapley values */
function levelOf(
  { input, floor, reference }: Level,
  inputs: ModelManifest['inputs'],
  forest: Forest,
  model: string,
) {
  const column = inputs.findIndex(({ name }) => name === input)
  if (column < 0 || !forest.isLog)
    throw new Error(
      `${model}: its level is ${input}, which takes ${column < 0 ? 'an input of that name' : 'trees that tell logarithms'}. ` +
        'Export it with the recipe that it was trained by.',
    )
  const group = REASONS.indexOf(inputs[column]!.reason as Reason)
  return (shapley: Float64Array, matrix: Float32Array, row: number) => {
    const value = matrix[row * inputs.length + column]!
    const logarithm = Math.log(Number.isNaN(value) ? floor : Math.max(value, floor))
    shapley[group]! += logarithm - reference
    shapley[shapley.length - 1]! += reference
  }
}

function groupsOf(inputs: ModelManifest['inputs'], model: string): Int32Array {
  const without = inputs.filter(({ reason }) => reason === null || reason === 'totals')
  if (without.length > 0) {
    const names = without.map(({ name, reason }) => `${name} (${reason ?? 'none'})`).join(', ')
    throw new Error(
      `${model}: inputs without a reason of their own: ${names}. Give each one of ` +
        `${REASONS.filter((reason) => reason !== 'totals').join(', ')} in the manifest.`,
    )
  }
  return Int32Array.from(inputs, ({ reason }) => REASONS.indexOf(reason as Reason))
}
