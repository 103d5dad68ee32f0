/** Blocks as Parquet bytes, and back. */
import { Table as ArrowTable, type RecordBatch, type Table, tableFromIPC, tableToIPC } from 'apache-arrow'
import {
  Compression,
  readParquet,
  Table as WasmTable,
  WriterPropertiesBuilder,
  writeParquet,
} from 'parquet-wasm'

export function encodeParquet(batch: RecordBatch): Uint8Array {
  const properties = new WriterPropertiesBuilder().setCompression(Compression.ZSTD).build()
  return writeParquet(WasmTable.fromIPCStream(tableToIPC(new ArrowTable(batch), 'stream')), properties)
}

/** @param columns names of those to read; the others are not decoded */
export function decodeParquet(bytes: Uint8Array, columns: string[]): Table {
  return tableFromIPC(readParquet(bytes, { columns }).intoIPCStream())
}
