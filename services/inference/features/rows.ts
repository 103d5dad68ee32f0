/** Feature rows of one origin, from the warehouse as Arrow into columns. */
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { BASELINE_NAMES, type Baseline } from '@shelfcast/contracts/training'
import { FEATURE_BUILDS_TABLE, FEATURES_VIEW } from '@shelfcast/contracts/warehouse'
import type { Warehouse } from '@shelfcast/warehouse/client'
import type { FeatureBuild } from '@shelfcast/warehouse/queries/builds'
import { rowsOf } from '@shelfcast/warehouse/queries/rows'
import { type RecordBatch, RecordBatchReader } from 'apache-arrow'

/** Texts of rows: each distinct one once. */
export interface Coded {
  values: string[]
  codes: Int32Array
}

/** Rows from the first to the last, which is not included. */
export interface RowRange {
  from: number
  to: number
}

/** Rows of one origin in the order of store, SKU and horizon. */
export interface FeatureRows {
  build: FeatureBuild
  rows: number
  store: Coded
  sku: Coded
  category: Coded
  unit: Coded
  horizon: Uint8Array
  /** Days since 1970. */
  targetDay: Int32Array
  unitScale: Float32Array
  totalCategory: Float32Array
  totalStore: Float32Array
  /** In the unit of the series, as the forecasts are. */
  baselines: Record<Baseline, Float32Array>
  /** By name, in the unit of the model. */
  inputs: Map<string, Float32Array>
  /** Rows of a series, by seriesKey; those of a store come one after the other. */
  series: Map<string, RowRange>
}

const TEXTS = ['store_id', 'sku', 'category', 'unit'] as const
const FLOATS = [
  'unit_scale',
  'total_category',
  'total_store',
  ...BASELINE_NAMES.map((name) => `baseline_${name}` as const),
] as const
const OWN_COLUMNS = new Set<string>([...TEXTS, ...FLOATS, 'origin', 'horizon', 'target_date'])

/** About 100 MB with their inputs and reasons. */
const SLICE_ROWS = 120_000

// Plain columns that apache-arrow reads: it knows neither compressed batches nor ClickHouse's bytes for text.
export const ARROW_SETTINGS = {
  output_format_arrow_compression_method: 'none',
  output_format_arrow_string_as_string: 1,
  output_format_arrow_low_cardinality_as_dictionary: 0,
} as const

export function seriesKey(storeId: string, sku: string): string {
  return `${storeId}\n${sku}`
}

/** Names of all inputs that the feature view has. */
async function inputNames(warehouse: Warehouse): Promise<string[]> {
  const rows = await rowsOf<{ name: string }>(
    warehouse,
    `
    select name
    from system.columns
    where database = currentDatabase() and table = {view:String} and type in ('Float32', 'Nullable(Float32)')
    order by position`,
    { view: FEATURES_VIEW },
  )
  return rows.map(({ name }) => name).filter((name) => !OWN_COLUMNS.has(name))
}

/**
 * @param stores whose rows are read; all when left out
 * @throws when the view holds no rows of the build
 */
export async function readFeatures(
  warehouse: Warehouse,
  build: FeatureBuild,
  stores?: readonly string[],
): Promise<FeatureRows> {
  const names = await inputNames(warehouse)
  const columns = [
    ...TEXTS.map((name) => `toString(${name}) as ${name}`),
    'toUInt8(horizon) as horizon',
    // Not the name of the column, which is needed as a date where the rows are chosen.
    'toInt32(toDate(target_date)) as target_day',
    ...FLOATS,
    ...names.map((name) => `\`${name}\``),
  ]
  const { stream } = await warehouse.exec({
    query: `select ${columns.join(',\n  ')}
from ${FEATURES_VIEW} as features
where features.origin = toDate({origin:String})
  ${stores ? 'and features.store_id in {stores:Array(String)}' : ''}
order by features.store_id, features.sku, features.horizon
format ArrowStream`,
    query_params: { origin: build.origin, ...(stores && { stores }) },
    clickhouse_settings: ARROW_SETTINGS,
  })
  const batches = await readBatches(stream)
  const rows = batches.reduce((sum, batch) => sum + batch.numRows, 0)
  if (rows === 0)
    throw new Error(
      `${FEATURES_VIEW} has no rows of origin ${build.origin}, which ${FEATURE_BUILDS_TABLE} names. ` +
        'Build the features again: npm run jobs -- build-features',
    )

  const read = columnsOf(batches, rows)
  const store = read.text('store_id')
  const sku = read.text('sku')
  const unitScale = read.floats('unit_scale')
  return {
    build,
    rows,
    store,
    sku,
    category: read.text('category'),
    unit: read.text('unit'),
    horizon: Uint8Array.from(read.floats('horizon')),
    targetDay: Int32Array.from(read.floats('target_day')),
    unitScale,
    totalCategory: read.floats('total_category'),
    totalStore: read.floats('total_store'),
    baselines: Object.fromEntries(
      BASELINE_NAMES.map((name) => {
        const inModelUnit = read.floats(`baseline_${name}`)
        return [name, inModelUnit.map((value, row) => value * unitScale[row]!)]
      }),
    ) as Record<Baseline, Float32Array>,
    inputs: new Map(names.map((name) => [name, read.floats(name)])),
    series: seriesOf(store, sku, rows),
  }
}

/**
 * Stores of an origin in slices of about as many rows: what is known of a slice fits into memory, and what is forecast of
 * a store reads no other.
 */
export async function storeSlices(
  warehouse: Warehouse,
  build: FeatureBuild,
  most = SLICE_ROWS,
): Promise<string[][]> {
  const stores = await rowsOf<{ store_id: string; rows: number }>(
    warehouse,
    `
    select store_id, count() as rows
    from ${FEATURES_VIEW} as features
    where features.origin = toDate({origin:String})
    group by store_id
    order by store_id`,
    { origin: build.origin },
  )
  const slices: string[][] = []
  let size = Number.POSITIVE_INFINITY
  for (const { store_id, rows } of stores) {
    if (size + rows > most) {
      slices.push([])
      size = 0
    }
    slices.at(-1)!.push(store_id)
    size += rows
  }
  return slices
}

async function readBatches(stream: Readable): Promise<RecordBatch[]> {
  const batches: RecordBatch[] = []
  try {
    const reader = await RecordBatchReader.from(stream)
    for await (const batch of reader) batches.push(batch)
  } finally {
    if (!stream.closed) {
      stream.destroy()
      await once(stream, 'close')
    }
  }
  return batches
}

function columnsOf(batches: readonly RecordBatch[], rows: number) {
  const vectorsOf = (name: string) =>
    batches.map((batch) => {
      const vector = batch.getChild(name)
      if (!vector)
        throw new Error(`${FEATURES_VIEW} has no column ${name}. Migrate the warehouse, then ask again.`)
      return vector
    })
  return {
    /** Small whole numbers too: each is exact in a float32. Null becomes NaN. */
    floats(name: string): Float32Array {
      const values = new Float32Array(rows)
      let at = 0
      for (const vector of vectorsOf(name)) {
        if (vector.nullCount === 0) values.set(vector.toArray() as ArrayLike<number>, at)
        else for (let row = 0; row < vector.length; row++) values[at + row] = vector.get(row) ?? Number.NaN
        at += vector.length
      }
      return values
    },
    text(name: string): Coded {
      const codeOf = new Map<string, number>()
      const codes = new Int32Array(rows)
      let at = 0
      for (const vector of vectorsOf(name))
        for (const value of vector) {
          const text = String(value)
          const code = codeOf.get(text) ?? codeOf.size
          if (code === codeOf.size) codeOf.set(text, code)
          codes[at++] = code
        }
      return { values: [...codeOf.keys()], codes }
    },
  }
}

function seriesOf(store: Coded, sku: Coded, rows: number): FeatureRows['series'] {
  const series: FeatureRows['series'] = new Map()
  for (let from = 0; from < rows; ) {
    let to = from + 1
    while (to < rows && store.codes[to] === store.codes[from] && sku.codes[to] === sku.codes[from]) to++
    series.set(seriesKey(store.values[store.codes[from]!]!, sku.values[sku.codes[from]!]!), { from, to })
    from = to
  }
  return series
}

/**
 * The inputs of a model, row after row.
 * @throws when the features lack some of them
 */
export function inputMatrix(
  features: FeatureRows,
  inputs: readonly { name: string }[],
  model: string,
): Float32Array {
  const missing = inputs.filter(({ name }) => !features.inputs.has(name)).map(({ name }) => name)
  if (missing.length > 0)
    throw new Error(
      `${model} needs ${missing.length} inputs that ${FEATURES_VIEW} does not have: ${missing.join(', ')}. ` +
        'Train on the current features, or go back to a version that was.',
    )
  const width = inputs.length
  const matrix = new Float32Array(features.rows * width)
  for (const [index, { name }] of inputs.entries()) {
    const values = features.inputs.get(name)!
    for (let row = 0; row < features.rows; row++) matrix[row * width + index] = values[row]!
  }
  return matrix
}
