/**
 * ClickHouse's own compressed blocks (?compress=1 and ?decompress=1, which the JDBC driver uses): a CityHash128 of
 * what follows, a method byte, the compressed size with this 9-byte header, the plain size, the data.
 */
import { Transform } from 'node:stream'
import { zstdDecompressSync } from 'node:zlib'
import lz4 from 'lz4-napi'
import { CODE, Failure } from '../failure.ts'
import { ByteReader } from './byte-reader.ts'
import { cityHash128 } from './cityhash.ts'

const METHOD = { none: 0x02, lz4: 0x82, zstd: 0x90 } as const
const CHECKSUM_BYTES = 16
const HEADER_BYTES = 9
// ClickHouse's own limit is 1 GiB (DBMS_MAX_COMPRESSED_SIZE); drivers send blocks of at most some MiB.
const MAX_BLOCK_BYTES = 128 * 1_048_576

/** Each chunk becomes a block. */
export function createBlockEncoder(): Transform {
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) =>
      done(null, chunk.length > 0 ? compressBlock(chunk) : undefined),
  })
}

function compressBlock(chunk: Buffer): Buffer {
  // lz4-napi puts the plain size, 4 bytes, before the data.
  const data = lz4.compressSync(chunk).subarray(4)
  const block = Buffer.allocUnsafe(CHECKSUM_BYTES + HEADER_BYTES + data.length)
  block[CHECKSUM_BYTES] = METHOD.lz4
  block.writeUInt32LE(HEADER_BYTES + data.length, CHECKSUM_BYTES + 1)
  block.writeUInt32LE(chunk.length, CHECKSUM_BYTES + 5)
  data.copy(block, CHECKSUM_BYTES + HEADER_BYTES)
  cityHash128(block.subarray(CHECKSUM_BYTES)).copy(block)
  return block
}

/** The plain bytes of a body made of such blocks. */
export async function* decompressBlocks(body: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const reader = new ByteReader(body)
  while (await reader.has(1)) {
    const head = await reader.take(CHECKSUM_BYTES + HEADER_BYTES, 'a compressed block')
    const method = head[CHECKSUM_BYTES]!
    const size = head.readUInt32LE(CHECKSUM_BYTES + 1)
    const plainSize = head.readUInt32LE(CHECKSUM_BYTES + 5)
    if (size < HEADER_BYTES || size > MAX_BLOCK_BYTES || plainSize > MAX_BLOCK_BYTES)
      throw new Failure(
        CODE.cannotDecompress,
        `A compressed block of the body says that it has ${size} bytes, ${plainSize} plain; allowed are ${MAX_BLOCK_BYTES}. Send the body in ClickHouse's compressed blocks, or leave out decompress=1`,
      )
    const data = await reader.take(size - HEADER_BYTES, 'a compressed block')
    const hashed = Buffer.concat([head.subarray(CHECKSUM_BYTES), data])
    if (!cityHash128(hashed).equals(head.subarray(0, CHECKSUM_BYTES)))
      throw new Failure(
        CODE.checksumDoesNotMatch,
        "Checksum of a compressed block of the body doesn't match. Send the body again",
      )
    yield decompress(method, data, plainSize)
  }
}

function decompress(method: number, data: Buffer, plainSize: number): Buffer {
  if (method === METHOD.none) return data
  if (method === METHOD.zstd) return zstdDecompressSync(data, { maxOutputLength: plainSize || 1 })
  if (method !== METHOD.lz4)
    throw new Failure(
      CODE.cannotDecompress,
      `A compressed block of the body has the unknown method 0x${method.toString(16)}. Use LZ4, ZSTD or none`,
    )
  const sized = Buffer.allocUnsafe(4 + data.length)
  sized.writeUInt32LE(plainSize)
  data.copy(sized, 4)
  return lz4.uncompressSync(sized)
}
