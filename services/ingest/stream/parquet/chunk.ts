/** One column of a block in the file: its dictionary and its pages, compressed where that pays. */
import { constants, zstdCompressSync } from 'node:zlib'
import type { Column } from '@shelfcast/contracts/lake'
import { BinaryColumn, type ColumnData, Hash64Column } from '../columns.ts'
import { TextColumn } from '../text-column.ts'
import { ByteSink } from './byte-sink.ts'
import { CODEC, type Codec, ENCODING, type Encoding, PAGE, PHYSICAL_OF, type Physical } from './format.ts'
import { hashValues, integerValues } from './integers.ts'
import { writeHybrid, writeRun } from './packing.ts'
import { binaryValues, textValues } from './texts.ts'
import { ThriftWriter } from './thrift.ts'
import { type ColumnValues, type Range, Scratch } from './values.ts'

/** At most 512 KiB of integers a page, so that a reader can go through a large block piece by piece. */
const PAGE_ROWS = 65_536
/** Below this, calling the compressor costs more than it saves. */
const COMPRESSED_FROM_BYTES = 4096
/** What compression has to leave of a page at most, to be worth its time here and in every reader. */
const COMPRESSED_TO = 0.8

/** Where a column is in the file, and what it is made of. */
export interface Chunk {
  column: Column
  physical: Physical
  codec: Codec
  encodings: Encoding[]
  /** With the headers of the pages. */
  compressedBytes: number
  uncompressedBytes: number
  dictionaryAt?: number
  dataAt: number
  range?: Range
  nullCount: number
}

/** A page in `ChunkWriter.#pages`. */
interface Page {
  type: (typeof PAGE)[keyof typeof PAGE]
  /** Values, those that are null included; or entries of a dictionary. */
  values: number
  start: number
  end: number
}

// A block is encoded in one go, so all blocks share the memory: as garbage of each block, it would have the collector go
// through the whole heap for every third of them.
/** Pages of the column at hand, as they are before compression. */
const sharedPages = new ByteSink(65_536)
const sharedScratch = new Scratch(PAGE_ROWS)

/** Writes the columns of one block, one after the other. */
export class ChunkWriter {
  readonly #file: ByteSink
  readonly #rows: number
  readonly #scratch = sharedScratch
  readonly #pages = sharedPages

  constructor(file: ByteSink, rows: number) {
    this.#file = file
    this.#rows = rows
  }

  write(column: Column, data: ColumnData): Chunk {
    const values = this.#valuesOf(column, data)
    const { encoding, physical, nullCount, dictionary, range } = values
    if (nullCount > 0 && !column.nullable) throw new Error(missingText(column, nullCount))
    const pages = this.#encode(column, values)
    const { codec, tried } = this.#chooseCodec(pages)
    const start = this.#file.length
    let savedBytes = 0
    let dataAt = start
    for (const page of pages) {
      const body = this.#pages.bytes.subarray(page.start, page.end)
      const stored =
        codec === CODEC.uncompressed ? body : page === tried?.page ? tried.bytes : compressed(body)
      this.#writePage(page, page.type === PAGE.dictionary ? ENCODING.plain : encoding, stored)
      savedBytes += body.length - stored.length
      if (page.type === PAGE.dictionary) dataAt = this.#file.length
    }
    const compressedBytes = this.#file.length - start
    return {
      column,
      physical,
      codec,
      dataAt,
      nullCount,
      compressedBytes,
      encodings: dictionary ? [ENCODING.plain, ENCODING.rle, encoding] : [ENCODING.rle, encoding],
      uncompressedBytes: compressedBytes + savedBytes,
      ...(dictionary && { dictionaryAt: start }),
      ...(range && { range }),
    }
  }

  #valuesOf({ type }: Column, data: ColumnData): ColumnValues {
    if (data instanceof TextColumn) return textValues(data, this.#rows, this.#scratch)
    if (data instanceof BinaryColumn) return binaryValues(data, this.#rows, this.#scratch)
    if (data instanceof Hash64Column) return hashValues(data, this.#rows, this.#scratch)
    return integerValues(data, PHYSICAL_OF[type], this.#rows, this.#scratch)
  }

  #encode(column: Column, values: ColumnValues): Page[] {
    const sink = this.#pages
    const pages: Page[] = []
    sink.clear()
    const { dictionary, nullCount } = values
    if (dictionary) {
      dictionary.write(sink)
      pages.push({ type: PAGE.dictionary, values: dictionary.entries, start: 0, end: sink.length })
    }
    for (let from = 0; from < this.#rows; ) {
      const most = Math.min(from + PAGE_ROWS, this.#rows)
      const to = values.pageEnd?.(from, most) ?? most
      const start = sink.length
      let count = nullCount === 0 ? to - from : 0
      if (nullCount > 0 && nullCount < this.#rows) count = values.levels(from, to)
      if (column.nullable) this.#writeLevels(to - from, count)
      values.write(sink, from, to, count)
      pages.push({ type: PAGE.data, values: to - from, start, end: sink.length })
      from = to
    }
    return pages
  }

  /** Which rows have a value, after the length of that in bytes. */
  #writeLevels(rows: number, count: number): void {
    const sink = this.#pages
    const lengthAt = sink.length
    sink.uint32(0)
    if (count === rows || count === 0) writeRun(sink, count === 0 ? 0 : 1, rows, 1)
    else writeHybrid(sink, this.#scratch.levels, rows, 1)
    sink.uint32At(lengthAt, sink.length - lengthAt - 4)
  }

  /** One codec for all pages of a column, as Parquet has it: chosen by the largest of them. */
  #chooseCodec(pages: readonly Page[]): { codec: Codec; tried?: { page: Page; bytes: Uint8Array } } {
    const page = pages.reduce((a, b) => (b.end - b.start > a.end - a.start ? b : a))
    const size = page.end - page.start
    if (size < COMPRESSED_FROM_BYTES) return { codec: CODEC.uncompressed }
    const bytes = compressed(this.#pages.bytes.subarray(page.start, page.end))
    if (bytes.length > COMPRESSED_TO * size) return { codec: CODEC.uncompressed }
    return { codec: CODEC.zstd, tried: { page, bytes } }
  }

  #writePage({ type, values, start, end }: Page, encoding: Encoding, stored: Uint8Array): void {
    const header = new ThriftWriter(this.#file)
    header.element(() => {
      header.i32(1, type)
      header.i32(2, end - start)
      header.i32(3, stored.length)
      header.struct(type === PAGE.dictionary ? 7 : 5, () => {
        header.i32(1, values)
        header.i32(2, encoding)
        if (type === PAGE.dictionary) return
        header.i32(3, ENCODING.rle)
        header.i32(4, ENCODING.rle)
      })
    })
    this.#file.append(stored)
  }
}

function compressed(page: Uint8Array): Uint8Array {
  return zstdCompressSync(page, { params: { [constants.ZSTD_c_compressionLevel]: 1 } })
}

function missingText({ name }: Column, nullCount: number): string {
  return `Column "${name}" of a block is never null, and ${nullCount} of its rows have no value. Fill them where the row is judged, or declare the column nullable in contracts/lake.ts.`
}
