/** Thrift's compact protocol, as far as Parquet's headers and footer need it. */
import type { ByteSink } from './byte-sink.ts'

/** Types of a field or of a list's elements. */
const THRIFT = { true: 1, false: 2, i32: 5, i64: 6, binary: 8, list: 9, struct: 12 } as const
type ElementType = (typeof THRIFT)['i32' | 'binary' | 'struct']

/** Writes structs field by field; ids ascend within a struct. */
export class ThriftWriter {
  readonly #sink: ByteSink
  /** Id of the last field, of the struct at hand and of those around it. */
  readonly #last = [0]

  constructor(sink: ByteSink) {
    this.#sink = sink
  }

  bool(id: number, value: boolean): void {
    this.#field(id, value ? THRIFT.true : THRIFT.false)
  }

  i32(id: number, value: number): void {
    this.#field(id, THRIFT.i32)
    this.#sink.zigzag(value)
  }

  i64(id: number, value: number): void {
    this.#field(id, THRIFT.i64)
    this.#sink.zigzag(value)
  }

  binary(id: number, value: string | Uint8Array): void {
    this.#field(id, THRIFT.binary)
    this.#bytes(value)
  }

  struct(id: number, body: () => void): void {
    this.#field(id, THRIFT.struct)
    this.element(body)
  }

  /** A list of structs, each with `body`. */
  structs<T>(id: number, items: readonly T[], body: (item: T) => void): void {
    this.#list(id, THRIFT.struct, items.length)
    for (const item of items) this.element(() => body(item))
  }

  i32s(id: number, items: readonly number[]): void {
    this.#list(id, THRIFT.i32, items.length)
    for (const item of items) this.#sink.zigzag(item)
  }

  binaries(id: number, items: readonly string[]): void {
    this.#list(id, THRIFT.binary, items.length)
    for (const item of items) this.#bytes(item)
  }

  /** A struct without a field header: the outermost, or an element of a list. */
  element(body: () => void): void {
    this.#last.push(0)
    body()
    this.#last.pop()
    this.#sink.byte(0)
  }

  #field(id: number, type: number): void {
    const step = id - this.#last.at(-1)!
    this.#last[this.#last.length - 1] = id
    if (step > 15)
      throw new RangeError(`Field ${id} is ${step} past the one before it; at most 15 are written`)
    this.#sink.byte((step << 4) | type)
  }

  #list(id: number, type: ElementType, size: number): void {
    this.#field(id, THRIFT.list)
    if (size < 15) this.#sink.byte((size << 4) | type)
    else {
      this.#sink.byte(0xf0 | type)
      this.#sink.varint(size)
    }
  }

  #bytes(value: string | Uint8Array): void {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value
    this.#sink.varint(bytes.length)
    this.#sink.append(bytes)
  }
}
