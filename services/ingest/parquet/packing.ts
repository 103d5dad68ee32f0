/** Parquet's packed integers: the hybrid of runs and bit-packing, and differences of neighbours. */
import type { ByteSink } from './byte-sink.ts'

/** Values that are bit-packed together: a whole number of bytes at any width. */
const GROUP = 8
/** Groups of one value that are worth a run: a run and the header after it take 6 bytes or less. */
const RUN_GROUPS = 3

/** Bits that a value up to this one needs; 1 at least, because not all readers take a width of 0. */
export function bitWidth(largest: number): number {
  return Math.max(1, 32 - Math.clz32(largest))
}

/**
 * Encoding RLE: runs of one value, and groups of 8 packed values.
 * @param values each of at most `width` bits
 */
export function writeHybrid(
  sink: ByteSink,
  values: Int32Array,
  count: number,
  width: number,
): void {
  sink.reserve(Math.ceil(count / GROUP) * (width + 1) + 64)
  let at = 0
  let packedFrom = 0
  while (at < count) {
    const end = endOfRun(values, at, count)
    // The last values may be fewer than a group: a run has any length, packed values are filled up with zeros.
    if (end - at >= RUN_GROUPS * GROUP || (end === count && at === 0)) {
      if (at > packedFrom) writePacked(sink, values, packedFrom, at, width)
      const length = end === count ? end - at : end - at - ((end - at) % GROUP)
      writeRun(sink, values[at]!, length, width)
      at += length
      packedFrom = at
    } else {
      // To the group's end: packed values come in whole groups from where they begin.
      at += GROUP * Math.max(1, Math.floor((end - at) / GROUP))
    }
  }
  if (count > packedFrom) writePacked(sink, values, packedFrom, count, width)
}

function endOfRun(values: Int32Array, from: number, count: number): number {
  const value = values[from]!
  let end = from + 1
  while (end < count && values[end] === value) end++
  return end
}

export function writeRun(sink: ByteSink, value: number, length: number, width: number): void {
  sink.varint(length * 2)
  for (let shift = 0; shift < width; shift += 8) sink.byte((value >>> shift) & 0xff)
}

function writePacked(
  sink: ByteSink,
  values: Int32Array,
  from: number,
  to: number,
  width: number,
): void {
  const groups = Math.ceil((to - from) / GROUP)
  sink.varint(groups * 2 + 1)
  sink.reserve(groups * width + 4)
  pack(sink, values, from, to, width, groups * width)
}

/** @param size bytes to write; what the values do not fill is zero */
function pack(
  sink: ByteSink,
  values: Int32Array,
  from: number,
  to: number,
  width: number,
  size: number,
): void {
  const { bytes } = sink
  const end = sink.length + size
  let into = sink.length
  let bits = 0
  let filled = 0
  for (let at = from; at < to; at++) {
    const value = values[at]!
    bits |= value << filled
    filled += width
    if (filled >= 32) {
      bytes[into] = bits
      bytes[into + 1] = bits >>> 8
      bytes[into + 2] = bits >>> 16
      bytes[into + 3] = bits >>> 24
      into += 4
      filled -= 32
      bits = filled === 0 ? 0 : value >>> (width - filled)
    }
  }
  for (; filled > 0; filled -= 8, bits >>>= 8) bytes[into++] = bits
  if (into < end) bytes.fill(0, into, end)
  sink.length = end
}

const DELTA_BLOCK = 256
const MINIBLOCKS = 4
const MINIBLOCK = DELTA_BLOCK / MINIBLOCKS

/**
 * Encoding DELTA_BINARY_PACKED.
 * @param values less a base that is the same for all; they lie less than 2^31 apart, so no difference overflows
 * @param first the first value, base included
 */
export function writeDeltas(sink: ByteSink, values: Int32Array, count: number, first: number): void {
  sink.varint(DELTA_BLOCK)
  sink.varint(MINIBLOCKS)
  sink.varint(count)
  sink.zigzag(first)
  const deltas = new Int32Array(DELTA_BLOCK)
  for (let from = 1; from < count; from += DELTA_BLOCK) {
    const size = Math.min(DELTA_BLOCK, count - from)
    let before = values[from - 1]!
    let least = 0x7fffffff
    for (let index = 0; index < size; index++) {
      const value = values[from + index]!
      const delta = value - before
      before = value
      deltas[index] = delta
      if (delta < least) least = delta
    }
    sink.reserve(32 + 4 * DELTA_BLOCK)
    sink.zigzag(least)
    const widthsAt = sink.length
    sink.length += MINIBLOCKS
    for (let index = size; index < DELTA_BLOCK; index++) deltas[index] = least
    for (let miniblock = 0; miniblock < MINIBLOCKS; miniblock++) {
      const start = miniblock * MINIBLOCK
      let used = 0
      for (let index = start; index < start + MINIBLOCK; index++) {
        deltas[index] = deltas[index]! - least
        used |= deltas[index]!
      }
      const width = 32 - Math.clz32(used)
      sink.bytes[widthsAt + miniblock] = width
      if (width > 0) pack(sink, deltas, start, start + MINIBLOCK, width, (MINIBLOCK / 8) * width)
    }
  }
}
