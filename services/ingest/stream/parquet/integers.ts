/** Columns of integers: numbered in a dictionary, as differences of neighbours, or as they are. */
import type { Hash64Column, Int64Column } from '../columns.ts'
import { Int32Column } from '../columns.ts'
import type { ByteSink } from './byte-sink.ts'
import { ENCODING, PHYSICAL, type Physical } from './format.ts'
import { bitWidth, writeDeltas, writeHybrid, writeRun } from './packing.ts'
import type { ColumnValues, Range, Scratch } from './values.ts'

/** Integers that lie close together are numbered from the least one on; all between are in the dictionary. */
const DICTIONARY_BYTES_A_ROW = 1
/** Differences of values that lie less than this apart fit 32 bits. */
const DELTA_SPAN = 2 ** 31
/** Past this, a number times two, as a varint has it, is not exact. */
const DELTA_LIMIT = 2 ** 52

export function integerValues(
  column: Int32Column | Int64Column,
  physical: Physical,
  rows: number,
  scratch: Scratch,
): ColumnValues {
  const { nulls } = column
  const nullCount = countNulls(column, rows)
  const common = { physical, nullCount, levels: levelsOf(nulls, scratch) }
  if (nullCount === rows) return { ...common, encoding: ENCODING.plain, write: () => {} }
  const range =
    column instanceof Int32Column
      ? rangeOf32(column.values, nulls, nullCount, rows)
      : rangeOf64(column.values, nulls, nullCount, rows)
  const { least, largest } = range
  const span = largest - least + 1
  const plain = (sink: ByteSink, value: number) =>
    physical === PHYSICAL.int32 ? sink.uint32(value) : sink.int64(value)
  const gather = (from: number, to: number) =>
    column instanceof Int32Column
      ? gather32(column.values, nulls, nullCount, least, from, to, scratch.values)
      : gather64(column.values, nulls, nullCount, least, from, to, scratch.values)

  if (span === 1 || span * widthOf(physical) <= DICTIONARY_BYTES_A_ROW * rows) {
    const width = bitWidth(span - 1)
    const dictionary = {
      entries: span,
      write: (sink: ByteSink) => {
        for (let value = least; value <= largest; value++) plain(sink, value)
      },
    }
    const write = (sink: ByteSink, from: number, to: number, count: number) => {
      sink.byte(width)
      if (span === 1) writeRun(sink, 0, count, width)
      else writeHybrid(sink, scratch.values, gather(from, to), width)
    }
    return { ...common, range, encoding: ENCODING.rleDictionary, dictionary, write }
  }
  if (span <= DELTA_SPAN && largest < DELTA_LIMIT && least > -DELTA_LIMIT) {
    const write = (sink: ByteSink, from: number, to: number) => {
      const count = gather(from, to)
      writeDeltas(sink, scratch.values, count, count === 0 ? 0 : scratch.values[0]! + least)
    }
    return { ...common, range, encoding: ENCODING.deltaBinaryPacked, write }
  }
  const write = (sink: ByteSink, from: number, to: number) => {
    for (let row = from; row < to; row++) if (nulls[row] === 0) plain(sink, column.values[row]!)
  }
  return { ...common, range, encoding: ENCODING.plain, write }
}

/** Hashes are neither close together nor alike: as they are, without a range. */
export function hashValues(column: Hash64Column, rows: number, scratch: Scratch): ColumnValues {
  const { words, nulls } = column
  return {
    physical: PHYSICAL.int64,
    encoding: ENCODING.plain,
    nullCount: countNulls(column, rows),
    levels: levelsOf(nulls, scratch),
    write(sink, from, to) {
      for (let row = from; row < to; row++) {
        if (nulls[row] === 1) continue
        sink.uint32(words[2 * row]!)
        sink.uint32(words[2 * row + 1]!)
      }
    },
  }
}

function widthOf(physical: Physical): number {
  return physical === PHYSICAL.int32 ? 4 : 8
}

/** Counted, because the column's own count may hold rows that were begun and given up. */
function countNulls({ nulls, nullCount }: { nulls: Uint8Array; nullCount: number }, rows: number): number {
  if (nullCount === 0) return 0
  let count = 0
  for (let row = 0; row < rows; row++) count += nulls[row]!
  return count
}

function levelsOf(nulls: Uint8Array, { levels }: Scratch): ColumnValues['levels'] {
  return (from, to) => {
    let count = 0
    for (let row = from; row < to; row++) {
      const level = 1 - nulls[row]!
      levels[row - from] = level
      count += level
    }
    return count
  }
}

// Those of 32 and of 64 bits have functions of their own: a loop over one kind of array runs twice as fast.

function rangeOf32(values: Int32Array, nulls: Uint8Array, nullCount: number, rows: number): Range {
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

function rangeOf64(values: Float64Array, nulls: Uint8Array, nullCount: number, rows: number): Range {
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

/** The values less `base`, without those that are null. @returns how many */
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
