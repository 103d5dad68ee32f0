/** Columns of texts and of bytes: numbered in the dictionary that they come with, or one after the other. */
import type { BinaryColumn } from '../columns.ts'
import type { TextColumn } from '../text-column.ts'
import type { ByteSink } from './byte-sink.ts'
import { ENCODING, PHYSICAL } from './format.ts'
import { bitWidth, writeHybrid, writeRun } from './packing.ts'
import type { ColumnValues, Scratch } from './values.ts'

/** A longer text is copied faster by the machine than byte by byte. */
const SHORT_TEXT = 48
/** A page of payloads is about as large; one payload is never split. */
const PAGE_BYTES = 1_048_576

export function textValues(column: TextColumn, rows: number, { levels, values }: Scratch): ColumnValues {
  const { indices, bytes, offsets, size } = column
  let nullCount = 0
  for (let row = 0; row < rows; row++) nullCount += indices[row]! >>> 31
  const common = {
    physical: PHYSICAL.byteArray,
    nullCount,
    levels(from: number, to: number) {
      let count = 0
      for (let row = from; row < to; row++) {
        const level = 1 - (indices[row]! >>> 31)
        levels[row - from] = level
        count += level
      }
      return count
    },
  }
  // As many entries as values: without a dictionary each text is written once all the same, and no index.
  if (size >= rows - nullCount) {
    const write = (sink: ByteSink, from: number, to: number) => {
      for (let row = from; row < to; row++)
        if (indices[row]! >= 0) writeText(sink, bytes, offsets, indices[row]!)
    }
    return { ...common, encoding: ENCODING.plain, write }
  }
  const width = bitWidth(size - 1)
  const write = (sink: ByteSink, from: number, to: number, count: number) => {
    sink.byte(width)
    if (size === 1) writeRun(sink, 0, count, width)
    else if (nullCount === 0) writeHybrid(sink, indices.subarray(from, to), count, width)
    else {
      let into = 0
      for (let row = from; row < to; row++) {
        values[into] = indices[row]!
        into += 1 - (indices[row]! >>> 31)
      }
      writeHybrid(sink, values, count, width)
    }
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
  if (end - start < SHORT_TEXT) {
    sink.reserve(end - start)
    const target = sink.bytes
    let at = sink.length
    for (let from = start; from < end; from++) target[at++] = bytes[from]!
    sink.length = at
  } else sink.append(bytes.subarray(start, end))
}

/** Payloads differ, so no dictionary. */
export function binaryValues({ rows, cells }: BinaryColumn, all: number, { levels }: Scratch): ColumnValues {
  const present = lowerBound(rows, all)
  return {
    physical: PHYSICAL.byteArray,
    encoding: ENCODING.plain,
    nullCount: all - present,
    levels(from, to) {
      levels.fill(0, 0, to - from)
      const begin = lowerBound(rows, from)
      const end = lowerBound(rows, to)
      for (let index = begin; index < end; index++) levels[rows[index]! - from] = 1
      return end - begin
    },
    pageEnd(from, most) {
      let bytes = 0
      for (let index = lowerBound(rows, from); index < present && rows[index]! < most; index++) {
        bytes += cells[index]!.length
        if (bytes > PAGE_BYTES && rows[index]! > from) return rows[index]!
      }
      return most
    },
    write(sink, from, _to, count) {
      const begin = lowerBound(rows, from)
      for (const cell of cells.slice(begin, begin + count)) {
        sink.uint32(cell.length)
        sink.append(cell)
      }
    },
  }
}

/** Where the first row is that is not below `row`. */
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
