/** The values of a column as one of Parquet's encodings, page by page. */
import type { ColumnType } from '@shelfcast/contracts/lake'
import { BinaryColumn, type ColumnData, Hash64Column, Int32Column, Int64Column, TextColumn } from '../columns.ts'
import type { ByteSink } from './byte-sink.ts'
import { ENCODING, type Encoding, PHYSICAL, type Physical } from './format.ts'
import { bitWidth, writeDeltas, writeHybrid } from './packing.ts'

/** Differences of values that lie less than this apart fit 32 bits. */
const DELTA_RANGE = 2 ** 31
/** Past this, a number times two, as a varint has it, is not exact. */
const DELTA_LIMIT = 2 ** 52
/** Integers that lie close together are numbered from the least, with a dictionary of all between: so large at most. */
const DICTIONARY_BYTES_A_ROW = 1
/** A longer text is copied faster by the machine than byte by byte. */
const SHORT_TEXT = 48

/** Room for the rows of one page. */
export class Scratch {
  /** 1 where the row has a value, 0 where it has none. */
  readonly levels: Int32Array
  readonly values: Int32Array

  constructor(rows: number) {
    this.levels = new Int32Array(rows)
    this.values = new Int32Array(rows)
  }
}

/** Smallest and largest value. */
export interface Range {
  least: number
  largest: number
}

export interface ColumnValues {
  physical: Physical
  encoding: Encoding
  /** Of integers that have a value at all. */
  range?: Range
  dictionary?: { entries: number; write(sink: ByteSink): void }
  /** Fills the levels of these rows. @returns how many of the rows have a value */
  levels(from: number, to: number): number
  /** Writes the values of these rows; those without one take no room. @param count as `levels` returned it */
  write(sink: ByteSink, from: number, to: number, count: number): void
}

export function columnValues(data: ColumnData, type: ColumnType, rows: number, scratch: Scratch): ColumnValues {
  if (data instanceof TextColumn) return textValues(data, rows, scratch)
  if (data instanceof BinaryColumn) return binaryValues(data, scratch)
  if (data instanceof Hash64Column) return hashValues(data, rows, scratch)
  const physical = type === 'int32' || type === 'date' ? PHYSICAL.int32 : PHYSICAL.int64
  return integerValues(data, physical, rows, scratch)
}

function integerValues(
  column: Int32Column | Int64Column,
  physical: Physical,
  rows: number,
  scratch: Scratch,
): ColumnValues {
  const { nulls, nullCount } = column
  const range =
    column instanceof Int32Column
      ? rangeOf32(column.values, nulls, nullCount, rows)
      : rangeOf64(column.values, nulls, nullCount, rows)
  const common = { physical, levels: levelsOf(nulls, nullCount, rows, scratch), ...(range && { range }) }
  const plain = (sink: ByteSink, value: number) =>
    physical === PHYSICAL.int32 ? sink.uint32(value) : sink.int64(value)
  const { least, largest } = range ?? { least: 0, largest: Number.POSITIVE_INFINITY }
  // Differences from the least value: exact and of 31 bits, where they are used.
  const gather = (from: number, to: number) =>
    column instanceof Int32Column
      ? gather32(column.values, nulls, nullCount, least, from, to, scratch.values)
      : gather64(column.values, nulls, nullCount, least, from, to, scratch.values)
  const span = largest - least + 1
  if (span * (physical === PHYSICAL.int32 ? 4 : 8) <= Math.max(DICTIONARY_BYTES_A_ROW * rows, 8)) {
    const width = bitWidth(span - 1)
    const dictionary = {
      entries: span,
      write: (sink: ByteSink) => {
        for (let value = least; value <= largest; value++) plain(sink, value)
      },
    }
    const write = (sink: ByteSink, from: number, to: number) => {
      sink.byte(width)
      writeHybrid(sink, scratch.values, gather(from, to), width)
    }
    return { ...common, encoding: ENCODING.rleDictionary, dictionary, write }
  }
  if (span <= DELTA_RANGE && largest < DELTA_LIMIT && least > -DELTA_LIMIT) {
    const write = (sink: ByteSink, from: number, to: number) => {
      const count = gather(from, to)
      writeDeltas(sink, scratch.values, count, count === 0 ? 0 : scratch.values[0]! + least)
    }
    return { ...common, encoding: ENCODING.deltaBinaryPacked, write }
  }
  const write = (sink: ByteSink, from: number, to: number) => {
    for (let row = from; row < to; row++) if (nulls[row] === 0) plain(sink, column.values[row]!)
  }
  return { ...common, encoding: ENCODING.plain, write }
}

// Those of 32 and of 64 bits have functions of their own: a loop over one kind of array runs twice as fast.

function rangeOf32(values: Int32Array, nulls: Uint8Array, nullCount: number, rows: number): Range | undefined {
  if (nullCount === rows) return undefined
  let least = 0x7fffffff
  let largest = -0x80000000
  for (let row = 0; row < rows; row++) {
    if (nullCount > 0 && nulls[row] === 1) continue
    const value = values[row]!
    if (value < least) least = value
    if (value > largest) largest = value
  }
  return { least, largest }
}

function rangeOf64(values: Float64Array, nulls: Uint8Array, nullCount: number, rows: number): Range | undefined {
  if (nullCount === rows) return undefined
  let least = Number.POSITIVE_INFINITY
  let largest = Number.NEGATIVE_INFINITY
  for (let row = 0; row < rows; row++) {
    if (nullCount > 0 && nulls[row] === 1) continue
    const value = values[row]!
    if (value < least) least = value
    if (value > largest) largest = value
  }
  return { least, largest }
}

function gather32(
  values: Int32Array,
  nulls: Uint8Array,
  nullCount: number,
  base: number,
  from: number,
  to: number,
  into: Int32Array,
): number {
  let count = 0
  for (let row = from; row < to; row++) {
    into[count] = values[row]! - base
    count += nullCount === 0 ? 1 : 1 - nulls[row]!
  }
  return count
}

function gather64(
  values: Float64Array,
  nulls: Uint8Array,
  nullCount: number,
  base: number,
  from: number,
  to: number,
  into: Int32Array,
): number {
  let count = 0
  for (let row = from; row < to; row++) {
    into[count] = values[row]! - base
    count += nullCount === 0 ? 1 : 1 - nulls[row]!
  }
  return count
}

function hashValues({ words, nulls, nullCount }: Hash64Column, rows: number, scratch: Scratch): ColumnValues {
  const write = (sink: ByteSink, from: number, to: number) => {
    for (let row = from; row < to; row++) {
      if (nulls[row] === 1) continue
      sink.uint32(words[2 * row]!)
      sink.uint32(words[2 * row + 1]!)
    }
  }
  return {
    physical: PHYSICAL.int64,
    encoding: ENCODING.plain,
    levels: levelsOf(nulls, nullCount, rows, scratch),
    write,
  }
}

function levelsOf(nulls: Uint8Array, nullCount: number, rows: number, { levels }: Scratch): ColumnValues['levels'] {
  return (from, to) => {
    if (nullCount === 0 || nullCount === rows) return nullCount === 0 ? to - from : 0
    let count = 0
    for (let row = from; row < to; row++) {
      const level = 1 - nulls[row]!
      levels[row - from] = level
      count += level
    }
    return count
  }
}

function textValues(column: TextColumn, rows: number, { levels, values }: Scratch): ColumnValues {
  const { indices, bytes, offsets, size } = column
  const fill = (from: number, to: number) => {
    let missing = 0
    for (let row = from; row < to; row++) missing += indices[row]! >>> 31
    if (missing === 0 || missing === to - from) return to - from - missing
    let count = 0
    for (let row = from; row < to; row++) {
      const level = 1 - (indices[row]! >>> 31)
      levels[row - from] = level
      count += level
    }
    return count
  }
  const common = { physical: PHYSICAL.byteArray, levels: fill }
  // One entry a row or more: without a dictionary each text is written once all the same, and no index.
  if (size >= rows) {
    const write = (sink: ByteSink, from: number, to: number) => {
      for (let row = from; row < to; row++) if (indices[row]! >= 0) writeText(sink, bytes, offsets, indices[row]!)
    }
    return { ...common, encoding: ENCODING.plain, write }
  }
  const width = bitWidth(size - 1)
  const write = (sink: ByteSink, from: number, to: number, count: number) => {
    sink.byte(width)
    if (count === to - from) values.set(indices.subarray(from, to))
    else {
      let into = 0
      for (let row = from; row < to; row++) {
        values[into] = indices[row]!
        into += levels[row - from]!
      }
    }
    writeHybrid(sink, values, count, width)
  }
  const dictionary = {
    entries: size,
    write: (sink: ByteSink) => {
      for (let entry = 0; entry < size; entry++) writeText(sink, bytes, offsets, entry)
    },
  }
  return { ...common, encoding: ENCODING.rleDictionary, dictionary, write }
}

function writeText(sink: ByteSink, bytes: Uint8Array, offsets: Uint32Array, entry: number): void {
  const start = offsets[entry]!
  const end = offsets[entry + 1]!
  sink.uint32(end - start)
  sink.reserve(end - start)
  if (end - start < SHORT_TEXT) {
    const into = sink.bytes
    let at = sink.length
    for (let from = start; from < end; from++) into[at++] = bytes[from]!
    sink.length = at
  } else sink.append(bytes.subarray(start, end))
}

function binaryValues({ rows, cells }: BinaryColumn, { levels }: Scratch): ColumnValues {
  const within = (from: number, to: number) => {
    const begin = lowerBound(rows, from)
    return [begin, lowerBound(rows, to)] as const
  }
  return {
    physical: PHYSICAL.byteArray,
    encoding: ENCODING.plain,
    levels(from, to) {
      const [begin, end] = within(from, to)
      levels.fill(0, 0, to - from)
      for (let index = begin; index < end; index++) levels[rows[index]! - from] = 1
      return end - begin
    },
    write(sink, from, to) {
      const [begin, end] = within(from, to)
      for (let index = begin; index < end; index++) {
        sink.uint32(cells[index]!.length)
        sink.append(cells[index]!)
      }
    },
  }
}

/** First index whose row is not below `row`. */
function lowerBound(rows: readonly number[], row: number): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (rows[middle]! < row) low = middle + 1
    else high = middle
  }
  return low
}
