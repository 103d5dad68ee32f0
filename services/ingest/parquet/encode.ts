/** Columns of a block as Parquet bytes. */
import {
  Table as ArrowTable,
  Binary,
  type Data,
  type DataType,
  DateDay,
  Dictionary,
  Field,
  Int32,
  Int64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  TimestampMillisecond,
  tableToIPC,
  Utf8,
  Vector,
} from 'apache-arrow'
import {
  Compression,
  EnabledStatistics,
  Encoding,
  Table as WasmTable,
  WriterPropertiesBuilder,
  writeParquet,
} from 'parquet-wasm'
import {
  BinaryColumn,
  type BlockColumns,
  type ColumnData,
  Hash64Column,
  Int32Column,
  Int64Column,
  type TextColumn,
} from '../columns.ts'

/** @param metadata key-value pairs of the footer */
export function encodeColumns(columns: BlockColumns, metadata: Record<string, string>): Uint8Array {
  let properties = new WriterPropertiesBuilder()
    .setCompression(Compression.ZSTD)
    .setStatisticsEnabled(EnabledStatistics.None)
    .setKeyValueMetadata(new Map(Object.entries(metadata)))
  const fields: Field[] = []
  const children: Data[] = []
  for (const { name, type, nullable } of columns.columns) {
    const data = arrowData(columns.column(name), type, columns.rows)
    fields.push(new Field(name, data.type, nullable))
    children.push(data)
    if (type !== 'utf8' && type !== 'binary' && type !== 'hash64')
      properties = properties
        .setColumnDictionaryEnabled(name, false)
        .setColumnEncoding(name, Encoding.DELTA_BINARY_PACKED)
    else if (type !== 'utf8') properties = properties.setColumnDictionaryEnabled(name, false)
  }
  const struct = makeData({ type: new Struct(fields), length: columns.rows, nullCount: 0, children })
  const table = new ArrowTable(new RecordBatch(new Schema(fields), struct))
  return writeParquet(WasmTable.fromIPCStream(tableToIPC(table, 'stream')), properties.build())
}

function arrowData(column: ColumnData, type: string, rows: number): Data {
  if (column instanceof Int32Column) {
    const arrow = type === 'date' ? new DateDay() : new Int32()
    return fixed(arrow, column.values.subarray(0, rows), column, rows)
  }
  if (column instanceof Int64Column) {
    const arrow = type === 'timestamp_ms' ? new TimestampMillisecond('UTC') : new Int64()
    return fixed(arrow, BigInt64Array.from(column.values.subarray(0, rows), BigInt), column, rows)
  }
  if (column instanceof Hash64Column) {
    const words = new BigInt64Array(column.words.buffer, column.words.byteOffset, rows)
    return fixed(new Int64(), words, column, rows)
  }
  return column instanceof BinaryColumn ? binary(column, rows) : text(column, rows)
}

function fixed(
  type: DataType,
  data: Int32Array | BigInt64Array,
  { nulls, nullCount }: { nulls: Uint8Array; nullCount: number },
  length: number,
): Data {
  const nullBitmap = nullCount > 0 ? bitmap(length, (row) => nulls[row] === 0) : undefined
  return makeData({ type: type as Int32, length, data: data as Int32Array, nullCount, nullBitmap })
}

function text(column: TextColumn, length: number): Data {
  const entries = makeData({
    type: new Utf8(),
    length: column.size,
    nullCount: 0,
    valueOffsets: new Int32Array(column.offsets.subarray(0, column.size + 1)),
    data: column.bytes.subarray(0, column.offsets[column.size]),
  })
  const data = column.indices.subarray(0, length)
  return makeData({
    type: new Dictionary(new Utf8(), new Int32()),
    length,
    data: data.map((index) => Math.max(index, 0)),
    nullBitmap: bitmap(length, (row) => data[row]! >= 0),
    dictionary: new Vector([entries]),
  })
}

function binary({ rows, cells }: BinaryColumn, length: number): Data {
  const valueOffsets = new Int32Array(length + 1)
  const present = new Set(rows)
  rows.forEach((row, index) => {
    valueOffsets[row + 1] = cells[index]!.length
  })
  for (let row = 0; row < length; row++) valueOffsets[row + 1]! += valueOffsets[row]!
  return makeData({
    type: new Binary(),
    length,
    valueOffsets,
    data: Buffer.concat(cells),
    nullBitmap: bitmap(length, (row) => present.has(row)),
  })
}

function bitmap(length: number, hasValue: (row: number) => boolean): Uint8Array {
  const bits = new Uint8Array((length + 7) >> 3)
  for (let row = 0; row < length; row++) if (hasValue(row)) bits[row >> 3]! |= 1 << (row & 7)
  return bits
}
