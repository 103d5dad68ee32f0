/** Columns of a block as it grows: typed arrays that the gate writes into, and that the Parquet writer reads. */
import type { Column } from '@shelfcast/contracts/lake'
import { copied, INITIAL_ROWS } from './column-memory.ts'
import { TextColumn } from './text-column.ts'

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
    const earlier = this.#data.get(name)
    if (!earlier) throw new Error(`"${name}" is not a column of this block`)
    return earlier
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
