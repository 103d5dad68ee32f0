/** Rows of a CSV as people have them: any encoding and delimiter, lines above the header, headers in between. */
import { CsvError, type Options, parse } from 'csv-parse'
import { columnName, type Dialect, lineEndsIn } from './csv-dialect.ts'
import { RECORD_BYTES, type Row } from './csv-rows.ts'
import { readable, readText } from './encodings.ts'
import { showCell } from './faults.ts'

/** What was passed over, as it held no sale. */
export interface PassedOver {
  repeatedHeaders: number
  blankRows: number
  /** Rows that stand on more than one line: often a quote that was never closed. */
  longRows: { count: number; firstLine: number }
}

export const nothingPassedOver = (): PassedOver => ({
  repeatedHeaders: 0,
  blankRows: 0,
  longRows: { count: 0, firstLine: 0 },
})

/** Each row that is refused names them all. */
const MOST_COLUMNS = 1_000

interface NumberedRecord {
  record: string[]
  /** Line of the file on which it ends. */
  end: number
}

/**
 * Rows in the order of the file, each with its line. Rows of another width than the header come with a fault.
 * @throws where it lacks a column, or is no CSV: each with what to do
 */
export async function* readTable<Column extends string>(
  dialect: Dialect,
  columns: readonly Column[],
  passed: PassedOver = nothingPassedOver(),
): AsyncGenerator<Row<Column> & { line: number }> {
  const { path } = dialect.file
  let reachedLine = dialect.headerLine - 1
  const options: Options<NumberedRecord, string[]> = {
    delimiter: dialect.delimiter,
    quote: dialect.quote,
    record_delimiter: dialect.lineEnds,
    from_line: dialect.headerLine,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: RECORD_BYTES,
    on_record(record: string[], { lines }) {
      reachedLine = lines
      return { record, end: lines }
    },
  }
  // The types of the library take a changed record only where columns are given.
  const parser = parse(options as unknown as Options)
  let header: readonly string[] | undefined
  let positions: [Column, number][] = []
  let previousEnd = 0
  try {
    for await (const { record, end } of readText(
      dialect.file,
      parser,
    ) as unknown as AsyncIterable<NumberedRecord>) {
      if (!header) {
        header = headerOf(record)
        if (header.length > MOST_COLUMNS) {
          throw new Error(
            `${path} line ${end}: the header has ${header.length.toLocaleString('en')} columns. A file of sales lines has ` +
              'up to a hundred: give its delimiter and the line of the header in the mapping (file).',
          )
        }
        positions = locate(path, end - lineEndsIn(record), header, columns)
        previousEnd = end
        continue
      }
      if (record.every((cell) => cell.trim() === '')) {
        passed.blankRows++
        continue
      }
      if (isHeader(record, header)) {
        passed.repeatedHeaders++
        continue
      }
      const line = beginOf(record, previousEnd, end)
      if (line < end) {
        if (passed.longRows.count++ === 0) passed.longRows.firstLine = line
      }
      previousEnd = end
      while (record.length > header.length && record.at(-1)!.trim() === '') record.pop()
      // A column may be named like a property that every object has.
      const cells = Object.create(null) as Record<Column, string>
      for (const [name, position] of positions) cells[name] = record[position] ?? ''
      yield {
        cells,
        record,
        header,
        line,
        ...(record.length !== header.length && { fault: widthFault(record, header) }),
      }
    }
  } catch (error) {
    if (error instanceof CsvError) throw csvFault(path, error, reachedLine + 1)
    throw readable(path, error)
  }
  if (!header) throw new Error(`${path}: the file is empty. The first line must name the columns.`)
}

function headerOf(record: readonly string[]): string[] {
  const header = record.map(columnName)
  while (header.length > 1 && header.at(-1) === '') header.pop()
  return header
}

function isHeader(record: readonly string[], header: readonly string[]): boolean {
  if (record.length < header.length || columnName(record[0]!) !== header[0]) return false
  return record.every((cell, index) => columnName(cell) === (header[index] ?? ''))
}

function beginOf(record: readonly string[], previousEnd: number, end: number): number {
  return end - previousEnd <= 1 ? end : Math.max(previousEnd + 1, end - lineEndsIn(record))
}

function widthFault(record: readonly string[], header: readonly string[]) {
  return {
    fault: `it has ${record.length.toLocaleString('en')} ${record.length === 1 ? 'cell' : 'cells'}, and the header has ${header.length}`,
    fix:
      record.length > header.length
        ? 'Put cells that hold the delimiter or a decimal comma in quotes'
        : 'Complete the row; a quote that is never closed also swallows cells',
  }
}

function csvFault(path: string, error: CsvError, line: number): Error {
  if (error.code === 'CSV_MAX_RECORD_SIZE') {
    return new Error(
      `${path}: the row that begins on line ${line} is longer than ${RECORD_BYTES.toLocaleString('en')} bytes. If a quote ` +
        'opens there and is never closed, close or double it, or give file: { quote: none } in the mapping.',
    )
  }
  if (error.code === 'CSV_QUOTE_NOT_CLOSED') {
    return new Error(
      `${path}: a quote is opened in the row that begins on line ${line}, and never closed. Close or double it, or ` +
        'give file: { quote: none } in the mapping.',
    )
  }
  return new Error(`${path}: ${error.message}. Correct that line of the file.`)
}

/** The exact name first; one of another case where there is no exact one. */
function locate<Column extends string>(
  path: string,
  line: number,
  header: readonly string[],
  columns: readonly Column[],
): [Column, number][] {
  const placesOf = (name: string, alike: (text: string) => string) =>
    [...header.keys()].filter((place) => alike(header[place]!) === alike(columnName(name)))
  const missing: string[] = []
  const positions = columns.map((name): [Column, number] => {
    const exact = placesOf(name, (text) => text)
    const places = exact.length > 0 ? exact : placesOf(name, (text) => text.toLowerCase())
    if (places.length > 1) {
      throw new Error(
        `${path} line ${line}: the column "${showCell(name)}" stands ${places.length} times: columns ` +
          `${places.map((place) => place + 1).join(' and ')}. Rename all but one in the file.`,
      )
    }
    if (places.length === 0) missing.push(name)
    return [name, places[0] ?? -1]
  })
  if (missing.length > 0) {
    throw new Error(
      `${path} line ${line}: no column ${missing.map((name) => `"${showCell(name)}"`).join(', ')}. The line has ` +
        `${header.slice(0, 50).map(showCell).join(', ')}. Give the file that this mapping is for, or correct the mapping; ` +
        'file.header_line and file.delimiter say where the header is and how it is cut.',
    )
  }
  return positions
}
