/** A file as a source: one reading for its stores and products, another for its events. */
import type { Reference, Source, SourceEvent } from '../source.ts'
import { createBaskets, type MappedRow } from './baskets.ts'
import { rawObject, readRows } from './csv-rows.ts'

/** What is particular to one kind of file. */
export interface FileMapping<Column extends string> {
  source: string
  path: string
  columns: readonly Column[]
  /** Reads what else belongs to the file, before its rows. */
  prepare?(): Promise<void>
  /** Takes notice of the stores and products that a row names; called for every row before the first event. */
  survey(cells: Record<Column, string>): void
  reference(): Reference
  /** @returns undefined where the row cannot be made into a line: it then goes to the gate as it is */
  map(cells: Record<Column, string>): MappedRow | undefined
}

export interface FileSource extends Source {
  /** Rows of the file, known once reference() has answered. */
  rows(): number
}

export function createFileSource<Column extends string>(mapping: FileMapping<Column>): FileSource {
  let rows = 0
  let firstAt: number | undefined
  let surveyed: Promise<Reference> | undefined

  async function survey(): Promise<Reference> {
    await mapping.prepare?.()
    for await (const { cells } of readRows(mapping.path, mapping.columns)) {
      rows++
      firstAt ??= mapping.map(cells)?.scanned_at
      mapping.survey(cells)
    }
    if (firstAt === undefined) {
      const found = rows === 0 ? 'it has no rows' : `none of its ${rows} rows could be read`
      throw new Error(`${mapping.path}: ${found}. Check that it is a file of ${mapping.source}.`)
    }
    return mapping.reference()
  }

  async function* events(): AsyncGenerator<SourceEvent> {
    await reference()
    const baskets = createBaskets()
    let latest = firstAt!
    for await (const row of readRows(mapping.path, mapping.columns)) {
      const mapped = row.record.length === row.header.length ? mapping.map(row.cells) : undefined
      if (!mapped) {
        yield unreadable(mapping.source, latest, row)
        continue
      }
      latest = mapped.scanned_at
      const closed = baskets.add(mapped)
      if (closed) yield closed
    }
    yield* baskets.drain()
  }

  function reference(): Promise<Reference> {
    surveyed ??= survey()
    return surveyed
  }

  return { name: mapping.source, rows: () => rows, reference, events }
}

/** The gate refuses it by its schema, and the dead letter holds the row. */
function unreadable(
  source: string,
  at: number,
  row: { header: readonly string[]; record: string[] },
): SourceEvent {
  return {
    topic: 'sales-transactions',
    store_id: source,
    event_time: at,
    value: Buffer.from(JSON.stringify(rawObject(row))),
    lines: 1,
  }
}
