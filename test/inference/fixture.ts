/** What the tests of this room share: the small bundle, forests of any shape, and rows with overrides. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { dayOf } from '@shelfcast/contracts/dates'
import type { ModelManifest } from '@shelfcast/contracts/manifest'
import type { Forest } from '@shelfcast/inference/explain/trees'
import { type FeatureRows, seriesKey } from '@shelfcast/inference/features/rows'
import { floatsOf, matrixOf, readArrow } from '@shelfcast/inference/model/arrow'
import { type BundleSource, folderSource } from '@shelfcast/inference/model/bundle'
import type { FeatureSource } from '@shelfcast/inference/model/follower'
import type { ScoringRows } from '@shelfcast/inference/model/forecast'
import type { Experiment, ModelSource, ModelVersion } from '@shelfcast/inference/model/source'
import { createLog } from '@shelfcast/runtime/log'
import type { FeatureBuild } from '@shelfcast/warehouse/queries/builds'

const file = (name: string) => readFileSync(join(import.meta.dirname, name))

export const bundleSource: BundleSource = folderSource(join(import.meta.dirname, 'demand'))
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

export const quiet = createLog('test', 'silent')

const DAYS = 28
const ORIGIN_DAY = dayOf('2026-03-01')

export function featureBuild(overrides: Partial<FeatureBuild> = {}): FeatureBuild {
  return {
    origin: '2026-03-01',
    feature_hash: '0123456789ab',
    rows: 224,
    built_at: '2026-03-02 01:00:00',
    ...overrides,
  }
}

/** Two stores with four SKUs each, the second by weight; two categories; inputs are those of the library's rows. */
export function featureRows(
  overrides: Partial<FeatureRows> = {},
  { stores, skus } = { stores: ['S1', 'S2'], skus: ['A', 'B', 'C', 'D'] },
): FeatureRows {
  const { matrix } = libraryAnswers()
  const names = stores.flatMap((store) => skus.map((sku) => ({ store, sku })))
  const rows = names.length * DAYS
  const each = <T>(value: (series: number, day: number) => T) =>
    Array.from({ length: rows }, (_, row) => value(Math.floor(row / DAYS), row % DAYS))
  const unitScale = Float32Array.from(each((series) => (series % 4 === 1 ? 1_000 : 1)))
  const baseline = (units: number) => Float32Array.from(unitScale, (scale) => units * scale)
  return {
    build: featureBuild(),
    rows,
    store: { values: stores, codes: Int32Array.from(each((series) => Math.floor(series / 4))) },
    sku: { values: skus, codes: Int32Array.from(each((series) => series % 4)) },
    category: { values: ['dry', 'fresh'], codes: Int32Array.from(each((series) => series % 2)) },
    unit: { values: ['each', 'g'], codes: Int32Array.from(each((series) => (series % 4 === 1 ? 1 : 0))) },
    horizon: Uint8Array.from(each((_series, day) => day + 1)),
    targetDay: Int32Array.from(each((_series, day) => ORIGIN_DAY + day + 1)),
    unitScale,
    totalCategory: new Float32Array(rows).fill(Number.NaN),
    totalStore: new Float32Array(rows).fill(40),
    baselines: {
      naive: baseline(1),
      seasonal_naive: baseline(2),
      moving_average: baseline(3),
      ses: baseline(4),
      tsb: baseline(5),
    },
    inputs: new Map(
      INPUTS.map((name, column) => [
        name,
        Float32Array.from({ length: rows }, (_, row) => matrix[row * INPUTS.length + column]!),
      ]),
    ),
    series: new Map(
      names.map(({ store, sku }, index) => [
        seriesKey(store, sku),
        { from: index * DAYS, to: (index + 1) * DAYS },
      ]),
    ),
    ...overrides,
  }
}

/** A registry in memory, whose bundles are all the small one, and a feature table. */
export function fakeRegistry(champion?: string, names?: Parameters<typeof featureRows>[1]) {
  const state = {
    champion,
    experiment: undefined as Experiment | undefined,
    features: featureRows({}, names),
    /** Versions whose files are broken. */
    broken: new Set<string>(),
    reads: [] as string[],
  }
  const versionOf = (version: string): ModelVersion => ({
    version,
    manifest: manifest({ version }),
    prefix: `models/demand/${version}/`,
  })
  const models: ModelSource = {
    champion: async () => (state.champion === undefined ? undefined : versionOf(state.champion)),
    version: async (_model, version) => versionOf(version),
    experiment: async () => state.experiment,
    async readFile({ version }, name) {
      state.reads.push(version)
      return state.broken.has(version) ? Buffer.from('not what it was') : bundleSource(name)
    },
  }
  const features: FeatureSource = {
    newest: async () => state.features.build,
    read: async () => state.features,
  }
  return { state, models, features }
}
