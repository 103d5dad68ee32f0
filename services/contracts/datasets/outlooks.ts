/** Outlooks: what is known of the days to come beside a live stream, told as days end: a series that follows a history. */

import { historyTarget } from './histories.ts'
import { HISTORY_TABLES, type HistoryTable } from './history-tables.ts'
import type { TableDataset } from './layout.ts'

/** Tables in the order in which they are told of a span: the last one says that the span is told in full. */
const ORDER: readonly HistoryTable[] = ['calendar', 'prices', 'promotions', 'weather', 'forecasts']

/** @param days first and last, as 2026-01-31 */
export function outlookFile(days: { from: string; to: string }, table: HistoryTable): string {
  return `${days.from}_${days.to}_${ORDER.indexOf(table)}-${table}.parquet`
}

/** Of a file: its table, and the days that it tells. */
export function parseOutlookFile(
  file: string,
): { table: HistoryTable; from: string; to: string } | undefined {
  const match = /^(\d{4}-\d\d-\d\d)_(\d{4}-\d\d-\d\d)_\d-(\w+)\.parquet$/.exec(file)
  const table = HISTORY_TABLES.find((each) => each === match?.[3])
  return table && { table, from: match![1]!, to: match![2]! }
}

export const OUTLOOKS = {
  kind: 'outlooks',
  arrival: 'series',
  format: 'parquet',
  tableOf: (file) => {
    const table = parseOutlookFile(file)?.table
    return table === 'sales' ? undefined : table
  },
  target: (table) => historyTarget(table, (series) => series),
} as const satisfies TableDataset
