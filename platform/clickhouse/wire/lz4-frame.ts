/**
 * LZ4 frames, block by block, so that a long body is never held whole. Source: the LZ4 frame format, 1.6.4.
 * Checksums are passed over: HTTP and TCP have their own, and the rows are parsed behind it.
 */
import { Transform } from 'node:stream'
import lz4 from 'lz4-napi'
import { CODE, Failure } from '../failure.ts'
import { ByteReader } from './byte-reader.ts'

const MAGIC = 0x184d2204
const WINDOW_BYTES = 65_536
const BLOCK_BYTES: Record<number, number> = { 4: 65_536, 5: 262_144, 6: 1_048_576, 7: 4_194_304 }

function refuse(what: string): never {
  throw new Failure(
    CODE.cannotDecompress,
    `The body is not an LZ4 frame: ${what}. Send a frame (not bare blocks), or another Content-Encoding`,
  )
}

export async function* decompressFrames(body: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const reader = new ByteReader(body)
  while (await reader.has(1)) {
    const head = await reader.take(6, 'the LZ4 frame header')
    if (head.readUInt32LE(0) !== MAGIC) refuse(`it begins with ${head.subarray(0, 4).toString('hex')}`)
    const flags = head[4]!
    const blockBytes = BLOCK_BYTES[(head[5]! >> 4) & 7]
    if (flags >> 6 !== 1 || blockBytes === undefined) refuse('unknown version or block size')
    if (flags & 0x01) refuse('it needs a dictionary')
    const contentSize = flags & 0x08 ? 8 : 0
    await reader.take(contentSize + 1, 'the LZ4 frame header')

    const linked = !(flags & 0x20)
    const blockChecksum = flags & 0x10 ? 4 : 0
    let window: Buffer = Buffer.alloc(0)
    for (;;) {
      const mark = (await reader.take(4, 'an LZ4 frame')).readUInt32LE(0)
      if (mark === 0) break
      const size = mark & 0x7fffffff
      if (size > blockBytes) refuse(`a block of ${size} bytes where ${blockBytes} are allowed`)
      const data = await reader.take(size, 'an LZ4 block')
      await reader.take(blockChecksum, 'an LZ4 block')
      const plain = mark >>> 31 ? data : decompress(data, blockBytes, window)
      if (linked) window = Buffer.concat([window, plain]).subarray(-WINDOW_BYTES)
      yield plain
    }
    await reader.take(flags & 0x04 ? 4 : 0, 'an LZ4 frame')
  }
}

// Version 1, independent blocks of at most 64 KiB, no checksums; the last byte is the header's own checksum.
const HEADER = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82])
const END_MARK = Buffer.alloc(4)
const WRITTEN_BLOCK_BYTES = 65_536

/** One frame, whose blocks leave as the chunks come. */
export function createFrameEncoder(): Transform {
  const blocks = (chunk: Buffer): Buffer[] => {
    const parts: Buffer[] = []
    for (let at = 0; at < chunk.length; at += WRITTEN_BLOCK_BYTES) {
      const plain = chunk.subarray(at, at + WRITTEN_BLOCK_BYTES)
      const packed = lz4.compressSync(plain).subarray(4)
      const isSmaller = packed.length < plain.length
      const mark = Buffer.allocUnsafe(4)
      // The highest bit says that the block is not compressed.
      mark.writeUInt32LE(isSmaller ? packed.length : (plain.length | 0x80000000) >>> 0)
      parts.push(mark, isSmaller ? packed : plain)
    }
    return parts
  }
  const encoder = new Transform({
    transform: (chunk: Buffer, _encoding, done) => done(null, Buffer.concat(blocks(chunk))),
    flush: (done) => done(null, END_MARK),
  })
  encoder.push(HEADER)
  return encoder
}

function decompress(data: Buffer, limit: number, window: Buffer): Buffer {
  // lz4-napi wants the plain size before the data; the limit of the block serves, and the result has its true size.
  const sized = Buffer.allocUnsafe(4 + data.length)
  sized.writeUInt32LE(limit)
  data.copy(sized, 4)
  try {
    return lz4.uncompressSync(sized, window.length > 0 ? window : undefined)
  } catch (error) {
    refuse(error instanceof Error ? error.message : String(error))
  }
}
