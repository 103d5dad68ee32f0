/** Compression of bodies: which are read, which are written, and who does the work. */
import { PassThrough, pipeline, type Transform } from 'node:stream'
import {
  constants,
  createBrotliCompress,
  createBrotliDecompress,
  createDeflate,
  createGunzip,
  createGzip,
  createInflate,
  createZstdCompress,
  createZstdDecompress,
} from 'node:zlib'
import { CODE, Failure } from '../failure.ts'
import { createFrameEncoder, decompressFrames } from './lz4-frame.ts'
import { createBlockEncoder, decompressBlocks } from './native-blocks.ts'

const DECODERS: Record<string, () => Transform> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
}

/** The plain bytes of a request body. A cut or damaged body throws a Failure. */
export function decodeBody(
  body: AsyncIterable<Buffer> & NodeJS.ReadableStream,
  options: { contentEncoding: string | undefined; nativeBlocks: boolean },
): AsyncIterable<Buffer> {
  const encoding = options.contentEncoding?.trim().toLowerCase() || 'identity'
  const plain = decode(body, encoding)
  return options.nativeBlocks ? decompressBlocks(plain) : plain
}

function decode(
  body: AsyncIterable<Buffer> & NodeJS.ReadableStream,
  encoding: string,
): AsyncIterable<Buffer> {
  if (encoding === 'identity') return body
  if (encoding === 'lz4') return decompressFrames(body)
  const decoder = DECODERS[encoding]
  if (!decoder)
    throw new Failure(
      CODE.notImplemented,
      `Content-Encoding "${encoding}" is not known. Use ${Object.keys(DECODERS).join(', ')}, lz4 or none`,
    )
  return decodeWith(body, decoder(), encoding)
}

async function* decodeWith(body: NodeJS.ReadableStream, decoder: Transform, encoding: string) {
  // The error of a broken source reaches the reader through the decoder.
  const plain = pipeline(body, decoder, new PassThrough(), () => {})
  try {
    for await (const chunk of plain) yield chunk as Buffer
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Failure(
      CODE.cannotDecompress,
      `The body could not be decompressed as ${encoding}: ${reason}. Send it as Content-Encoding says`,
    )
  }
}

/** How an answer is compressed: an HTTP content encoding, or ClickHouse's own blocks. */
export type Encoding = keyof typeof ENCODERS

/** HTTP encodings, cheapest first: the laptop's cores are worth more than loopback bytes. */
const ENCODERS = {
  lz4: createFrameEncoder,
  zstd: createZstdCompress,
  gzip: createGzip,
  deflate: createDeflate,
  br: () => createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  native: createBlockEncoder,
} as const satisfies Record<string, () => Transform>

export function createEncoder(encoding: Encoding): Transform {
  return ENCODERS[encoding]()
}

/** The first HTTP encoding that the client takes, or undefined for none. */
export function chooseEncoding(accepted: string | undefined): Encoding | undefined {
  const names = new Set(
    (accepted ?? '')
      .split(',')
      .map((entry) => entry.trim().toLowerCase())
      .filter((entry) => !/;\s*q=0(\.0*)?$/.test(entry))
      .map((entry) => entry.split(';')[0]!),
  )
  return (['lz4', 'zstd', 'gzip', 'deflate', 'br'] as const).find((encoding) => names.has(encoding))
}
