/** Parquet's packed integers: the hybrid of runs and bit-packing, and differences of neighbours. */
import type { ByteSink } from './byte-sink.ts'

/** Values that are packed together: a whole number of bytes at any width. */
const GROUP = 8
/** Shortest run that is written as one: with the header after it, it takes six bytes or less. */
const RUN = 3 * GROUP

/** Bits that values up to this one need; 1 at least, because not all readers take a width of 0. */
export function bitWidth(largest: number): number {
  return Math.max(1, 32 - Math.clz32(largest))
}

/**
 * Encoding RLE: runs of one value, and groups of packed values.
 * @param values each of at most `width` bits
 */
export function writeHybrid(sink: ByteSink, values: Int32Array, count: number, width: number): void {
  let at = 0
  let packedFrom = 0
  while (at < count) {
    const value = values[at]!
    let end = at + 1
    while (end < count && values[end] === value) end++
    const length = end - at
    if (length >= RUN || length === count) {
      if (at > packedFrom) writePacked(sink, values, packedFrom, at, width)
      writeRun(sink, value, length, width)
      packedFrom = end
      at = end
    } else {
      // Packed values come in whole groups, counted from where they begin.
      at += length - (length % GROUP) || GROUP
    }
  }
  if (count > packedFrom) writePacked(sink, values, packedFrom, count, width)
}

/** A run alone, as `writeHybrid` would write it. */
export function writeRun(sink: ByteSink, value: number, length: number, width: number): void {
  sink.varint(length * 2)
  for (let shift = 0; shift < width; shift += 8) sink.byte(value >>> shift)
}

function writePacked(sink: ByteSink, values: Int32Array, from: number, to: number, width: number): void {
  const groups = Math.ceil((to - from) / GROUP)
  sink.varint(groups * 2 + 1)
  pack(sink, values, from, to, width, groups * width)
}

/** @param size bytes to write; those that the values do not fill are zero */
function pack(
  sink: ByteSink,
  values: Int32Array,
  from: number,
  to: number,
  width: number,
  size: number,
): void {
  sink.reserve(size)
  const { bytes } = sink
  const end = sink.length + size
  let into = sink.length
  let at = from
  if (width <= 4) {
    // A whole group fits one word: this is where most columns are, and twice as fast.
    for (const last = to - GROUP; at <= last; at += GROUP) {
      const low = values[at]! | (values[at + 1]! << width)
      const middle = values[at + 2]! | (values[at + 3]! << width)
      const high = values[at + 4]! | (values[at + 5]! << width)
      const top = values[at + 6]! | (values[at + 7]! << width)
      const word = low | (middle << (2 * width)) | (high << (4 * width)) | (top << (6 * width))
      bytes[into] = word
      if (width > 1) bytes[into + 1] = word >>> 8
      if (width > 2) bytes[into + 2] = word >>> 16
      if (width > 3) bytes[into + 3] = word >>> 24
      into += width
    }
  }
  let bits = 0
  let bitCount = 0
  for (; at < to; at++) {
    const value = values[at]!
    bits |= value << bitCount
    bitCount += width
    if (bitCount < 32) continue
    bytes[into] = bits
    bytes[into + 1] = bits >>> 8
    bytes[into + 2] = bits >>> 16
    bytes[into + 3] = bits >>> 24
    into += 4
    bitCount -= 32
    bits = bitCount === 0 ? 0 : value >>> (width - bitCount)
  }
  for (; bitCount > 0; bitCount -= 8, bits >>>= 8) bytes[into++] = bits
  bytes.fill(0, into, end)
  sink.length = end
}

// Twice the usual 128, as the Rust writer has it: ClickHouse reads such blocks in a third of the time.
const DELTA_BLOCK = 256
const MINIBLOCKS = 4
const MINIBLOCK = DELTA_BLOCK / MINIBLOCKS

/**
 * Encoding DELTA_BINARY_PACKED.
 * @param values less a base that is the same for all; they lie less than 2^31 apart, so no difference overflows
 * @param first the first value, base included; of at most 52 bits
 */
export function writeDeltas(sink: ByteSink, values: Int32Array, count: number, first: number): void {
  sink.varint(DELTA_BLOCK)
  sink.varint(MINIBLOCKS)
  sink.varint(count)
  sink.zigzag(first)
  const deltas = new Int32Array(DELTA_BLOCK)
  for (let from = 1; from < count; from += DELTA_BLOCK) {
    const size = Math.min(DELTA_BLOCK, count - from)
    let previous = values[from - 1]!
    let least = 0x7fffffff
    for (let index = 0; index < size; index++) {
      const value = values[from + index]!
      const delta = value - previous
      previous = value
      deltas[index] = delta
      if (delta < least) least = delta
    }
    for (let index = size; index < DELTA_BLOCK; index++) deltas[index] = least
    sink.zigzag(least)
    const widthsAt = sink.length
    sink.reserve(MINIBLOCKS)
    sink.length += MINIBLOCKS
    for (let miniblock = 0; miniblock < MINIBLOCKS; miniblock++) {
      const start = miniblock * MINIBLOCK
      let bits = 0
      for (let index = start; index < start + MINIBLOCK; index++) {
        const above = (deltas[index]! - least) | 0
        deltas[index] = above
        bits |= above
      }
      const width = 32 - Math.clz32(bits)
      sink.bytes[widthsAt + miniblock] = width
      if (width > 0) pack(sink, deltas, start, start + MINIBLOCK, width, (MINIBLOCK / 8) * width)
    }
  }
}
