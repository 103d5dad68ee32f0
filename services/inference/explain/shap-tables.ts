/** What TreeSHAP needs of a forest before it sees a row, in tables. The arithmetic is in tree-shap.ts. */
import { gaussLegendre } from './gauss-legendre.ts'
import type { Forest } from './trees.ts'

/** Splits of all trees in one list, each tree from its root, parents before children. */
export interface ShapTables {
  /** First split of each tree that has one, and at last the number of splits. */
  starts: Int32Array
  input: Int32Array
  threshold: Float32Array
  defaultLeft: Uint8Array
  /** The nearest split above on the same input, counted from the tree's root; -1 where there is none. */
  above: Int32Array
  /** On which side of it this split lies: 0 left, 1 right. */
  aboveSide: Uint8Array
  /**
   * The way by which a split is reached: twice the number of the split above it, counted from the root, and one more on the
   * right. A root is reached by the way after those of the largest tree.
   */
  cameBy: Int32Array
  /** Points of the quadrature. */
  points: number
  /**
   * By point: for each split and state of the row, four numbers. What the product is multiplied by on the way to the left
   * and to the right (a leaf's value included), and by what the sum from there goes into the input of the split.
   * States: 0 goes left here, 1 right; 2 is not on this side of the split above on the same input.
   */
  ways: Float64Array[]
  /** The sum of an average row. */
  bias: number
}

// A way that no training row took would make 0 / 0 where its input is met again below.
const LEAST_PROPORTION = 1e-12

/** One split, while the tables are made. */
interface Split {
  node: number
  /** From the root of the tree. */
  index: number
  cameBy: number
  above: { split: Split; side: 0 | 1 } | undefined
  /** Product of the proportions by which rows go left, and right, at the splits on this input from here up. */
  proportions: [number, number]
}

export function shapTables(forest: Forest): ShapTables {
  const trees: Split[][] = []
  let mostInputs = 1
  let bias = forest.base
  for (let tree = 0; tree + 1 < forest.starts.length; tree++) {
    const splits: Split[] = []
    const visit = (
      node: number,
      reach: number,
      cameBy: number,
      path: ReadonlyMap<number, Split['above']>,
    ) => {
      mostInputs = Math.max(mostInputs, path.size)
      const input = forest.input[node]!
      if (input < 0) {
        bias += forest.value[node]! * reach
        return
      }
      const above = path.get(input)
      const proportions = proportionsAt(forest, node)
      const share = above ? above.split.proportions[above.side] : 1
      const split: Split = {
        node,
        index: splits.length,
        cameBy,
        above,
        proportions: [proportions[0] * share, proportions[1] * share],
      }
      splits.push(split)
      for (const side of [0, 1] as const) {
        const child = (side === 0 ? forest.left : forest.right)[node]!
        const way = 2 * split.index + side
        visit(child, reach * proportions[side], way, new Map(path).set(input, { split, side }))
      }
    }
    visit(forest.starts[tree]!, 1, -1, new Map())
    if (splits.length > 0) trees.push(splits)
  }

  const all = trees.flat()
  const largest = Math.max(0, ...trees.map((splits) => splits.length))
  const { points, weights } = gaussLegendre(Math.ceil(mostInputs / 2))
  const starts = new Int32Array(trees.length + 1)
  for (const [tree, splits] of trees.entries()) starts[tree + 1] = starts[tree]! + splits.length
  return {
    starts,
    input: Int32Array.from(all, ({ node }) => forest.input[node]!),
    threshold: Float32Array.from(all, ({ node }) => forest.threshold[node]!),
    defaultLeft: Uint8Array.from(all, ({ node }) => forest.defaultLeft[node]!),
    above: Int32Array.from(all, ({ above }) => above?.split.index ?? -1),
    aboveSide: Uint8Array.from(all, ({ above }) => above?.side ?? 0),
    cameBy: Int32Array.from(all, ({ cameBy }) => (cameBy < 0 ? 2 * largest : cameBy)),
    points: points.length,
    ways: Array.from(points, (t, k) =>
      Float64Array.from(all.flatMap((split) => waysOf(forest, split, t, weights[k]!))),
    ),
    bias,
  }
}

function proportionsAt(forest: Forest, node: number): [number, number] {
  const { cover, left, right } = forest
  const all = cover[node]!
  const share = (child: number) => (all > 0 ? Math.max(cover[child]! / all, LEAST_PROPORTION) : 0.5)
  return [share(left[node]!), share(right[node]!)]
}

/** The four numbers of each state at one point. Where the input was met above, the factor that it gave there is taken back. */
function waysOf(forest: Forest, { node, above, proportions }: Split, t: number, weight: number): number[] {
  const factor = (o: number, z: number) => t * o + (1 - t) * z
  return [0, 1, 2].flatMap((state) => {
    const zAbove = above?.split.proportions[above.side] ?? 1
    const oAbove = state === 2 ? 0 : 1
    const factorAbove = above ? factor(oAbove, zAbove) : 1
    const inputAbove = above ? (oAbove - zAbove) / factorAbove : 0
    const down = [0, 1].map((side) => {
      const child = (side === 0 ? forest.left : forest.right)[node]!
      const leaf = forest.input[child]! < 0 ? forest.value[child]! : 1
      return (factor(state === side ? 1 : 0, proportions[side]!) / factorAbove) * leaf
    })
    const up = [0, 1].map((side) => {
      const o = state === side ? 1 : 0
      const z = proportions[side]!
      return weight * ((o - z) / factor(o, z) - inputAbove)
    })
    return [...down, ...up]
  })
}
