/** How a CSV is written: found by looking at its beginning, unless the mapping says it. */
import { parse } from 'csv-parse/sync'
import { encodingNamed, probeText, type TextFile } from './encodings.ts'

/** What a mapping may say of it; the rest is detected. */
export interface DialectChoice {
  encoding?: string | undefined
  delimiter?: string | undefined
  /** `none`: quotes are text. */
  quote?: string | undefined
  /** The line of the file that names the columns; what is above it is skipped. */
  headerLine?: number | undefined
}

export interface Dialect {
  file: TextFile
  delimiter: string
  quote: string | null
  headerLine: number
  lineEnds: string[]
}

const DELIMITERS = [',', ';', '\t', '|']
/** A header that is further down is no header. */
const HEADER_WITHIN = 30
const SAMPLE_RECORDS = 60
const SAMPLE_CHARACTERS = 1 << 16

/** @param columns that the header must name; empty where nothing is known of them */
export async function findDialect(
  path: string,
  choice: DialectChoice,
  columns: readonly string[],
): Promise<Dialect> {
  const encoding = choice.encoding === undefined ? undefined : encodingNamed(choice.encoding)
  if (choice.encoding !== undefined && encoding === undefined) {
    throw new Error(
      `There is no encoding "${choice.encoding}" to read. Use utf-8, utf-16le, windows-1252 (latin-1), iso-8859-15, ` +
        'windows-1250, windows-1251, shift_jis, gb18030 or another of the WHATWG list; turn others into UTF-8 with iconv.',
    )
  }
  const file = await probeText(path, encoding)
  // Lone carriage returns end lines only where nothing else does.
  const lineEnds = file.head.includes('\n') || !file.head.includes('\r') ? ['\r\n', '\n'] : ['\r']
  const quote = choice.quote === 'none' ? null : (choice.quote ?? '"')
  const separator = /^sep=(.)\r?\n/i.exec(file.head)
  const delimiter = choice.delimiter ?? separator?.[1] ?? findDelimiter(file.head, quote, lineEnds, columns)
  const headerLine =
    choice.headerLine ?? (separator ? 2 : firstLine(file.head, columns, { delimiter, quote, lineEnds }))
  return { file, delimiter, quote, headerLine, lineEnds }
}

/** `read as windows-1252 (by its bytes), delimiter ";", header on line 4` */
export function dialectText({ file, delimiter, headerLine }: Dialect): string {
  const by = {
    mark: 'by its byte order mark',
    bytes: 'by its bytes',
    guess: 'a guess by its bytes: look at the names, and give file.encoding where they are wrong',
    mapping: 'as the mapping says',
  }[file.by]
  const separator = delimiter === '\t' ? 'tab' : `"${delimiter}"`
  return `read as ${file.encoding} (${by}), delimiter ${separator}${headerLine > 1 ? `, header on line ${headerLine}` : ''}`
}

/** Names of columns are compared without regard to what a person cannot see. */
export function columnName(text: string): string {
  return text.replaceAll('\uFEFF', '').normalize('NFC').replace(/\s+/gu, ' ').trim()
}

/** Line ends inside cells are lines of the file too. */
export function lineEndsIn(record: readonly string[]): number {
  return record.reduce((sum, cell) => sum + (cell.match(/\r\n|\n|\r/g)?.length ?? 0), 0)
}

export interface SampleRecord {
  /** On which line of the file it begins. */
  line: number
  record: string[]
}

/** The first records, for those who guess. */
export function sampleRecords(
  head: string,
  { delimiter, quote, lineEnds }: Pick<Dialect, 'delimiter' | 'quote' | 'lineEnds'>,
  fromLine = 1,
): SampleRecord[] {
  const text = head.slice(0, SAMPLE_CHARACTERS)
  const whole = text.length < SAMPLE_CHARACTERS ? text : text.slice(0, text.lastIndexOf('\n') + 1) || text
  const read = (mark: string | null) => {
    const records = parse(whole, {
      delimiter,
      quote: mark,
      record_delimiter: lineEnds,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      info: true,
      from_line: fromLine,
      to: SAMPLE_RECORDS,
    }) as unknown as { record: string[]; info: { lines: number } }[]
    return records.map(({ record, info }) => ({ record, line: info.lines - lineEndsIn(record) }))
  }
  try {
    return read(quote)
  } catch {
    return read(null)
  }
}

function findDelimiter(
  head: string,
  quote: string | null,
  lineEnds: string[],
  columns: readonly string[],
): string {
  let best = { delimiter: ',', score: -1 }
  for (const delimiter of DELIMITERS) {
    const records = sampleRecords(head, { delimiter, quote, lineEnds })
    const score = scoreOf(records, columns)
    if (score > best.score) best = { delimiter, score }
  }
  return best.delimiter
}

/** The names that the mapping wants decide; else it is the sign that cuts all lines into the same number of cells. */
function scoreOf(records: SampleRecord[], columns: readonly string[]): number {
  const names = Math.max(0, ...records.slice(0, HEADER_WITHIN).map(({ record }) => namedIn(record, columns)))
  const widths = new Map<number, number>()
  for (const { record } of records) {
    const width = record.findLastIndex((cell) => cell !== '') + 1
    if (record.length > 1) widths.set(width, (widths.get(width) ?? 0) + 1)
  }
  const [width = 0, lines = 0] =
    [...widths].sort(([a, linesA], [b, linesB]) => linesB - linesA || b - a)[0] ?? []
  const header = records[0]?.record.length ?? 0
  const agreeing = records.length === 0 ? 0 : lines / records.length
  return names * 1000 + agreeing * (header > 1 ? 10 : 1) + Math.min(width, 50) / 10
}

function namedIn(record: readonly string[], columns: readonly string[]): number {
  const names = new Set(record.map((name) => columnName(name).toLowerCase()))
  return columns.filter((column) => names.has(columnName(column).toLowerCase())).length
}

/** Most files begin with the header. Where lines stand above it, the one that names every column of the mapping is it. */
function firstLine(
  head: string,
  columns: readonly string[],
  dialect: Pick<Dialect, 'delimiter' | 'quote' | 'lineEnds'>,
): number {
  if (columns.length === 0) return 1
  const records = sampleRecords(head, dialect).slice(0, HEADER_WITHIN)
  const expected = new Set(columns.map((column) => columnName(column).toLowerCase()))
  const header = records.find(({ record }) => namedIn(record, columns) >= expected.size)
  return header && header !== records[0] ? header.line : 1
}
