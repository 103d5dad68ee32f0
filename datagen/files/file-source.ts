/** A file as a source: one reading for its stores and products, another for its events. */
import { basename } from 'node:path'
import type { Reference, Source, SourceEvent } from '../source.ts'
import { createBaskets, type MappedRow } from './baskets.ts'
import { type Row, rawObject, readRows, WHY } from './csv-rows.ts'
import { faultText, type RowFault } from './faults.ts'

/** What is particular to one kind of file. */
export interface FileMapping<Column extends string, Fault extends RowFault | undefined = undefined> {
  source: string
  path: string
  columns: readonly Column[]
  /** Reads what else belongs to the file, before its rows. */
  prepare?(): Promise<void>
  /** Where the file needs a reader of its own. */
  rows?(): AsyncIterable<Row<Column>>
  /** Takes notice of the stores and products that a row names; called for every row before the first event. */
  survey(cells: Record<Column, string>): void
  /** Takes notice of what will become of a row; called for every row before the first event. */
  inspect?(row: Row<Column>, judgement: Judgement): void
  reference(): Reference
  /** What a person should know before anything is sent. */
  findings?(): string[]
  /** Anything but a line goes to the gate as it is, with what is at fault where that is known. */
  map(cells: Record<Column, string>): MappedRow | Fault
}

export type Judgement = MappedRow | RowFault | undefined

export function isLine(judgement: Judgement): judgement is MappedRow {
  return judgement !== undefined && 'basket' in judgement
}

export interface FileSource extends Source {
  /** Rows of the file, known once reference() has answered. */
  rows(): number
  /** What a person should know before anything is sent; known then too. */
  findings(): string[]
}

export function createFileSource<Column extends string>(
  mapping: FileMapping<Column, RowFault | undefined>,
): FileSource {
  let rows = 0
  let firstAt: number | undefined
  let firstFault: string | undefined
  let surveyed: Promise<Reference> | undefined
  const readFile = () => mapping.rows?.() ?? readRows(mapping.path, mapping.columns)

  function judge(row: Row<Column>): Judgement {
    if (row.record.length !== row.header.length) return row.fault
    return mapping.map(row.cells)
  }

  async function survey(): Promise<Reference> {
    await mapping.prepare?.()
    for await (const row of readFile()) {
      rows++
      mapping.survey(row.cells)
      if (firstAt !== undefined && !mapping.inspect) continue
      const judgement = judge(row)
      if (isLine(judgement)) firstAt ??= judgement.scanned_at
      else firstFault ??= judgement && faultText(row.line ?? 0, judgement)
      mapping.inspect?.(row, judgement)
    }
    if (firstAt === undefined) {
      const what = rows === 0 ? 'it has no rows' : `none of its ${rows} rows could be read`
      const why = firstFault === undefined ? '' : ` The first: ${firstFault}`
      throw new Error(`${mapping.path}: ${what}. Check that it is a file of ${mapping.source}.${why}`)
    }
    return mapping.reference()
  }

  async function* events(): AsyncGenerator<SourceEvent> {
    await reference()
    const baskets = createBaskets()
    let latest = firstAt!
    for await (const row of readFile()) {
      const judgement = judge(row)
      if (!isLine(judgement)) {
        yield unreadable(mapping, latest, row, judgement)
        continue
      }
      latest = judgement.scanned_at
      const { closed } = baskets.add(judgement)
      if (closed) yield closed
    }
    yield* baskets.drain()
  }

  function reference(): Promise<Reference> {
    surveyed ??= survey()
    return surveyed
  }

  return {
    name: mapping.source,
    rows: () => rows,
    findings: () => mapping.findings?.() ?? [],
    reference,
    events,
  }
}

// As for a basket: what the broker takes in one message.
const MAX_BYTES = 880_000
/** The first cells of a row that has more; how many it has is told behind them. */
const MOST_CELLS = 1_000

/** The gate refuses it by its schema, and the dead letter holds the row and why it is no line. */
function unreadable(
  { source, path }: { source: string; path: string },
  at: number,
  row: Row<string>,
  fault: RowFault | undefined,
): SourceEvent {
  const why = fault && { [WHY]: `${basename(path)} ${faultText(row.line ?? 0, fault)}` }
  // A row of so many cells would fit no message, and takes seconds to name them.
  const { header, record } = row
  const cells = rawObject({ header, record: record.slice(0, MOST_CELLS) })
  const rest = record.length > MOST_CELLS && { _cells: String(record.length) }
  let value = Buffer.from(JSON.stringify({ ...why, ...cells, ...rest }))
  // Signs that JSON escapes take six bytes each.
  for (const most of [50_000, 5_000, 500, 50]) {
    if (value.length <= MAX_BYTES) break
    value = Buffer.from(JSON.stringify({ ...why, ...shortened(cells, most), ...rest }))
  }
  return { topic: 'sales-transactions', store_id: source, event_time: at, value, lines: 1 }
}

function shortened(cells: Record<string, string>, most: number): Record<string, string> {
  const entries = Object.entries(cells).map(([name, cell]) => {
    const cut = cell.length > most ? `${cell.slice(0, most)}… (${cell.length} characters)` : cell
    return [name.slice(0, most), cut]
  })
  return Object.fromEntries(entries)
}
