/** Which history is in force: what a source told last. It is loaded after the history that it names. */
import { type Static, Type } from 'typebox'
import { STRICT } from '../outside.ts'
import type { RowDataset } from './layout.ts'

export const HistoryChoice = Type.Object(
  {
    dataset: Type.String({
      pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$',
      description: 'series of the history',
    }),
  },
  STRICT,
)
export type HistoryChoice = Static<typeof HistoryChoice>

export const HISTORY_CHOICE = {
  kind: 'history-choice',
  arrival: 'snapshot',
  format: 'json',
  schema: HistoryChoice,
  target: {
    table: 'history_datasets',
    columns: ({ source }, writtenAt) => ({ source, chosen_at: writtenAt }),
  },
} as const satisfies RowDataset
