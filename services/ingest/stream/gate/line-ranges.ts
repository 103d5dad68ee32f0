/** Where the lines of a basket lie in its bytes. */
import type { MessageView } from '../message.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPEN_ARRAY = 0x5b

const isOpen = (byte: number) => byte === 0x7b || byte === OPEN_ARRAY
const isClose = (byte: number) => byte === 0x7d || byte === 0x5d
const isSpace = (byte: number) => byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d

/**
 * Notes where each element of a top-level array begins and ends, in a message that JSON.parse has taken.
 * Where the array's name stands twice, the last one counts, as it does for JSON.parse.
 * @param starts have room for as many elements as the array has, and so have `ends`
 */
export function lineRanges(
  { bytes, start, end }: MessageView,
  name: string,
  starts: Int32Array,
  ends: Int32Array,
): void {
  let depth = 0
  const isName = createTest(name)
  let isNamed = false
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!
    if (byte === QUOTE) {
      const close = stringEnd(bytes, at)
      if (depth === 1) isNamed = isName(bytes.subarray(at, close))
      at = close - 1
    } else if (byte === OPEN_ARRAY && depth === 1 && isNamed) {
      at = arrayElements(bytes, at, starts, ends)
    } else if (isOpen(byte)) depth++
    else if (isClose(byte)) depth--
  }
}

/** Whether a string as it is written says this. */
function createTest(text: string): (bytes: Uint8Array) => boolean {
  const plain = Buffer.from(JSON.stringify(text))
  return (bytes) =>
    bytes.includes(BACKSLASH) ? JSON.parse(Buffer.from(bytes).toString()) === text : plain.equals(bytes)
}

/** @returns index after the closing quote of the string that begins at `at` */
function stringEnd(bytes: Uint8Array, at: number): number {
  let end = at + 1
  while (bytes[end] !== QUOTE) end += bytes[end] === BACKSLASH ? 2 : 1
  return end + 1
}

/** @returns index of the closing bracket of the array that begins at `at` */
function arrayElements(bytes: Uint8Array, at: number, starts: Int32Array, ends: Int32Array): number {
  let depth = 0
  let start = at + 1
  let count = 0
  for (let index = at + 1; ; index++) {
    const byte = bytes[index]!
    if (byte === QUOTE) index = stringEnd(bytes, index) - 1
    else if (isOpen(byte)) depth++
    else if (depth > 0 && isClose(byte)) depth--
    else if (depth === 0 && (byte === COMMA || isClose(byte))) {
      let end = index
      while (start < end && isSpace(bytes[start]!)) start++
      while (end > start && isSpace(bytes[end - 1]!)) end--
      starts[count] = start
      ends[count++] = end
      if (byte !== COMMA) return index
      start = index + 1
    }
  }
}
