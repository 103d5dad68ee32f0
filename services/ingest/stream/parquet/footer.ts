/** The footer of a Parquet file: its schema, where each column is, and the key-value pairs of its writer. */
import type { Column } from '@shelfcast/contracts/lake'
import { ByteSink } from './byte-sink.ts'
import type { Chunk } from './chunk.ts'
import { CONVERTED, LOGICAL, PHYSICAL, PHYSICAL_OF, type Physical, REPETITION } from './format.ts'
import { ThriftWriter } from './thrift.ts'

const FORMAT_VERSION = 2

/** @param chunks one for each column, or none when there are no rows */
export function writeFooter(
  file: ByteSink,
  columns: readonly Column[],
  rows: number,
  chunks: readonly Chunk[],
  metadata: Record<string, string>,
): void {
  const footer = new ThriftWriter(file)
  footer.element(() => {
    footer.i32(1, FORMAT_VERSION)
    footer.structs(2, [undefined, ...columns], (column) => {
      if (column) writeColumn(footer, column)
      else {
        footer.binary(4, 'block')
        footer.i32(5, columns.length)
      }
    })
    footer.i64(3, rows)
    footer.structs(4, chunks.length > 0 ? [chunks] : [], () => {
      footer.structs(1, chunks, (chunk) => {
        footer.i64(2, 0)
        footer.struct(3, () => writeChunk(footer, chunk, rows))
      })
      footer.i64(
        2,
        sum(chunks, ({ uncompressedBytes }) => uncompressedBytes),
      )
      footer.i64(3, rows)
      footer.i64(
        6,
        sum(chunks, ({ compressedBytes }) => compressedBytes),
      )
    })
    footer.structs(5, Object.entries(metadata), ([key, value]) => {
      footer.binary(1, key)
      footer.binary(2, value)
    })
    footer.binary(6, 'shelfcast')
    // Columns are ordered as their types are. Where it is not said, readers do not believe the ranges.
    footer.structs(7, columns, () => footer.struct(1, () => {}))
  })
}

function writeColumn(footer: ThriftWriter, { name, type, nullable }: Column): void {
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
        // In UTC, and in the first of the units: milliseconds.
        footer.bool(1, true)
        footer.struct(2, () => footer.struct(1, () => {}))
      }),
    )
  }
}

function writeChunk(footer: ThriftWriter, chunk: Chunk, rows: number): void {
  const { column, physical, range } = chunk
  footer.i32(1, physical)
  footer.i32s(2, chunk.encodings)
  footer.binaries(3, [column.name])
  footer.i32(4, chunk.codec)
  footer.i64(5, rows)
  footer.i64(6, chunk.uncompressedBytes)
  footer.i64(7, chunk.compressedBytes)
  footer.i64(9, chunk.dataAt)
  if (chunk.dictionaryAt !== undefined) footer.i64(11, chunk.dictionaryAt)
  footer.struct(12, () => {
    footer.i64(3, chunk.nullCount)
    if (!range) return
    footer.binary(5, plain(range.largest, physical))
    footer.binary(6, plain(range.least, physical))
  })
}

function plain(value: number, physical: Physical): Uint8Array {
  const sink = new ByteSink(8)
  if (physical === PHYSICAL.int32) sink.uint32(value)
  else sink.int64(value)
  return sink.written()
}

function sum<T>(items: readonly T[], size: (item: T) => number): number {
  return items.reduce((total, item) => total + size(item), 0)
}
