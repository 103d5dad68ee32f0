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
 * day ahead to the next in few inputs, so most of them go ways through a tree that another row went just before: what
 * it said then is kept.
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

/** Rows that go through one tree before the next, some series of them: its tables stay in the cache, and the rows as well. */
const ROWS_AT_ONCE = 112
/** Answers of a tree that are kept, as a power of two: some megabytes for all trees. */
const KEPT_BITS = 7
/** Splits whose ways fit into one word. */
const WORD = 32

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
  const explainTree = treeExplainer(tables, group, groups)

  return {
    groups,
    bias: tables.bias,
    explain(matrix, out, rows = matrix.length / forest.inputs) {
      out.fill(0, 0, rows * width)
      for (let from = 0; from < rows; from += ROWS_AT_ONCE) {
        const to = Math.min(rows, from + ROWS_AT_ONCE)
        for (let tree = 0; tree + 1 < tables.starts.length; tree++)
          for (let row = from; row < to; row++)
            explainTree(tree, matrix, row * forest.inputs, out, row * width)
        for (let row = from; row < to; row++) out[row * width + groups] = tables.bias
      }
    },
  }
}

/** @returns a function that adds what one tree says of one row; `row` and `at` are where it begins in matrix and out */
function treeExplainer(tables: ShapTables, group: Int32Array, groups: number) {
  const { starts, input, threshold, defaultLeft, above, aboveSide, cameBy, points, ways } = tables
  const largest = starts.slice(1).reduce((most, start, tree) => Math.max(most, start - starts[tree]!), 0)
  const words = Math.max(1, Math.ceil(largest / WORD))
  // Of the tree at hand, by its splits counted from the root.
  const state = new Uint8Array(largest)
  const entry = new Int32Array(largest)
  // By way out of a split, two each: the product down to there, then the sum of what is below. The last is the root's.
  const way = new Float64Array(2 * largest + 1)
  // A bit for each split: 1 where the row goes left.
  const bits = new Int32Array(words)
  // Answers that are kept, by tree and place, and the ways that led to them.
  const places = (starts.length - 1) << KEPT_BITS
  const isKept = new Uint8Array(places)
  const keptBits = new Int32Array(places * words)
  const kept = new Float64Array(places * groups)

  /** Adds the values of the row whose ways are in `bits` to what begins at `to`. */
  function explainWays(start: number, size: number, to: number): void {
    for (let n = 0; n < size; n++) {
      const split = start + n
      const from = above[split]!
      const isGone = from >= 0 && state[from] !== aboveSide[split]
      const side = isGone ? 2 : (bits[n >> 5]! >>> (n & 31)) & 1 ? 0 : 1
      state[n] = side
      entry[n] = (split * 3 + side) * 4
    }
    for (let k = 0; k < points; k++) {
      const table = ways[k]!
      way[2 * largest] = 1
      for (let n = 0; n < size; n++) {
        const reached = way[cameBy[start + n]!]!
        const at = entry[n]!
        way[2 * n] = reached * table[at]!
        way[2 * n + 1] = reached * table[at + 1]!
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

  return (tree: number, matrix: Float32Array, row: number, out: Float64Array, at: number): void => {
    const start = starts[tree]!
    const size = starts[tree + 1]! - start
    let hash = 0
    let word = 0
    for (let n = 0; n < size; n++) {
      const split = start + n
      const x = matrix[row + input[split]!]!
      // biome-ignore lint/suspicious/noSelfCompare: the cheapest question for NaN, in the innermost loop
      if (x !== x ? defaultLeft[split] === 1 : x < threshold[split]!) word |= 1 << (n & 31)
      if ((n & 31) === 31 || n === size - 1) {
        bits[n >> 5] = word
        hash = Math.imul(hash ^ word, 0x9e3779b1)
        hash ^= hash >>> 15
        word = 0
      }
    }
    const place = (tree << KEPT_BITS) + (Math.imul(hash, 0x85ebca6b) >>> (32 - KEPT_BITS))
    const used = (size + WORD - 1) >> 5
    let isSame = isKept[place] === 1
    for (let index = 0; index < used && isSame; index++)
      isSame = keptBits[place * words + index] === bits[index]
    const from = place * groups
    if (!isSame) {
      kept.fill(0, from, from + groups)
      explainWays(start, size, from)
      for (let index = 0; index < used; index++) keptBits[place * words + index] = bits[index]!
      isKept[place] = 1
    }
    for (let index = 0; index < groups; index++) out[at + index]! += kept[from + index]!
  }
}
