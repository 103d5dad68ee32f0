/**
 * Histories: years of daily figures that came before the live stream. A history is a set: a folder of Parquet objects with
 * a manifest, which is written last; without one it is not finished.
 */
import { type Static, Type } from 'typebox'
import { Currency } from '../events.ts'
import { line, STRICT } from '../outside.ts'
import { HISTORY_TABLE, HISTORY_TABLES, type HistoryTable } from './history-tables.ts'
import { type DatasetTarget, type SetDataset, sourced } from './layout.ts'

/** Folders and a file, of names that need no escaping: no way out of the set. */
const HISTORY_FILE = '^([A-Za-z0-9][A-Za-z0-9_=-]{0,63}/){0,3}[A-Za-z0-9][A-Za-z0-9_=-]{0,127}\\.parquet$'

const CalendarDate = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' })

export const HistoryObject = Type.Object(
  {
    name: Type.String({
      pattern: HISTORY_FILE,
      description: 'inside the set: sales/year=2024/north-00.parquet',
    }),
    table: Type.Enum([...HISTORY_TABLES]),
    rows: Type.Integer({ minimum: 1 }),
    bytes: Type.Integer({ minimum: 1 }),
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  },
  STRICT,
)
export type HistoryObject = Static<typeof HistoryObject>

/** What a finished dataset holds. Same world, seed and days: same manifest, to the byte. */
export const HistoryManifest = Type.Object(
  {
    dataset: Type.String({ description: 'name of its series' }),
    source: Type.String({ description: 'as in dim_store and dim_product' }),
    world: line(200),
    seed: Type.Integer(),
    from: CalendarDate,
    to: Type.Intersect([CalendarDate], { description: 'included' }),
    currency: Currency,
    objects: Type.Array(HistoryObject),
  },
  STRICT,
)
export type HistoryManifest = Static<typeof HistoryManifest>

/** Days of sales are of a dataset, of which one is in force; everything else says who told it and when. */
export function historyTarget(table: HistoryTable, dataset: (series: string) => string): DatasetTarget {
  if (table !== 'sales') return sourced(HISTORY_TABLE[table])
  return { table: HISTORY_TABLE.sales, columns: ({ series }) => ({ dataset: dataset(series) }) }
}

export const HISTORIES = {
  kind: 'histories',
  arrival: 'set',
  format: 'parquet',
  manifest: HistoryManifest,
  target: (table) => historyTarget(table, (series) => series),
} as const satisfies SetDataset
