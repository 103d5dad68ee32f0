/** Original bytes of the lines of a basket. */

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPEN = new Set([0x7b, 0x5b])
const CLOSE = new Set([0x7d, 0x5d])
const SPACE = new Set([0x20, 0x09, 0x0a, 0x0d])

/**
 * Cuts the elements of the top-level array `lines` out of a message that JSON.parse has taken. Slices, not copies.
 * Where the name stands twice, the last one counts, as it does for JSON.parse.
 */
export function lineBytes(message: Uint8Array): Uint8Array[] {
  let found: Uint8Array[] = []
  let depth = 0
  let key: string | undefined
  for (let at = 0; at < message.length; at++) {
    const byte = message[at]!
    if (byte === QUOTE) {
      const end = stringEnd(message, at)
      if (depth === 1) key = JSON.parse(Buffer.from(message.subarray(at, end)).toString('utf8')) as string
      at = end - 1
    } else if (OPEN.has(byte)) {
      if (depth === 1 && key === 'lines' && byte === 0x5b) {
        const { elements, end } = arrayElements(message, at)
        found = elements
        at = end
      } else depth++
    } else if (CLOSE.has(byte)) depth--
  }
  return found
}

/** @returns index after the closing quote of the string that begins at `at` */
function stringEnd(message: Uint8Array, at: number): number {
  let end = at + 1
  while (message[end] !== QUOTE) end += message[end] === BACKSLASH ? 2 : 1
  return end + 1
}

/** @returns the elements of the array that begins at `at`, and the index of its closing bracket */
function arrayElements(message: Uint8Array, at: number): { elements: Uint8Array[]; end: number } {
  const elements: Uint8Array[] = []
  let depth = 0
  let start = at + 1
  for (let index = at + 1; index < message.length; index++) {
    const byte = message[index]!
    if (byte === QUOTE) index = stringEnd(message, index) - 1
    else if (OPEN.has(byte)) depth++
    else if (depth > 0 && CLOSE.has(byte)) depth--
    else if (depth === 0 && (byte === COMMA || CLOSE.has(byte))) {
      const element = trimmed(message, start, index)
      if (element.length > 0) elements.push(element)
      if (byte !== COMMA) return { elements, end: index }
      start = index + 1
    }
  }
  return { elements, end: message.length }
}

function trimmed(message: Uint8Array, start: number, end: number): Uint8Array {
  while (start < end && SPACE.has(message[start]!)) start++
  while (end > start && SPACE.has(message[end - 1]!)) end--
  return message.subarray(start, end)
}
