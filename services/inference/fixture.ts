/** What the tests of this room share: the small bundle, forests of any shape, and rows with overrides. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ModelManifest } from '@shelfcast/contracts/models'
import { floatsOf, matrixOf, readArrow } from './arrow.ts'
import { type BundleSource, folderSource } from './bundle.ts'
import type { ScoringRows } from './forecast.ts'
import type { Forest } from './trees.ts'

const FOLDER = join(import.meta.dirname, 'fixture')
const file = (name: string) => readFileSync(join(FOLDER, name))

export const bundleSource: BundleSource = folderSource(join(FOLDER, 'demand'))
export const treesText = file('demand/trees.json').toString()

/** A fresh manifest of the small bundle. */
export function manifest(overrides: Partial<ModelManifest> = {}): ModelManifest {
  return { ...(JSON.parse(file('demand/manifest.json').toString()) as ModelManifest), ...overrides }
}

export const INPUTS = manifest().inputs.map(({ name }) => name)
export const BEST_ITERATION = manifest().demand!.best_iteration

/** The rows that XGBoost was asked, and what it said of them. */
export function libraryAnswers() {
  const table = readArrow(file('demand/mean-parity.arrow'), 'mean-parity.arrow')
  const contributions = readArrow(file('contributions.arrow'), 'contributions.arrow')
  return {
    rows: table.numRows,
    matrix: matrixOf(table, INPUTS, 'mean-parity.arrow'),
    mean: floatsOf(table, 'expected', 'mean-parity.arrow'),
    /** For each row that of each input, then the bias. */
    contributions: matrixOf(contributions, [...INPUTS, 'bias'], 'contributions.arrow'),
  }
}

/** Rows of the library's, as days of series: horizons 1 to 28, two stores, three categories. */
export function scoringRows(overrides: Partial<ScoringRows> = {}): ScoringRows {
  const { rows, matrix } = libraryAnswers()
  const series = (row: number) => Math.floor(row / 28)
  const each = <T>(value: (row: number) => T) => Array.from({ length: rows }, (_, row) => value(row))
  return {
    rows,
    inputs: matrix,
    horizon: Uint8Array.from(each((row) => (row % 28) + 1)),
    store: each((row) => series(row) % 2),
    category: each((row) => series(row) % 3),
    totalCategory: new Float32Array(rows).fill(Number.NaN),
    totalStore: new Float32Array(rows).fill(Number.NaN),
    unitScale: new Float32Array(rows).fill(1),
    ...overrides,
  }
}

/** The same numbers between 0 and 1 for the same seed. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Trees with random splits, of any shape up to the depth, or full ones. */
export function randomForest(shape: {
  seed: number
  trees: number
  depth: number
  inputs: number
  isFull: boolean
}): Forest {
  const random = randomNumbers(shape.seed)
  const nodes: { input: number; threshold: number; value: number; cover: number; children: number[] }[] = []
  const grow = (depth: number, cover: number): number => {
    const index = nodes.length
    const isLeaf = depth === shape.depth || (!shape.isFull && random() < 0.2)
    const node = { input: -1, threshold: 0, value: 0, cover, children: [-1, -1] }
    nodes.push(node)
    if (isLeaf) node.value = random() - 0.5
    else {
      const share = 0.05 + 0.9 * random()
      node.input = Math.floor(random() * shape.inputs)
      node.threshold = random()
      node.children = [grow(depth + 1, cover * share), grow(depth + 1, cover * (1 - share))]
    }
    return index
  }
  const starts = Array.from({ length: shape.trees }, () => grow(0, 1_000))
  return {
    inputs: shape.inputs,
    base: 0.3,
    isLog: true,
    starts: Int32Array.from([...starts, nodes.length]),
    input: Int32Array.from(nodes, ({ input }) => input),
    threshold: Float32Array.from(nodes, ({ threshold }) => threshold),
    defaultLeft: Uint8Array.from(nodes, () => (random() < 0.5 ? 1 : 0)),
    left: Int32Array.from(nodes, ({ children }) => children[0]!),
    right: Int32Array.from(nodes, ({ children }) => children[1]!),
    value: Float64Array.from(nodes, ({ value }) => value),
    cover: Float64Array.from(nodes, ({ cover }) => cover),
  }
}

/** Rows of numbers between 0 and 1, some missing. */
export function randomMatrix(seed: number, rows: number, inputs: number): Float32Array {
  const random = randomNumbers(seed)
  return Float32Array.from({ length: rows * inputs }, () => (random() < 0.1 ? Number.NaN : random()))
}
