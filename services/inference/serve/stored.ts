/** Storing forecasts in the warehouse, as Arrow. */

import { Readable } from 'node:stream'
import { dayOf } from '@shelfcast/contracts/dates'
import { REASONS } from '@shelfcast/contracts/training'
import { FORECAST_TABLE } from '@shelfcast/contracts/warehouse'
import type { Warehouse } from '@shelfcast/warehouse/client'
import {
  Bool,
  type Data,
  type DataType,
  DateDay,
  Field,
  Float32,
  List,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  Uint8,
  Utf8,
  vectorFromArray,
} from 'apache-arrow'
import type { Coded } from '../features/rows.ts'
import type { ScoredOrigin } from './origin.ts'

/** One insert: some megabytes, inputs and reasons included. */
const BATCH_ROWS = 16_384

/**
 * Inserts the forecasts. Done again for the same build of the features in the same turn, it adds nothing: each batch has
 * a token, so the table has to have a deduplication window.
 * @param turn of the registry: a version that comes to serve again does so by newer rows
 * @param attempt at the same turn
 * @returns rows
 */
export async function insertForecasts(
  warehouse: Warehouse,
  scored: ScoredOrigin,
  turn: number,
  attempt = 0,
): Promise<number> {
  const { build, rows, store, sku } = scored.features
  for (let from = 0; from < rows; from += BATCH_ROWS) {
    const to = Math.min(rows, from + BATCH_ROWS)
    const batch = batchOf(scored, from, to)
    const names = batch.schema.fields.map(({ name }) => name)
    const { version, role } = scored
    const first = [
      store.values[store.codes[from]!],
      sku.values[sku.codes[from]!],
      scored.features.horizon[from],
    ]
    const { origin, feature_hash, built_at } = build
    const token = [turn, attempt, version, role, origin, feature_hash, built_at, ...first].join(' ')
    const { stream } = await warehouse.exec({
      query: `insert into ${FORECAST_TABLE} (${names.join(', ')}) format ArrowStream`,
      values: Readable.from([RecordBatchStreamWriter.writeAll([batch]).toUint8Array(true)]),
      clickhouse_settings: { insert_deduplication_token: token, insert_deduplicate: 1, async_insert: 0 },
    })
    for await (const _ of stream);
  }
  return rows
}

function batchOf(scored: ScoredOrigin, from: number, to: number): RecordBatch {
  const { features } = scored
  const rows = to - from
  const floats = (values: Float32Array) =>
    makeData({ type: new Float32(), length: rows, data: values.subarray(from, to) })
  const width = scored.inputNames.length
  const columns: Record<string, Data> = {
    store_id: texts(features.store, from, to),
    sku: texts(features.sku, from, to),
    origin: days(new Int32Array(rows).fill(dayOf(features.build.origin))),
    horizon: makeData({ type: new Uint8(), length: rows, data: features.horizon.subarray(from, to) }),
    target_date: days(features.targetDay.subarray(from, to)),
    model_version: repeated(scored.version, rows),
    role: repeated(scored.role, rows),
    served: vectorFromArray(
      Array.from(scored.served.subarray(from, to), (isServed) => isServed === 1),
      new Bool(),
    ).data[0]!,
    unit: texts(features.unit, from, to),
    p10: floats(scored.p10),
    p50: floats(scored.p50),
    p90: floats(scored.p90),
    mean: floats(scored.mean),
    baseline: floats(scored.baseline),
    baseline_name: repeated(scored.baselineName, rows),
    feature_hash: repeated(features.build.feature_hash, rows),
    features: lists(scored.inputs.subarray(from * width, to * width), rows, width),
    reasons: lists(scored.reasons.subarray(from * REASONS.length, to * REASONS.length), rows, REASONS.length),
    base: floats(scored.base),
  }
  const fields = Object.entries(columns).map(([name, { type }]) => new Field(name, type as DataType, false))
  const struct = makeData({
    type: new Struct(fields),
    length: rows,
    nullCount: 0,
    children: Object.values(columns),
  })
  return new RecordBatch(new Schema(fields), struct)
}

function days(values: Int32Array): Data {
  return makeData({ type: new DateDay(), length: values.length, data: values })
}

function texts({ values, codes }: Coded, from: number, to: number): Data {
  return utf8(Array.from(codes.subarray(from, to), (code) => Buffer.from(values[code]!)))
}

function repeated(text: string, rows: number): Data {
  return utf8(new Array<Buffer>(rows).fill(Buffer.from(text)))
}

function utf8(pieces: readonly Buffer[]): Data {
  const valueOffsets = new Int32Array(pieces.length + 1)
  for (const [index, piece] of pieces.entries()) valueOffsets[index + 1] = valueOffsets[index]! + piece.length
  return makeData({ type: new Utf8(), length: pieces.length, valueOffsets, data: Buffer.concat(pieces) })
}

/** Lists of the same length. */
function lists(values: Float32Array, rows: number, width: number): Data {
  return makeData({
    type: new List(new Field('item', new Float32(), false)),
    length: rows,
    valueOffsets: Int32Array.from({ length: rows + 1 }, (_, row) => row * width),
    child: makeData({ type: new Float32(), length: values.length, data: values }),
  })
}
