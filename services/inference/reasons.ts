/** Why a forecast is what it is: the Shapley values of a row as contributions in the units of its series. */
import { type ModelManifest, REASONS, type Reason } from '@shelfcast/contracts/models'
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

/** @throws when an input has no reason, or that of no input */
export function createReasoner(forest: Forest, inputs: ModelManifest['inputs'], model: string): Reasoner {
  const explainer = createExplainer(forest, groupsOf(inputs, model))
  const width = explainer.groups + 1
  return {
    explain(matrix, rows) {
      const values = new Float64Array(rows * width)
      explainer.explain(matrix, values, rows)
      const found: Reasons = {
        base: new Float64Array(rows),
        mean: new Float64Array(rows),
        reasons: new Float64Array(rows * REASONS.length),
      }
      for (let row = 0; row < rows; row++) {
        const shapley = values.subarray(row * width, (row + 1) * width)
        const bias = shapley[explainer.groups]!
        const sum = shapley.reduce((total, value) => total + value, 0)
        const scale = forest.isLog ? logarithmicMean(sum, bias) : 1
        for (let group = 0; group < explainer.groups; group++)
          found.reasons[row * REASONS.length + group] = scale * shapley[group]!
        found.base[row] = forest.isLog ? Math.exp(bias) : bias
        found.mean[row] = forest.isLog ? Math.exp(sum) : sum
      }
      return found
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
