/** Blocks read back: some of their columns, and what their footer says. */
import { type Table, tableFromIPC } from 'apache-arrow'
import { ParquetFile, readSchema } from 'parquet-wasm'

/**
 * Reads some columns; the others are not decoded.
 * @throws when the bytes are not Parquet, or the block has no column of a name
 */
export async function readColumns(bytes: Uint8Array, names: readonly string[]): Promise<Table> {
  // The reader of whole files (`readParquet`) decodes all columns, whatever it is asked for.
  const file = await ParquetFile.fromFile(new Blob([bytes as Uint8Array<ArrayBuffer>]))
  try {
    const table = tableFromIPC((await file.read({ columns: [...names] })).intoIPCStream())
    const missing = names.find((name) => !table.schema.names.includes(name))
    if (missing !== undefined) throw new Error(`The block has no column "${missing}"`)
    return table
  } finally {
    file.free()
  }
}

/** Key-value pairs of the footer. */
export function readMetadata(bytes: Uint8Array): Record<string, string> {
  const schema = readSchema(bytes)
  try {
    return Object.fromEntries(schema.metadata())
  } finally {
    schema.free()
  }
}
