/** XGBoost's own file of a model, read into flat arrays. */

/** Trees whose leaves are added up. Nodes of all trees stand in one list: each tree from its root, parents before children. */
export interface Forest {
  /** Width of a row. */
  inputs: number
  /** What the sum is before the first tree, on the scale of the sum. */
  base: number
  /** True where the forecast is exp(sum), false where it is the sum. */
  isLog: boolean
  /** First node of each tree, and at last the number of nodes. */
  starts: Int32Array
  /** Input that a node compares; -1 in a leaf. */
  input: Int32Array
  /** A row whose value is smaller goes left; compared as float32. */
  threshold: Float32Array
  /** Where a row without a value goes. */
  defaultLeft: Uint8Array
  left: Int32Array
  right: Int32Array
  /** What a leaf adds; 0 elsewhere. */
  value: Float64Array
  /** Weight of the training rows that came by. */
  cover: Float64Array
}

const LINKS: Record<string, 'log' | 'identity'> = {
  'reg:tweedie': 'log',
  'count:poisson': 'log',
  'reg:squarederror': 'identity',
}

/** The part of the file that is read here. Its numbers outside arrays are text. */
interface SavedModel {
  learner: {
    learner_model_param: { base_score: string; num_class: string; num_feature: string; num_target?: string }
    objective: { name: string }
    gradient_booster: {
      name: string
      model?: { trees: SavedTree[]; tree_info: number[]; iteration_indptr?: number[] }
    }
  }
}

interface SavedTree {
  left_children: number[]
  right_children: number[]
  split_indices: number[]
  split_conditions: number[]
  default_left: (number | boolean)[]
  sum_hessian: number[]
  split_type?: number[]
  tree_param: { size_leaf_vector?: string }
}

/**
 * @param text what `save_model('x.json')` wrote
 * @param bestIteration rounds after it do not count; early stopping leaves them in the file
 * @param name of the file, for errors
 */
export function readForest(text: string, bestIteration: number, name = 'trees'): Forest {
  const { learner } = parse(text, name)
  const refuse = (fault: string, fix: string): never => {
    throw new Error(`${name}: ${fault}. ${fix}`)
  }
  const booster = learner.gradient_booster
  if (booster.name !== 'gbtree' || !booster.model)
    refuse(
      `its booster is "${booster.name}"`,
      'Train with booster="gbtree": others have no plain sum of trees.',
    )
  const objective = learner.objective.name
  const link =
    LINKS[objective] ??
    refuse(`its objective is "${objective}"`, `Train the mean with one of ${Object.keys(LINKS).join(', ')}.`)
  const parameters = learner.learner_model_param
  const scores = parameters.base_score.replace(/^\[|\]$/g, '').split(',')
  const { trees, tree_info: outputs, iteration_indptr: rounds } = booster.model!
  const isMany = outputs.some((output) => output !== 0) || scores.length > 1
  if (isMany || Number(parameters.num_class) > 1 || Number(parameters.num_target ?? 1) > 1)
    refuse('it has several outputs', 'Train one model for each output.')

  const count = rounds?.[bestIteration + 1] ?? bestIteration + 1
  if (count > trees.length)
    refuse(
      `best iteration ${bestIteration} needs ${count} trees and the file has ${trees.length}`,
      'Save the model with all its rounds.',
    )
  const ensemble = trees.slice(0, count)
  for (const [index, tree] of ensemble.entries()) {
    if (tree.split_type?.some((type) => type !== 0))
      refuse(`tree ${index} splits on categories`, 'Train with numbers: enable_categorical=False.')
    if (Number(tree.tree_param.size_leaf_vector ?? 1) > 1)
      refuse(`tree ${index} has several outputs in a leaf`, 'Train one model for each output.')
  }

  // The score is on the scale of the answer, the trees are on that of the sum.
  const score = Math.fround(Number(scores[0]))
  const base = link === 'log' ? Math.fround(Math.log(score)) : score
  if (!Number.isFinite(base))
    refuse(`its base_score is "${parameters.base_score}"`, 'Let training find it, or set a number above 0.')
  return { ...flatten(ensemble), inputs: Number(parameters.num_feature), base, isLog: link === 'log' }
}

function parse(text: string, name: string): SavedModel {
  try {
    const saved = JSON.parse(text) as Partial<SavedModel>
    if (saved.learner) return saved as SavedModel
  } catch {
    // Told below: the file is something else.
  }
  throw new Error(
    `${name} is not a model that XGBoost saved as JSON. Save it with booster.save_model("${name}").`,
  )
}

function flatten(trees: readonly SavedTree[]): Omit<Forest, 'inputs' | 'base' | 'isLog'> {
  const nodes = trees.reduce((sum, tree) => sum + reachable(tree), 0)
  const forest = {
    starts: new Int32Array(trees.length + 1),
    input: new Int32Array(nodes).fill(-1),
    threshold: new Float32Array(nodes),
    defaultLeft: new Uint8Array(nodes),
    left: new Int32Array(nodes).fill(-1),
    right: new Int32Array(nodes).fill(-1),
    value: new Float64Array(nodes),
    cover: new Float64Array(nodes),
  }
  let next = 0
  const place = (tree: SavedTree, from: number): number => {
    const node = next++
    forest.cover[node] = tree.sum_hessian[from]!
    const left = tree.left_children[from]!
    if (left < 0) {
      forest.value[node] = Math.fround(tree.split_conditions[from]!)
      return node
    }
    forest.input[node] = tree.split_indices[from]!
    forest.threshold[node] = tree.split_conditions[from]!
    forest.defaultLeft[node] = Number(tree.default_left[from])
    forest.left[node] = place(tree, left)
    forest.right[node] = place(tree, tree.right_children[from]!)
    return node
  }
  for (const [index, tree] of trees.entries()) forest.starts[index] = place(tree, 0)
  forest.starts[trees.length] = next
  return forest
}

/** Nodes that hang on the root; pruning leaves others in the file. */
function reachable(tree: SavedTree, node = 0): number {
  const left = tree.left_children[node]!
  return left < 0 ? 1 : 1 + reachable(tree, left) + reachable(tree, tree.right_children[node]!)
}

/** The child to which a row goes. @param value of the input that the node compares */
export function childOf(forest: Forest, node: number, value: number): number {
  const isLeft = Number.isNaN(value) ? forest.defaultLeft[node] === 1 : value < forest.threshold[node]!
  return isLeft ? forest.left[node]! : forest.right[node]!
}

/** The sum of a row's leaves and the base: the logarithm of the forecast where the forest is logarithmic. */
export function marginOf(forest: Forest, row: Float32Array): number {
  let sum = forest.base
  for (let tree = 0; tree < forest.starts.length - 1; tree++) {
    let node = forest.starts[tree]!
    while (forest.input[node]! >= 0) node = childOf(forest, node, row[forest.input[node]!]!)
    sum += forest.value[node]!
  }
  return sum
}
