/** Columns of a block as it grows: typed arrays that the gate writes into, and that the Parquet writer reads. */
import type { Column } from '@shelfcast/contracts/lake'

const INITIAL_ROWS = 1024

// Not a Buffer: code that sees plain arrays only is faster on them.
const encoder = new TextEncoder()

/** Whole numbers of 32 bits: int32, and dates as days since 1970. */
export class Int32Column {
  values = new Int32Array(INITIAL_ROWS)
  /** 1 where the row has no value. */
  nulls = new Uint8Array(INITIAL_ROWS)
  nullCount = 0

  setNull(row: number): void {
    this.values[row] = 0
    this.nulls[row] = 1
    this.nullCount++
  }

  grow(rows: number): void {
    this.values = copied(new Int32Array(rows), this.values)
    this.nulls = copied(new Uint8Array(rows), this.nulls)
  }

  clear(): void {
    if (this.nullCount > 0) this.nulls.fill(0)
    this.nullCount = 0
  }
}

/** int64 and timestamps in milliseconds, as numbers that are exact to 2^53. */
export class Int64Column {
  values = new Float64Array(INITIAL_ROWS)
  nulls = new Uint8Array(INITIAL_ROWS)
  nullCount = 0

  setNull(row: number): void {
    this.values[row] = 0
    this.nulls[row] = 1
    this.nullCount++
  }

  grow(rows: number): void {
    this.values = copied(new Float64Array(rows), this.values)
    this.nulls = copied(new Uint8Array(rows), this.nulls)
  }

  clear(): void {
    if (this.nullCount > 0) this.nulls.fill(0)
    this.nullCount = 0
  }
}

/** Hashes of 64 bits as two words a row, the lower first: little-endian memory is Parquet's plain INT64. */
export class Hash64Column {
  words = new Uint32Array(2 * INITIAL_ROWS)
  nulls = new Uint8Array(INITIAL_ROWS)
  nullCount = 0

  set(row: number, low: number, high: number): void {
    this.words[2 * row] = low
    this.words[2 * row + 1] = high
  }

  setNull(row: number): void {
    this.set(row, 0, 0)
    this.nulls[row] = 1
    this.nullCount++
  }

  grow(rows: number): void {
    this.words = copied(new Uint32Array(2 * rows), this.words)
    this.nulls = copied(new Uint8Array(rows), this.nulls)
  }

  clear(): void {
    if (this.nullCount > 0) this.nulls.fill(0)
    this.nullCount = 0
  }
}

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
  // Open addressing: entry + 1, or 0 where free. Hashes are kept so that the table can grow without the bytes.
  #slots = new Int32Array(512)
  #hashes = new Uint32Array(256)
  /** Entries that `intern` made: those of `append` are not in the table. */
  #interned = 0

  /** Entry of a text, made where there is none yet. */
  intern(source: Uint8Array, start: number, end: number): number {
    const hash = hashOf(source, start, end)
    const mask = this.#slots.length - 1
    let slot = hash & mask
    for (;;) {
      const found = this.#slots[slot]! - 1
      if (found < 0) break
      if (this.#hashes[found] === hash && this.#equals(found, source, start, end)) return found
      slot = (slot + 1) & mask
    }
    const entry = this.append(source, start, end)
    this.#hashes[entry] = hash
    this.#slots[slot] = entry + 1
    if (++this.#interned * 2 > this.#slots.length) this.#rehash()
    return entry
  }

  /** A new entry, without a look whether there is one already: for texts that hardly ever come twice. */
  append(source: Uint8Array, start: number, end: number): number {
    const entry = this.size++
    const from = this.offsets[entry]!
    const to = from + end - start
    if (to > this.bytes.length)
      this.bytes = copied(new Uint8Array(Math.max(2 * this.bytes.length, to)), this.bytes)
    if (entry + 1 >= this.offsets.length) {
      this.offsets = copied(new Uint32Array(2 * this.offsets.length), this.offsets)
      this.#hashes = copied(new Uint32Array(this.offsets.length), this.#hashes)
    }
    if (end - start < 48)
      for (let at = start, into = from; at < end; at++, into++) this.bytes[into] = source[at]!
    else this.bytes.set(source.subarray(start, end), from)
    this.offsets[entry + 1] = to
    return entry
  }

  internText(text: string): number {
    const bytes = encoder.encode(text)
    return this.intern(bytes, 0, bytes.length)
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

  #equals(entry: number, source: Uint8Array, start: number, end: number): boolean {
    const from = this.offsets[entry]!
    if (this.offsets[entry + 1]! - from !== end - start) return false
    for (let at = start, own = from; at < end; at++, own++) if (source[at] !== this.bytes[own]) return false
    return true
  }

  #rehash(): void {
    const old = this.#slots
    this.#slots = new Int32Array(2 * old.length)
    const mask = this.#slots.length - 1
    for (const taken of old) {
      if (taken === 0) continue
      let slot = this.#hashes[taken - 1]! & mask
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
      this.#slots[slot] = taken
    }
  }
}

/** Payloads: few rows have one, and all differ. */
export class BinaryColumn {
  /** Row numbers, ascending, and the bytes of each. */
  rows: number[] = []
  cells: Uint8Array[] = []

  /** Keeps the bytes as they are: hand it a copy where the source is used again. */
  set(row: number, cell: Uint8Array): void {
    this.rows.push(row)
    this.cells.push(cell)
  }

  grow(): void {}

  clear(): void {
    this.rows = []
    this.cells = []
  }
}

export type ColumnData = Int32Column | Int64Column | Hash64Column | TextColumn | BinaryColumn

/** Columns of a block, to be filled row by row: the next row is number `rows`, and `rows` is raised after it. */
export class BlockColumns {
  rows = 0
  readonly columns: readonly Column[]
  readonly #data = new Map<string, ColumnData>()
  #capacity = INITIAL_ROWS

  constructor(columns: readonly Column[]) {
    this.columns = columns
    for (const { name, type } of columns) this.#data.set(name, createColumn(type))
  }

  /** Makes room for so many rows after those that there are. */
  reserve(rows: number): void {
    if (this.rows + rows <= this.#capacity) return
    this.#capacity = Math.max(2 * this.#capacity, this.rows + rows)
    for (const column of this.#data.values()) column.grow(this.#capacity)
  }

  /** Forgets the rows and keeps the memory. */
  clear(): void {
    this.rows = 0
    for (const column of this.#data.values()) column.clear()
  }

  column(name: string): ColumnData {
    const found = this.#data.get(name)
    if (!found) throw new Error(`"${name}" is not a column of this block`)
    return found
  }

  int32(name: string): Int32Column {
    return this.column(name) as Int32Column
  }

  int64(name: string): Int64Column {
    return this.column(name) as Int64Column
  }

  hash64(name: string): Hash64Column {
    return this.column(name) as Hash64Column
  }

  text(name: string): TextColumn {
    return this.column(name) as TextColumn
  }

  binary(name: string): BinaryColumn {
    return this.column(name) as BinaryColumn
  }
}

function createColumn(type: Column['type']): ColumnData {
  switch (type) {
    case 'utf8':
      return new TextColumn()
    case 'int64':
    case 'timestamp_ms':
      return new Int64Column()
    case 'hash64':
      return new Hash64Column()
    case 'binary':
      return new BinaryColumn()
    default:
      return new Int32Column()
  }
}

/** Four bytes at a time: what is looked up is a handful of bytes, and is looked up for every row. */
function hashOf(source: Uint8Array, start: number, end: number): number {
  let hash = end - start
  let at = start
  for (const whole = end - 3; at < whole; at += 4) {
    const word = source[at]! | (source[at + 1]! << 8) | (source[at + 2]! << 16) | (source[at + 3]! << 24)
    hash = Math.imul(hash ^ word, 0x85ebca6b)
    hash ^= hash >>> 15
  }
  for (; at < end; at++) hash = Math.imul(hash ^ source[at]!, 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

export function copied<T extends Int32Array | Uint32Array | Float64Array | Uint8Array>(to: T, from: T): T {
  to.set(from as never)
  return to
}
