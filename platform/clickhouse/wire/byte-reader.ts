/** Takes exact numbers of bytes from a stream of chunks. */
import { CODE, Failure } from '../failure.ts'

export class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** Reads on until this many bytes are held. @returns false when the stream ends before */
  async has(count: number): Promise<boolean> {
    const parts = [this.#rest]
    let size = this.#rest.length
    while (size < count) {
      const next = await this.#chunks.next()
      if (next.done) break
      parts.push(next.value)
      size += next.value.length
    }
    if (parts.length > 1) this.#rest = Buffer.concat(parts)
    return size >= count
  }

  /** @param what is read, for the error when the stream ends within it */
  async take(count: number, what: string): Promise<Buffer> {
    if (!(await this.has(count)))
      throw new Failure(CODE.cannotDecompress, `The body ends inside ${what}. Send the whole body`)
    const bytes = this.#rest.subarray(0, count)
    this.#rest = this.#rest.subarray(count)
    return bytes
  }
}
