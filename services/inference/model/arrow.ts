/** Arrow tables of numbers, and rows of them. */
import { type Table, tableFromIPC } from 'apache-arrow'

/** @param name of the file, for errors */
export function readArrow(bytes: Uint8Array, name: string): Table {
  try {
    return tableFromIPC(bytes)
  } catch (error) {
    throw new Error(
      `${name} is not an Arrow file that can be read here (${error instanceof Error ? error.message : error}). ` +
        'Write it with pyarrow.ipc.new_file, uncompressed.',
    )
  }
}

/** One column as float32, a missing value as NaN. */
export function floatsOf(table: Table, column: string, name: string): Float32Array {
  const vector = table.getChild(column)
  if (!vector) {
    const names = table.schema.fields.map((field) => field.name).join(', ')
    throw new Error(
      `${name} has no column "${column}"; it has ${names}. Write it from the inputs of the manifest.`,
    )
  }
  if (vector.nullCount === 0) return Float32Array.from(vector.toArray() as ArrayLike<number>)
  return Float32Array.from(vector, (value) => (value === null ? Number.NaN : Number(value)))
}

/** Rows of the columns, one after the other. */
export function matrixOf(table: Table, columns: readonly string[], name: string): Float32Array {
  const width = columns.length
  const matrix = new Float32Array(table.numRows * width)
  for (const [index, column] of columns.entries()) {
    const values = floatsOf(table, column, name)
    for (let row = 0; row < values.length; row++) matrix[row * width + index] = values[row]!
  }
  return matrix
}
