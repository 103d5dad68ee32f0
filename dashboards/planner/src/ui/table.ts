/** What a table shows, as data: Table.svelte draws it. */
import type { Snippet } from 'svelte'
import type { ClassValue } from 'svelte/elements'

interface ColumnLook<Row> {
  id: string
  title: string
  /** The title is for those who hear the page. */
  isTitleHidden?: boolean
  /** What a short title means. */
  hint?: string
  /** Its cells name their rows. */
  isRowHeader?: boolean
  /** To the right, in figures of one width. */
  isNumber?: boolean
  /** Of the header and of the cells: where it is hidden, how wide it is. */
  class?: string
  cellClass?: ClassValue | ((row: Row) => ClassValue)
  /** What the rows can be sorted by; those without a value come last. */
  value?: (row: Row) => string | number | null
}

export type Column<Row> = ColumnLook<Row> &
  ({ text: (row: Row) => string; cell?: undefined } | { cell: Snippet<[Row]>; text?: undefined })

export interface Order {
  /** Of the column. */
  id: string
  desc: boolean
}
