/** What a column hands to the writer: its values in one of Parquet's encodings, page by page. */
import type { ByteSink } from './byte-sink.ts'
import type { Encoding, Physical } from './format.ts'

/** Smallest and largest value. */
export interface Range {
  least: number
  largest: number
}

export interface ColumnValues {
  physical: Physical
  encoding: Encoding
  /** Rows without a value. */
  nullCount: number
  /** Of integers, when there are any. */
  range?: Range
  /** Entries in the encoding PLAIN, which the pages then number. */
  dictionary?: { entries: number; write(sink: ByteSink): void }
  /**
   * Says in `scratch.levels` which of these rows have a value. Called only where some have one and some have none.
   * @returns how many have one
   */
  levels(from: number, to: number): number
  /** Where a page that begins at `from` has to end because of its bytes. */
  pageEnd?(from: number, most: number): number
  /** Writes the values of these rows; those without one take no room. @param count how many have one */
  write(sink: ByteSink, from: number, to: number, count: number): void
}

/** Room for the rows of one page. */
export class Scratch {
  /** 1 where the row has a value, 0 where it has none. */
  readonly levels: Int32Array
  readonly values: Int32Array

  constructor(rows: number) {
    this.levels = new Int32Array(rows)
    this.values = new Int32Array(rows)
  }
}
