/** Columns of a block as a Parquet file: one row group, pages of some thousand rows. */
import { constants, zstdCompressSync } from 'node:zlib'
import type { Column, ColumnType } from '@shelfcast/contracts/lake'
import type { BlockColumns } from '../columns.ts'
import { ByteSink } from './byte-sink.ts'
import { CODEC, type Codec, CONVERTED, ENCODING, type Encoding, LOGICAL, PAGE, PHYSICAL, type Physical, REPETITION } from './format.ts'
import { writeHybrid, writeRun } from './packing.ts'
import { ThriftWriter } from './thrift.ts'
import { type ColumnValues, columnValues, type Range, Scratch } from './values.ts'

const MAGIC = Buffer.from('PAR1')
/** At most 512 KiB of integers a page. */
const PAGE_ROWS = 65_536

export const TUNING = { compress: (_column: Column, _values: ColumnValues): boolean => false }

interface Chunk {
  column: Column
  physical: Physical
  codec: Codec
  encodings: Encoding[]
  /** Bytes with the page headers. */
  uncompressed: number
  compressed: number
  dictionaryAt?: number
  dataAt: number
  range?: Range
  nullCount: number
}

/** @param metadata key-value pairs of the footer */
export function encodeColumns(block: BlockColumns, metadata: Record<string, string>): Uint8Array {
  const { rows } = block
  const file = new ByteSink(4096 + 32 * rows)
  const page = new ByteSink(4096)
  const scratch = new Scratch(Math.min(rows, PAGE_ROWS))
  file.append(MAGIC)
  const chunks =
    rows === 0
      ? []
      : block.columns.map((column) =>
          writeChunk(file, page, column, columnValues(block.column(column.name), column.type, rows, scratch), rows, scratch),
        )
  const footerAt = file.length
  writeFooter(new ThriftWriter(file), block, chunks, metadata)
  file.uint32(file.length - footerAt)
  file.append(MAGIC)
  return file.written()
}

function writeChunk(
  file: ByteSink,
  page: ByteSink,
  column: Column,
  values: ColumnValues,
  rows: number,
  scratch: Scratch,
): Chunk {
  const codec = TUNING.compress(column, values) ? CODEC.zstd : CODEC.uncompressed
  const start = file.length
  let saved = 0
  const { dictionary, encoding } = values
  if (dictionary) {
    page.clear()
    dictionary.write(page)
    saved += writePage(file, page, codec, PAGE.dictionary, (header) =>
      header.struct(7, () => {
        header.i32(1, dictionary.entries)
        header.i32(2, ENCODING.plain)
      }),
    )
  }
  const dataAt = file.length
  let nullCount = 0
  for (let from = 0; from < rows; from += PAGE_ROWS) {
    const to = Math.min(from + PAGE_ROWS, rows)
    page.clear()
    const count = values.levels(from, to)
    nullCount += to - from - count
    if (column.nullable) writeLevels(page, scratch.levels, to - from, count)
    else if (count < to - from) throw new Error(`Column "${column.name}" is not nullable, and ${to - from - count} rows have no value. The gate has to fill it.`)
    values.write(page, from, to, count)
    saved += writePage(file, page, codec, PAGE.data, (header) =>
      header.struct(5, () => {
        header.i32(1, to - from)
        header.i32(2, encoding)
        header.i32(3, ENCODING.rle)
        header.i32(4, ENCODING.rle)
      }),
    )
  }
  const compressed = file.length - start
  return {
    ...{ column, codec, compressed, dataAt, nullCount, physical: values.physical },
    encodings: dictionary ? [ENCODING.plain, ENCODING.rle, encoding] : [ENCODING.rle, encoding],
    uncompressed: compressed + saved,
    ...(dictionary && { dictionaryAt: start }),
    ...(values.range && { range: values.range }),
  }
}

/** Which rows have a value, with its length before it. */
function writeLevels(page: ByteSink, levels: Int32Array, rows: number, count: number): void {
  const at = page.length
  page.uint32(0)
  if (count === rows || count === 0) writeRun(page, count === 0 ? 0 : 1, rows, 1)
  else writeHybrid(page, levels, rows, 1)
  page.uint32At(at, page.length - at - 4)
}

/** @returns bytes that compression saved */
function writePage(
  file: ByteSink,
  page: ByteSink,
  codec: Codec,
  type: number,
  describe: (header: ThriftWriter) => void,
): number {
  const body = page.written()
  const stored = codec === CODEC.zstd ? zstdCompressSync(body, { params: { [constants.ZSTD_c_compressionLevel]: 1 } }) : body
  const header = new ThriftWriter(file)
  header.element(() => {
    header.i32(1, type)
    header.i32(2, body.length)
    header.i32(3, stored.length)
    describe(header)
  })
  file.append(stored)
  return body.length - stored.length
}

function writeFooter(
  footer: ThriftWriter,
  block: BlockColumns,
  chunks: Chunk[],
  metadata: Record<string, string>,
): void {
  footer.element(() => {
    footer.i32(1, 2)
    footer.structs(2, [undefined, ...block.columns], (column) => {
      if (column) writeSchemaColumn(footer, column)
      else {
        footer.binary(4, 'block')
        footer.i32(5, block.columns.length)
      }
    })
    footer.i64(3, block.rows)
    footer.structs(4, chunks.length > 0 ? [chunks] : [], () => {
      footer.structs(1, chunks, (chunk) => {
        footer.i64(2, 0)
        footer.struct(3, () => writeChunkMeta(footer, chunk, block.rows))
      })
      footer.i64(2, chunks.reduce((sum, { uncompressed }) => sum + uncompressed, 0))
      footer.i64(3, block.rows)
    })
    footer.structs(5, Object.entries(metadata), ([key, value]) => {
      footer.binary(1, key)
      footer.binary(2, value)
    })
    footer.binary(6, 'Shelfcast')
    // Without it, readers take no notice of least and largest values.
    footer.structs(7, block.columns, () => footer.struct(1, () => {}))
  })
}

function writeChunkMeta(footer: ThriftWriter, chunk: Chunk, rows: number): void {
  const { range, physical } = chunk
  footer.i32(1, physical)
  footer.i32s(2, chunk.encodings)
  footer.binaries(3, [chunk.column.name])
  footer.i32(4, chunk.codec)
  footer.i64(5, rows)
  footer.i64(6, chunk.uncompressed)
  footer.i64(7, chunk.compressed)
  footer.i64(9, chunk.dataAt)
  if (chunk.dictionaryAt !== undefined) footer.i64(11, chunk.dictionaryAt)
  footer.struct(12, () => {
    footer.i64(3, chunk.nullCount)
    if (!range) return
    footer.binary(5, plainInteger(range.largest, physical))
    footer.binary(6, plainInteger(range.least, physical))
  })
}

function plainInteger(value: number, physical: Physical): Uint8Array {
  const sink = new ByteSink(8)
  if (physical === PHYSICAL.int32) sink.uint32(value)
  else sink.int64(value)
  return sink.written()
}

const PHYSICAL_OF: Record<ColumnType, Physical> = {
  utf8: PHYSICAL.byteArray,
  binary: PHYSICAL.byteArray,
  int32: PHYSICAL.int32,
  date: PHYSICAL.int32,
  int64: PHYSICAL.int64,
  hash64: PHYSICAL.int64,
  timestamp_ms: PHYSICAL.int64,
}

function writeSchemaColumn(footer: ThriftWriter, { name, type, nullable }: Column): void {
  footer.i32(1, PHYSICAL_OF[type])
  footer.i32(3, nullable ? REPETITION.optional : REPETITION.required)
  footer.binary(4, name)
  if (type === 'utf8') {
    footer.i32(6, CONVERTED.utf8)
    footer.struct(10, () => footer.struct(LOGICAL.string, () => {}))
  } else if (type === 'date') {
    footer.i32(6, CONVERTED.date)
    footer.struct(10, () => footer.struct(LOGICAL.date, () => {}))
  } else if (type === 'timestamp_ms') {
    footer.i32(6, CONVERTED.timestampMillis)
    footer.struct(10, () =>
      footer.struct(LOGICAL.timestamp, () => {
        footer.bool(1, true)
        footer.struct(2, () => footer.struct(1, () => {}))
      }),
    )
  }
}
