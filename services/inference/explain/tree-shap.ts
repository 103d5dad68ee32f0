/**
 * Exact Shapley values of a sum of trees, where an unknown input takes both ways in the proportion in which the training
 * rows took them ("path-dependent" TreeSHAP: Lundberg et al., Nature Machine Intelligence 2, 2020).
 *
 * Of one leaf, whose path meets the distinct inputs j, let o_j be 1 where the row goes that way at all its splits on j and
 * 0 elsewhere, and z_j the product of the proportions. The value of input i is an integral over t from 0 to 1,
 *
 *   leaf * (o_i - z_i) * integral of the product over j other than i of (t * o_j + (1 - t) * z_j)
 *
 * because the Shapley value is the mean, over t, of the slope of the multilinear extension (Owen 1972). The product is a
 * polynomial of a degree below the number of inputs of the path, so Gauss-Legendre quadrature with half as many points is
 * exact. For each point, products go down the tree and sums of leaves come up again.
 *
 * What a tree says depends on the ways that a row goes at its splits and on nothing else. Rows of a series differ from a
 * day ahead to the next in few inputs, and those cross few thresholds: only the ways that change are turned, and most
 * rows go ways through a tree that another row went a short while ago. What it said then is kept.
 */
import { type ShapTables, shapTables } from './shap-tables.ts'
import type { Forest } from './trees.ts'

export interface Explainer {
  /** Groups of inputs: inputs themselves where none were given. */
  groups: number
  /** The sum of an average row. */
  bias: number
  /**
   * Shapley values of rows, one after the other.
   * @param matrix rows of all inputs, in float32 as the model compares them; NaN where there is no value
   * @param out for each row the value of each group, then the bias: together the sum of the row's leaves
   * @param rows how many of the matrix; all when left out
   */
  explain(matrix: Float32Array, out: Float64Array, rows?: number): void
}

/** Answers of a tree that are kept, as a power of two: some megabytes for all trees. */
const KEPT_BITS = 7
/** Splits whose ways fit into one word, as a power of two. */
const WORD_BITS = 5
const MISSING = -1
const UNKNOWN = -2

/**
 * @param groupOf group of each input, from 0: the value of a group is the sum of its inputs'. Each input alone when left out
 */
export function createExplainer(
  forest: Forest,
  groupOf: ArrayLike<number> = Array.from({ length: forest.inputs }, (_, input) => input),
): Explainer {
  const tables = shapTables(forest)
  const groups = Array.from(groupOf).reduce((most, group) => Math.max(most, group + 1), 0)
  const group = Int32Array.from(tables.input, (input) => groupOf[input]!)
  const width = groups + 1
  const explainRow = rowExplainer(tables, forest.inputs, group, groups)

  return {
    groups,
    bias: tables.bias,
    explain(matrix, out, rows = matrix.length / forest.inputs) {
      out.fill(0, 0, rows * width)
      for (let row = 0; row < rows; row++) {
        explainRow(matrix, row * forest.inputs, out, row * width)
        out[row * width + groups] = tables.bias
      }
    },
  }
}

/** Splits on one input, by their thresholds. */
interface InputSplits {
  threshold: Float32Array
  tree: Int32Array
  /** Where the way of the split is: a word and its bit. */
  word: Int32Array
  bit: Int32Array
  defaultLeft: Uint8Array
}

function splitsOf({ starts, input, threshold, defaultLeft }: ShapTables, inputs: number, words: number) {
  const places = Array.from({ length: inputs }, (): { tree: number; n: number; split: number }[] => [])
  for (let tree = 0; tree + 1 < starts.length; tree++)
    for (let split = starts[tree]!; split < starts[tree + 1]!; split++)
      places[input[split]!]!.push({ tree, n: split - starts[tree]!, split })
  return places.map((of): InputSplits => {
    of.sort((a, b) => threshold[a.split]! - threshold[b.split]!)
    return {
      threshold: Float32Array.from(of, ({ split }) => threshold[split]!),
      tree: Int32Array.from(of, ({ tree }) => tree),
      word: Int32Array.from(of, ({ tree, n }) => tree * words + (n >> WORD_BITS)),
      bit: Int32Array.from(of, ({ n }) => 1 << (n & 31)),
      defaultLeft: Uint8Array.from(of, ({ split }) => defaultLeft[split]!),
    }
  })
}

/** How many thresholds a value has reached: a row goes left at those beyond. */
function reached(threshold: Float32Array, value: number): number {
  let least = 0
  let most = threshold.length
  while (least < most) {
    const middle = (least + most) >> 1
    if (threshold[middle]! <= value) least = middle + 1
    else most = middle
  }
  return least
}

/** @returns a function that adds what the trees say of one row; `row` and `at` are where it begins in matrix and out */
function rowExplainer(tables: ShapTables, inputs: number, group: Int32Array, groups: number) {
  const { starts, above, aboveSide, cameBy, points, ways } = tables
  const trees = starts.length - 1
  const largest = starts.slice(1).reduce((most, start, tree) => Math.max(most, start - starts[tree]!), 0)
  const words = Math.max(1, Math.ceil(largest / 32))
  // Of the tree at hand, by its splits counted from the root.
  const state = new Uint8Array(largest)
  const entry = new Int32Array(largest)
  // By way out of a split, two each: the product down to there, then the sum of what is below. The last is the root's.
  const way = new Float64Array(2 * largest + 1)
  // Of the row before: how many thresholds of an input it had reached, the ways that it went (a bit for each split, 1 for
  // left), and where the answer of each tree is kept.
  const byInput = splitsOf(tables, inputs, words)
  const reach = new Int32Array(inputs).fill(UNKNOWN)
  const bits = new Int32Array(trees * words)
  const isTurned = new Uint8Array(trees).fill(1)
  const current = new Int32Array(trees)
  // Answers that are kept, by tree and place, and the ways that led to them.
  const isKept = new Uint8Array(trees << KEPT_BITS)
  const keptBits = new Int32Array(isKept.length * words)
  const kept = new Float64Array(isKept.length * groups)

  function turnWays(input: number, value: number): void {
    const { threshold, tree, word, bit, defaultLeft } = byInput[input]!
    const before = reach[input]!
    const after = Number.isNaN(value) ? MISSING : reached(threshold, value)
    if (after === before) return
    reach[input] = after
    if (before >= 0 && after >= 0) {
      const last = Math.max(before, after)
      for (let index = Math.min(before, after); index < last; index++) {
        bits[word[index]!]! ^= bit[index]!
        isTurned[tree[index]!] = 1
      }
      return
    }
    for (let index = 0; index < threshold.length; index++) {
      const isLeft = after === MISSING ? defaultLeft[index] === 1 : index >= after
      if (isLeft) bits[word[index]!]! |= bit[index]!
      else bits[word[index]!]! &= ~bit[index]!
      isTurned[tree[index]!] = 1
    }
  }

  /** Where the answer of a tree to the ways of the row is kept; worked out where it is not. */
  function placeOf(tree: number): number {
    const first = tree * words
    let hash = 0
    for (let index = 0; index < words; index++) {
      hash = Math.imul(hash ^ bits[first + index]!, 0x9e3779b1)
      hash ^= hash >>> 15
    }
    const place = (tree << KEPT_BITS) + (Math.imul(hash, 0x85ebca6b) >>> (32 - KEPT_BITS))
    let isSame = isKept[place] === 1
    for (let index = 0; index < words && isSame; index++)
      isSame = keptBits[place * words + index] === bits[first + index]
    if (isSame) return place
    kept.fill(0, place * groups, (place + 1) * groups)
    explainTree(tree, place * groups)
    for (let index = 0; index < words; index++) keptBits[place * words + index] = bits[first + index]!
    isKept[place] = 1
    return place
  }

  /** @param to where the values of the tree begin */
  function explainTree(tree: number, to: number): void {
    const start = starts[tree]!
    const size = starts[tree + 1]! - start
    for (let n = 0; n < size; n++) {
      const split = start + n
      const from = above[split]!
      const isGone = from >= 0 && state[from] !== aboveSide[split]
      const isLeft = (bits[tree * words + (n >> WORD_BITS)]! >>> (n & 31)) & 1
      const side = isGone ? 2 : 1 - isLeft
      state[n] = side
      entry[n] = (split * 3 + side) * 4
    }
    for (let k = 0; k < points; k++) {
      const table = ways[k]!
      way[2 * largest] = 1
      for (let n = 0; n < size; n++) {
        const product = way[cameBy[start + n]!]!
        const at = entry[n]!
        way[2 * n] = product * table[at]!
        way[2 * n + 1] = product * table[at + 1]!
      }
      for (let n = size - 1; n >= 0; n--) {
        const left = way[2 * n]!
        const right = way[2 * n + 1]!
        const from = entry[n]!
        kept[to + group[start + n]!]! += left * table[from + 2]! + right * table[from + 3]!
        way[cameBy[start + n]!] = left + right
      }
    }
  }

  return (matrix: Float32Array, row: number, out: Float64Array, at: number): void => {
    for (let input = 0; input < inputs; input++) turnWays(input, matrix[row + input]!)
    for (let tree = 0; tree < trees; tree++) {
      if (isTurned[tree] === 1) {
        current[tree] = placeOf(tree)
        isTurned[tree] = 0
      }
      const from = current[tree]! * groups
      for (let index = 0; index < groups; index++) out[at + index]! += kept[from + index]!
    }
  }
}
