/** Texts of a block as they come: a dictionary that grows, and the bytes of its entries. */
import { copied, INITIAL_ROWS } from './column-memory.ts'

// Not a Buffer: code that sees plain arrays only is faster on them.
const encoder = new TextEncoder()

/** Text in UTF-8, dictionary-coded. The dictionary may hold a text twice, or one that no row names. */
export class TextColumn {
  /** Entry of the dictionary for each row; -1 where the row has no value. */
  indices = new Int32Array(INITIAL_ROWS)
  /** Bytes of all entries, one after the other. */
  bytes = new Uint8Array(4096)
  /** Where each entry begins; the one after the last is where the last one ends. */
  offsets = new Uint32Array(256)
  /** Entries of the dictionary. */
  size = 0
  #view = new DataView(this.bytes.buffer)
  // Open addressing, two numbers a slot: entry + 1, or 0 where the slot is free, and the hash of the entry.
  #slots = new Int32Array(1024)
  /** Entries that `intern` made: those of `append` are not in the table. */
  #interned = 0

  /** Entry of the text that lies from `start` to `end`, made where there is none yet. */
  intern(source: DataView, start: number, end: number): number {
    const length = end - start
    const hash = hashOf(source, start, length)
    const slots = this.#slots
    const last = slots.length - 2
    let slot = (2 * hash) & last
    for (;;) {
      const place = slots[slot]! - 1
      if (place < 0) break
      if (slots[slot + 1] === hash && this.#equals(place, source, start, length)) return place
      slot = (slot + 2) & last
    }
    const entry = this.append(source, start, end)
    slots[slot] = entry + 1
    slots[slot + 1] = hash
    if (++this.#interned * 4 > slots.length) this.#rehash()
    return entry
  }

  /** A new entry, without a look whether there is one already: for texts that hardly ever come twice. */
  append(source: DataView, start: number, end: number): number {
    const entry = this.size++
    const from = this.offsets[entry]!
    const to = from + end - start
    if (to > this.bytes.length) {
      this.bytes = copied(new Uint8Array(Math.max(2 * this.bytes.length, to)), this.bytes)
      this.#view = new DataView(this.bytes.buffer)
    }
    if (entry + 1 >= this.offsets.length) {
      this.offsets = copied(new Uint32Array(2 * this.offsets.length), this.offsets)
    }
    copyBytes(source, start, this.#view, from, end - start)
    this.offsets[entry + 1] = to
    return entry
  }

  internText(text: string): number {
    const bytes = encoder.encode(text)
    return this.intern(new DataView(bytes.buffer), 0, bytes.length)
  }

  entryText(entry: number): string {
    return Buffer.from(
      this.bytes.buffer,
      this.bytes.byteOffset + this.offsets[entry]!,
      this.offsets[entry + 1]! - this.offsets[entry]!,
    ).toString()
  }

  setNull(row: number): void {
    this.indices[row] = -1
  }

  grow(rows: number): void {
    this.indices = copied(new Int32Array(rows), this.indices)
  }

  clear(): void {
    this.size = 0
    this.offsets[0] = 0
    if (this.#interned > 0) this.#slots.fill(0)
    this.#interned = 0
  }

  #equals(entry: number, source: DataView, start: number, length: number): boolean {
    const from = this.offsets[entry]!
    return this.offsets[entry + 1]! - from === length && sameBytes(source, start, this.#view, from, length)
  }

  #rehash(): void {
    const old = this.#slots
    const slots = new Int32Array(2 * old.length)
    const last = slots.length - 2
    for (let at = 0; at < old.length; at += 2) {
      if (old[at] === 0) continue
      let slot = (2 * old[at + 1]!) & last
      while (slots[slot] !== 0) slot = (slot + 2) & last
      slots[slot] = old[at]!
      slots[slot + 1] = old[at + 1]!
    }
    this.#slots = slots
  }
}

// Texts are a handful of bytes and come with every row, so they are taken four bytes at a time. The last four may
// overlap those before them: no byte after the text is looked at.

function hashOf(source: DataView, start: number, length: number): number {
  let hash = length
  if (length < 4) {
    for (let at = 0; at < length; at++) hash = Math.imul(hash ^ source.getUint8(start + at), 0x85ebca6b)
  } else {
    const last = length - 4
    for (let at = 0; at < last; at += 4) {
      hash = Math.imul(hash ^ source.getInt32(start + at, true), 0x85ebca6b)
      hash ^= hash >>> 15
    }
    hash = Math.imul(hash ^ source.getInt32(start + last, true), 0x85ebca6b)
  }
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

function sameBytes(one: DataView, from: number, other: DataView, otherFrom: number, length: number): boolean {
  if (length < 4) {
    for (let at = 0; at < length; at++) {
      if (one.getUint8(from + at) !== other.getUint8(otherFrom + at)) return false
    }
    return true
  }
  const last = length - 4
  for (let at = 0; at < last; at += 4) {
    if (one.getInt32(from + at, true) !== other.getInt32(otherFrom + at, true)) return false
  }
  return one.getInt32(from + last, true) === other.getInt32(otherFrom + last, true)
}

/** Copies bytes of one view into another. */
export function copyBytes(
  source: DataView,
  from: number,
  into: DataView,
  intoFrom: number,
  length: number,
): void {
  if (length < 4) {
    for (let at = 0; at < length; at++) into.setUint8(intoFrom + at, source.getUint8(from + at))
    return
  }
  const last = length - 4
  for (let at = 0; at < last; at += 4) into.setInt32(intoFrom + at, source.getInt32(from + at, true), true)
  into.setInt32(intoFrom + last, source.getInt32(from + last, true), true)
}
