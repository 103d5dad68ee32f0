/** Bytes of a stream that are read to find the way and passed on as they are, with others put in between. */

/** Ends where a part has been read; stops (yields) where the next chunk is needed. */
export type Reading<T = void> = Generator<undefined, T, undefined>

const NOTHING = Buffer.alloc(0)

export class Tape {
  #chunk: Buffer = NOTHING
  /** Where reading is in the chunk. */
  #at = 0
  /** Up to where the chunk is among the pieces. */
  #passed = 0
  #pieces: Buffer[] = []

  /** The next chunk, when the one before has been taken. */
  give(chunk: Buffer) {
    this.#chunk = chunk
    this.#at = 0
    this.#passed = 0
  }

  /** The chunk with what was put into it. */
  take(): Buffer {
    if (this.#pieces.length === 0) return this.#chunk
    const bytes = Buffer.concat([...this.#pieces, this.#chunk.subarray(this.#passed)])
    this.#pieces = []
    return bytes
  }

  /** Puts bytes in front of what is read next. */
  insert(bytes: Buffer) {
    this.#pieces.push(this.#chunk.subarray(this.#passed, this.#at), bytes)
    this.#passed = this.#at
  }

  /** Reads nothing; ends when a byte is there to be read. */
  *ready(): Reading {
    while (this.#at === this.#chunk.length) yield
  }

  *skip(count: number): Reading {
    let rest = count
    while (rest > this.#chunk.length - this.#at) {
      rest -= this.#chunk.length - this.#at
      this.#at = this.#chunk.length
      yield
    }
    this.#at += rest
  }

  *byte(): Reading<number> {
    yield* this.ready()
    return this.#chunk[this.#at++]!
  }

  *bytes(count: number): Reading<Buffer> {
    if (count <= this.#chunk.length - this.#at) {
      this.#at += count
      return this.#chunk.subarray(this.#at - count, this.#at)
    }
    const bytes = Buffer.allocUnsafe(count)
    let size = 0
    while (size < count) {
      yield* this.ready()
      const part = this.#chunk.subarray(this.#at, this.#at + count - size)
      size += part.copy(bytes, size)
      this.#at += part.length
    }
    return bytes
  }

  /** A UInt64; counts and lengths, so far below 2^53. */
  *uint64(): Reading<number> {
    const bytes = yield* this.bytes(8)
    return bytes.readUInt32LE(0) + bytes.readUInt32LE(4) * 2 ** 32
  }

  *varint(): Reading<number> {
    let value = 0
    for (let factor = 1; ; factor *= 128) {
      const byte = yield* this.byte()
      value += (byte & 127) * factor
      if (byte < 128) return value
    }
  }

  *text(): Reading<string> {
    const bytes = yield* this.bytes(yield* this.varint())
    return bytes.toString('utf8')
  }

  *skipTexts(count: number): Reading {
    for (let rest = count; rest > 0; rest--) {
      // Short ones within the chunk, which are nearly all, without a generator each.
      const chunk = this.#chunk
      const limit = chunk.length
      let at = this.#at
      for (; rest > 0 && at < limit; rest--) {
        const length = chunk[at]!
        if (length > 127 || at + 1 + length > limit) break
        at += 1 + length
      }
      this.#at = at
      if (rest > 0) yield* this.skip(yield* this.varint())
    }
  }
}
