/** Rows of a CSV file, gzipped or plain, read as a stream. */
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { CsvError, parse } from 'csv-parse'
import { bytesOf, checkFile, isGzip, readable } from './encodings.ts'
import type { RowFault } from './faults.ts'

// A row travels to the gate as one message when it cannot be mapped; beyond this it would not fit.
export const RECORD_BYTES = 500_000

export interface Row<Column extends string> {
  /** Cells of the columns that were asked for; '' where the row is too short. */
  cells: Record<Column, string>
  /** Every cell as found. */
  record: string[]
  header: readonly string[]
  /** On which line of the file it begins, where the reader counts them. */
  line?: number
  /** What is wrong with it as a whole. */
  fault?: RowFault
}

/**
 * Rows in the order of the file. Rows with too few or too many cells come too.
 * @throws where the file is missing, lacks a column, or is no CSV: each with what to do
 */
export async function* readRows<Column extends string>(
  path: string,
  columns: readonly Column[],
): AsyncGenerator<Row<Column>> {
  checkFile(path)
  const file = bytesOf(path)
  const parser = parse({
    bom: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: RECORD_BYTES,
  })
  // Errors of all three surface in the iteration below, which destroys the pipeline when it ends early.
  const rows = (await isGzip(path))
    ? pipeline(file, createGunzip(), parser, () => {})
    : pipeline(file, parser, () => {})

  let header: readonly string[] | undefined
  let positions: [Column, number][] = []
  try {
    for await (const record of rows as AsyncIterable<string[]>) {
      if (!header) {
        header = record.map((name) => name.trim())
        positions = locate(path, header, columns)
        continue
      }
      const cells = {} as Record<Column, string>
      for (const [name, position] of positions) cells[name] = record[position] ?? ''
      yield { cells, record, header }
    }
  } catch (error) {
    if (error instanceof CsvError)
      throw new Error(`${path}: ${error.message}. Correct that line of the file.`)
    throw readable(path, error)
  }
  if (!header) throw new Error(`${path}: the file is empty. The first line must name the columns.`)
}

/** Before the cells of a row that could not be mapped: line, column, cell, what is wrong, what to do. */
export const WHY = '_refused'

/** The row as the gate sees it when it could not be mapped: its cells by column, as found. */
export function rawObject({
  header,
  record,
}: Pick<Row<string>, 'header' | 'record'>): Record<string, string> {
  const names = distinct(header)
  for (let index = header.length; index < record.length; index++) names.push(`column_${index + 1}`)
  return Object.fromEntries(names.map((name, index) => [name, record[index] ?? '']))
}

const distinctNames = new WeakMap<readonly string[], string[]>()

/** Columns of one name would overwrite each other, and one of this name what is said of the row. */
function distinct(header: readonly string[]): string[] {
  let names = distinctNames.get(header)
  if (!names) {
    const uniqueNames = new Set<string>([WHY])
    names = header.map((name, index) => {
      let unique = name
      while (uniqueNames.has(unique)) unique = `${unique} (column ${index + 1})`
      uniqueNames.add(unique)
      return unique
    })
    distinctNames.set(header, names)
  }
  return [...names]
}

function locate<Column extends string>(
  path: string,
  header: readonly string[],
  columns: readonly Column[],
): [Column, number][] {
  const missing = columns.filter((name) => !header.includes(name))
  if (missing.length > 0) {
    throw new Error(
      `${path}: no column ${missing.map((name) => `"${name}"`).join(', ')}. The file has ${header.join(', ')}. ` +
        'Give the file that this mapping is for, or correct the mapping.',
    )
  }
  return columns.map((name) => [name, header.indexOf(name)])
}
