/** Columns as Parquet: typed arrays go to Arrow as they are, text as indexes into a list of words. */
import type { HistoryColumn, HistoryColumnType } from '@shelfcast/contracts/datasets/history-tables'
import {
  Table as ArrowTable,
  Bool,
  type Data,
  type DataType,
  DateDay,
  Dictionary,
  Field,
  Float64,
  Int32,
  Int64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  tableToIPC,
  Utf8,
  vectorFromArray,
} from 'apache-arrow'
import {
  Compression,
  EnabledStatistics,
  Table as WasmTable,
  WriterPropertiesBuilder,
  writeParquet,
} from 'parquet-wasm'

/** Text: for each row the index of its word, -1 for null. Bool: a byte for each row. Dates: days since 1970. */
export type Cells =
  | { words: readonly string[]; indexes: Int32Array }
  | Int32Array
  | BigInt64Array
  | Float64Array
  | Uint8Array

const ARROW_TYPES: Record<HistoryColumnType, () => DataType> = {
  utf8: () => new Dictionary(new Utf8(), new Int32()),
  int32: () => new Int32(),
  int64: () => new Int64(),
  float64: () => new Float64(),
  date: () => new DateDay(),
  bool: () => new Bool(),
}

/**
 * @param columns in the order of the file; `cells` has each, at least `rows` long
 * @returns the bytes of a Parquet file: the same for the same cells, on any machine
 */
export function encodeTable<const C extends readonly HistoryColumn[]>(
  columns: C,
  cells: Record<C[number]['name'], Cells>,
  rows: number,
): Uint8Array {
  const fields: Field[] = []
  const children: Data[] = []
  for (const { name, type, nullable } of columns) {
    const arrow = ARROW_TYPES[type]()
    fields.push(new Field(name, arrow, nullable))
    children.push(toData(arrow, cells[name as C[number]['name']], rows))
  }
  const batch = new RecordBatch(
    new Schema(fields),
    makeData({ type: new Struct(fields), length: rows, nullCount: 0, children }),
  )
  const properties = columns
    .reduce(
      // Numbers of a sorted file are smaller, and faster, without a dictionary.
      (builder, { name, type }) => builder.setColumnDictionaryEnabled(name, type === 'utf8'),
      new WriterPropertiesBuilder(),
    )
    .setCompression(Compression.ZSTD)
    .setStatisticsEnabled(EnabledStatistics.Chunk)
    .setCreatedBy('shelfcast')
    .setMaxRowGroupSize(rows)
    .build()
  return writeParquet(WasmTable.fromIPCStream(tableToIPC(new ArrowTable(batch), 'stream')), properties)
}

/** A text column in the making. */
export function createWords() {
  const numbers = new Map<string, number>()
  const indexes: number[] = []
  return {
    push(word: string | undefined) {
      if (word !== undefined && !numbers.has(word)) numbers.set(word, numbers.size)
      indexes.push(word === undefined ? -1 : numbers.get(word)!)
    },
    cells: () => ({ words: [...numbers.keys()], indexes: Int32Array.from(indexes) }),
  }
}

function toData(type: DataType, cells: Cells, length: number): Data {
  if ('words' in cells) {
    const data = cells.indexes.subarray(0, length)
    const dictionary = vectorFromArray([...cells.words], new Utf8())
    return makeData({ type: type as Dictionary<Utf8, Int32>, length, data, dictionary, ...validity(data) })
  }
  if (cells instanceof Uint8Array) {
    const data = bits(length, (row) => cells[row] === 1)
    return makeData({ type: type as Bool, length, data, nullCount: 0 })
  }
  return makeData({
    type: type as Int32,
    length,
    data: cells.subarray(0, length) as Int32Array,
    nullCount: 0,
  })
}

function validity(indexes: Int32Array): { nullCount: number; nullBitmap?: Uint8Array } {
  let nullCount = 0
  for (const index of indexes) if (index < 0) nullCount++
  if (nullCount === 0) return { nullCount }
  return { nullCount, nullBitmap: bits(indexes.length, (row) => indexes[row]! >= 0) }
}

function bits(length: number, isSet: (row: number) => boolean): Uint8Array {
  const bytes = new Uint8Array((length + 7) >> 3)
  for (let row = 0; row < length; row++) if (isSet(row)) bytes[row >> 3]! |= 1 << (row & 7)
  return bytes
}
