/** Jumps: sales of days that a source went over without a message. They add to the history of the same series. */
import { historyTarget } from './histories.ts'
import type { TableDataset } from './layout.ts'

export const JUMPS = {
  kind: 'jumps',
  arrival: 'series',
  format: 'parquet',
  tableOf: () => 'sales',
  target: (table) => historyTarget(table, (series) => `${series}/jumps`),
} as const satisfies TableDataset
