/** Bytes of a dead letter as a person reads them. */

export interface Span {
  text: string
  /** Bytes that are not UTF-8, written as \xff. */
  isInvalid: boolean
}

/** Text where the bytes are UTF-8, and between it the bytes that are not. */
export function spansOf(bytes: Uint8Array): Span[] {
  const spans: Span[] = []
  const add = (text: string, isInvalid: boolean) => {
    const last = spans.at(-1)
    if (last?.isInvalid === isInvalid) last.text += text
    else spans.push({ text, isInvalid })
  }
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at)
    if (length === 0) {
      add(`\\x${bytes[at]!.toString(16).padStart(2, '0')}`, true)
      at += 1
    } else {
      add(new TextDecoder().decode(bytes.subarray(at, at + length)), false)
      at += length
    }
  }
  return spans
}

/** Bytes of the character that begins here; 0 where none does. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!
  if (first < 0x80) return 1
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
  try {
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(at, at + length))
    return at + length <= bytes.length ? length : 0
  } catch {
    return 0
  }
}

export function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
}
