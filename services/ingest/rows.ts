/** Columns of a block as it grows: typed arrays and dictionary-coded strings, from which Arrow takes over without copying row by row. */
import type { Column, ColumnType } from '@shelfcast/contracts/lake'
import {
  Binary,
  type Data,
  type DataType,
  DateDay,
  Dictionary,
  Field,
  Int32,
  Int64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  TimestampMillisecond,
  Utf8,
  type Vector,
  vectorFromArray,
} from 'apache-arrow'

const INITIAL_ROWS = 1024

/** One cell: text for utf8, bytes for binary, a number (days since 1970 for a date, milliseconds for a timestamp) or bigint for the rest. */
export type Cell = string | number | bigint | Uint8Array

/** A column in the making. Cells that are never set are null. */
export interface ColumnBuilder {
  set(row: number, cell: Cell): void
  /** @param rows length of the column */
  finish(rows: number): Data
}

const ARROW_TYPES: Record<ColumnType, () => DataType> = {
  utf8: () => new Dictionary(new Utf8(), new Int32()),
  int32: () => new Int32(),
  int64: () => new Int64(),
  hash64: () => new Int64(),
  timestamp_ms: () => new TimestampMillisecond('UTC'),
  date: () => new DateDay(),
  binary: () => new Binary(),
}

/** Which rows have a value, one bit a row, as Arrow wants it. */
class Validity {
  #bits = new Uint8Array(INITIAL_ROWS / 8)
  #count = 0

  mark(row: number): void {
    const byte = row >> 3
    if (byte >= this.#bits.length) this.#bits = grown(this.#bits, byte)
    const bit = 1 << (row & 7)
    if ((this.#bits[byte]! & bit) === 0) this.#count++
    this.#bits[byte]! |= bit
  }

  finish(rows: number): { nullCount: number; nullBitmap: Uint8Array } {
    const bytes = (rows + 7) >> 3
    if (bytes > this.#bits.length) this.#bits = grown(this.#bits, bytes)
    return { nullCount: rows - this.#count, nullBitmap: this.#bits.subarray(0, bytes) }
  }
}

type Growable = Int32Array | BigInt64Array | Uint8Array

/** A copy of at least twice the length that holds `index`. */
function grown<T extends Growable>(array: T, index: number): T {
  const larger = new (array.constructor as new (length: number) => T)(Math.max(array.length * 2, index + 1))
  larger.set(array as never)
  return larger
}

/** Numbers of one width: what they are is the Arrow type's business. */
class NumberBuilder implements ColumnBuilder {
  #values: Int32Array | BigInt64Array
  readonly #validity = new Validity()
  readonly #type: DataType

  constructor(type: DataType, values: Int32Array | BigInt64Array) {
    this.#type = type
    this.#values = values
  }

  set(row: number, cell: Cell): void {
    if (row >= this.#values.length) this.#values = grown(this.#values, row)
    if (this.#values instanceof Int32Array) this.#values[row] = Number(cell)
    else this.#values[row] = BigInt(cell as number | bigint)
    this.#validity.mark(row)
  }

  finish(rows: number, dictionary?: Vector<Utf8>): Data {
    if (rows > this.#values.length) this.#values = grown(this.#values, rows)
    return makeData({
      type: this.#type as Int32,
      length: rows,
      data: this.#values.subarray(0, rows) as Int32Array,
      ...(dictionary && { dictionary }),
      ...this.#validity.finish(rows),
    })
  }
}

class TextBuilder implements ColumnBuilder {
  readonly #ids = new Map<string, number>()
  readonly #indices: NumberBuilder

  constructor(type: DataType) {
    this.#indices = new NumberBuilder(type, new Int32Array(INITIAL_ROWS))
  }

  set(row: number, cell: Cell): void {
    const text = cell as string
    let id = this.#ids.get(text)
    if (id === undefined) {
      id = this.#ids.size
      this.#ids.set(text, id)
    }
    this.#indices.set(row, id)
  }

  finish(rows: number): Data {
    return this.#indices.finish(rows, vectorFromArray([...this.#ids.keys()], new Utf8()))
  }
}

/** Refused payloads: few and all different, so no dictionary. */
class BinaryBuilder implements ColumnBuilder {
  readonly #cells = new Map<number, Uint8Array>()

  set(row: number, cell: Cell): void {
    this.#cells.set(row, cell as Uint8Array)
  }

  finish(rows: number): Data {
    const offsets = new Int32Array(rows + 1)
    const validity = new Validity()
    const total = [...this.#cells.values()].reduce((sum, cell) => sum + cell.byteLength, 0)
    const bytes = new Uint8Array(total)
    let end = 0
    for (let row = 0; row < rows; row++) {
      const cell = this.#cells.get(row)
      if (cell) {
        bytes.set(cell, end)
        end += cell.byteLength
        validity.mark(row)
      }
      offsets[row + 1] = end
    }
    return makeData({
      type: new Binary(),
      length: rows,
      valueOffsets: offsets,
      data: bytes,
      ...validity.finish(rows),
    })
  }
}

function createColumn(type: ColumnType, arrow: DataType): ColumnBuilder {
  switch (type) {
    case 'utf8':
      return new TextBuilder(arrow)
    case 'int64':
    case 'hash64':
    case 'timestamp_ms':
      return new NumberBuilder(arrow, new BigInt64Array(INITIAL_ROWS))
    case 'binary':
      return new BinaryBuilder()
    default:
      return new NumberBuilder(arrow, new Int32Array(INITIAL_ROWS))
  }
}

/** Rows of a block, by column. */
export class Rows {
  #length = 0
  readonly #columns: readonly Column[]
  readonly #types: DataType[]
  readonly #builders = new Map<string, ColumnBuilder>()

  constructor(columns: readonly Column[]) {
    this.#columns = columns
    this.#types = columns.map((column) => ARROW_TYPES[column.type]())
    columns.forEach((column, index) => {
      this.#builders.set(column.name, createColumn(column.type, this.#types[index]!))
    })
  }

  get length(): number {
    return this.#length
  }

  /** Appends a row; what is absent or null stays null. @throws when a name is not a column of the block */
  append(cells: Readonly<Record<string, Cell | null | undefined>>): void {
    const row = this.#length++
    for (const name in cells) {
      const cell = cells[name]
      if (cell === null || cell === undefined) continue
      const builder = this.#builders.get(name)
      if (!builder) throw new Error(`"${name}" is not a column of this block`)
      builder.set(row, cell)
    }
  }

  finish(): RecordBatch {
    const fields: Field[] = []
    const children: Data[] = []
    this.#columns.forEach((column, index) => {
      fields.push(new Field(column.name, this.#types[index]!, column.nullable))
      children.push(this.#builders.get(column.name)!.finish(this.#length))
    })
    const schema = new Schema(fields)
    return new RecordBatch(
      schema,
      makeData({ type: new Struct(fields), length: this.#length, nullCount: 0, children }),
    )
  }
}
