/**
 * Regressions with fixed effects and standard errors that allow for dependence within clusters. Fixed effects are
 * taken out by weighted demeaning, not by a column for each.
 */
import { inverse, Matrix } from 'ml-matrix'

export interface Panel {
  outcome: ArrayLike<number>
  /** One column of observations for each regressor. */
  regressors: readonly Float64Array[]
  /** Fixed effects: for each, the group of an observation, counted from 0. */
  effects: readonly Int32Array[]
  /** Observations of one cluster may depend on each other. Counted from 0. */
  clusters: Int32Array
  /** Poisson only: what the expected count is proportional to, such as days open. 1 when absent. */
  exposure?: Float64Array
}

export interface Coefficient {
  estimate: number
  /** Standard error, robust to dependence within clusters and to any variance. */
  error: number
}

const DEMEAN_TOLERANCE = 1e-6
const DEMEAN_SWEEPS = 500
const FIT_TOLERANCE = 1e-9
const FIT_ROUNDS = 50

/** 95% confidence interval. */
export function interval({ estimate, error }: Coefficient): [number, number] {
  return [estimate - 1.96 * error, estimate + 1.96 * error]
}

/** Ordinary least squares. Undefined when the data cannot tell the regressors apart. */
export function leastSquares(panel: Panel): Coefficient[] | undefined {
  const weights = new Float64Array(panel.outcome.length).fill(1)
  const outcome = demean(Float64Array.from(panel.outcome), weights, panel.effects)
  const regressors = panel.regressors.map((column) => demean(column, weights, panel.effects))
  const fit = solve(outcome, regressors, weights)
  return fit && withErrors(fit, regressors, residuals(outcome, regressors, fit.estimates), panel.clusters)
}

/**
 * Poisson pseudo-maximum likelihood: the expected count is exposure times exp(regressors + effects). It needs the
 * mean to be right, not the distribution, and takes zeros as they are, where a logarithm would lose them.
 * Iteratively reweighted as in Correia, Guimaraes and Zylkin (2020), "Fast Poisson estimation with high-dimensional
 * fixed effects". Groups without a single sale say nothing and are left out.
 */
export function poisson(input: Panel): Coefficient[] | undefined {
  const panel = withoutEmptyGroups(input)
  const size = panel.outcome.length
  if (size === 0) return undefined
  const offset = Float64Array.from({ length: size }, (_, i) => Math.log(panel.exposure?.[i] ?? 1))
  let total = 0
  for (let i = 0; i < size; i++) total += panel.outcome[i]!
  const expected = Float64Array.from({ length: size }, (_, i) => (panel.outcome[i]! + total / size) / 2)
  const eta = expected.map(Math.log)
  let deviance = Number.POSITIVE_INFINITY
  let fit: Fit | undefined
  // What a round has demeaned is nearly demeaned under the next one's weights too, so each starts from the last.
  let regressors: Float64Array[] = [...panel.regressors]
  let working: Float64Array = new Float64Array(size)
  let outcome: Float64Array = new Float64Array(size)
  for (let round = 0; round < FIT_ROUNDS; round++) {
    const previous = working
    working = eta.map((e, i) => e - offset[i]! + (panel.outcome[i]! - expected[i]!) / expected[i]!)
    outcome = demean(
      outcome.map((value, i) => value + working[i]! - previous[i]!),
      expected,
      panel.effects,
    )
    regressors = regressors.map((column) => demean(column, expected, panel.effects))
    fit = solve(outcome, regressors, expected)
    if (!fit) return undefined
    const rest = residuals(outcome, regressors, fit.estimates)
    let next = 0
    for (let i = 0; i < size; i++) {
      eta[i] = working[i]! - rest[i]! + offset[i]!
      expected[i] = Math.exp(eta[i]!)
      const y = panel.outcome[i]!
      next += 2 * ((y > 0 ? y * Math.log(y / expected[i]!) : 0) - (y - expected[i]!))
    }
    if (Math.abs(deviance - next) < FIT_TOLERANCE * Math.max(1, next)) break
    deviance = next
  }
  const scores = expected.map((value, i) => panel.outcome[i]! - value)
  return fit && withErrors(fit, regressors, scores, panel.clusters)
}

/** Subtracts weighted group means until all are 0: exact at once for one effect, alternating for several. */
export function demean(
  column: Float64Array,
  weights: Float64Array,
  effects: readonly Int32Array[],
): Float64Array {
  const values = column.slice()
  const weightSums = effects.map((groups) => groupSums(groups, weights))
  for (let sweep = 0; sweep < DEMEAN_SWEEPS; sweep++) {
    let largest = 0
    effects.forEach((groups, index) => {
      const means = new Float64Array(weightSums[index]!.length)
      for (let i = 0; i < values.length; i++) means[groups[i]!]! += weights[i]! * values[i]!
      for (let group = 0; group < means.length; group++) {
        if (weightSums[index]![group]! > 0) means[group]! /= weightSums[index]![group]!
        largest = Math.max(largest, Math.abs(means[group]!))
      }
      for (let i = 0; i < values.length; i++) values[i]! -= means[groups[i]!]!
    })
    if (largest < DEMEAN_TOLERANCE || effects.length < 2) break
  }
  return values
}

/** Numbers things as they come, for effects and clusters. */
export function numbering(): (key: string | number) => number {
  const numbers = new Map<string | number, number>()
  return (key) => {
    const number = numbers.get(key)
    if (number !== undefined) return number
    numbers.set(key, numbers.size)
    return numbers.size - 1
  }
}

interface Fit {
  estimates: number[]
  /** Inverse of X'WX. */
  bread: Matrix
}

function solve(outcome: Float64Array, regressors: Float64Array[], weights: Float64Array): Fit | undefined {
  const size = regressors.length
  const cross = Matrix.zeros(size, size)
  const target = Matrix.zeros(size, 1)
  for (let a = 0; a < size; a++) {
    for (let b = a; b < size; b++) {
      let product = 0
      for (let i = 0; i < outcome.length; i++)
        product += weights[i]! * regressors[a]![i]! * regressors[b]![i]!
      cross.set(a, b, product)
      cross.set(b, a, product)
    }
    let product = 0
    for (let i = 0; i < outcome.length; i++) product += weights[i]! * regressors[a]![i]! * outcome[i]!
    target.set(a, 0, product)
    if (!(cross.get(a, a) > 1e-9)) return undefined
  }
  try {
    const bread = inverse(cross)
    return { estimates: bread.mmul(target).to1DArray(), bread }
  } catch {
    return undefined
  }
}

function residuals(outcome: Float64Array, regressors: Float64Array[], estimates: number[]): Float64Array {
  const rest = outcome.slice()
  regressors.forEach((column, index) => {
    for (let i = 0; i < rest.length; i++) rest[i]! -= estimates[index]! * column[i]!
  })
  return rest
}

/** The sandwich of Liang and Zeger, with G / (G - 1) for few clusters. */
function withErrors(
  { estimates, bread }: Fit,
  regressors: Float64Array[],
  scores: Float64Array,
  clusters: Int32Array,
): Coefficient[] {
  const sums = regressors.map((column) =>
    groupSums(
      clusters,
      column.map((x, i) => x * scores[i]!),
    ),
  )
  const number = new Set(clusters).size
  const meat = new Matrix(
    sums.map((a) => sums.map((b) => a.reduce((total, value, group) => total + value * b[group]!, 0))),
  ).mul(number / (number - 1))
  const spread = bread.mmul(meat).mmul(bread)
  return estimates.map((estimate, index) => ({ estimate, error: Math.sqrt(spread.get(index, index)) }))
}

function withoutEmptyGroups(panel: Panel): Panel {
  const sums = panel.effects.map((groups) => groupSums(groups, panel.outcome))
  const kept: number[] = []
  for (let i = 0; i < panel.outcome.length; i++) {
    const isOpen = (panel.exposure?.[i] ?? 1) > 0
    if (isOpen && panel.effects.every((groups, index) => sums[index]![groups[i]!]! > 0)) kept.push(i)
  }
  if (kept.length === panel.outcome.length) return panel
  const select = <T extends Float64Array | Int32Array>(column: T, into: T): T => {
    kept.forEach((from, to) => {
      into[to] = column[from]!
    })
    return into
  }
  const floats = (column: Float64Array) => select(column, new Float64Array(kept.length))
  const whole = (column: Int32Array) => select(column, new Int32Array(kept.length))
  // Leaving some out may empty a group of another effect.
  return withoutEmptyGroups({
    outcome: floats(Float64Array.from(panel.outcome)),
    regressors: panel.regressors.map(floats),
    effects: panel.effects.map(whole),
    clusters: whole(panel.clusters),
    ...(panel.exposure && { exposure: floats(panel.exposure) }),
  })
}

function groupSums(groups: Int32Array, values: ArrayLike<number>): Float64Array {
  let groupCount = 0
  for (const group of groups) groupCount = Math.max(groupCount, group + 1)
  const sums = new Float64Array(groupCount)
  for (let i = 0; i < groups.length; i++) sums[groups[i]!]! += values[i]!
  return sums
}
