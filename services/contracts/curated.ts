/** The curated zone: the lake's rows as Iceberg tables, kept by spark-jobs/compact_lake.py. */
import { type Static, Type } from 'typebox'
import type { EventTopic } from './topics.ts'

/** Object of the raw zone that says which snapshots of the tables belong together; written after each commit. */
export const CURATED_STATE = 'curated/state.json'

/** Table that holds the accepted rows of a topic. */
export const CURATED_FACTS: Record<EventTopic, string> = {
  'sales-transactions': 'sales',
  'inventory-updates': 'inventory',
  'pos-events': 'pos_events',
}
/** Refused rows of all topics. */
export const CURATED_REFUSED = 'refused'
/** One row for each block that the tables hold: what the ledger says of it. */
export const CURATED_BLOCKS = 'blocks'
export const CURATED_TABLES = [...Object.values(CURATED_FACTS), CURATED_REFUSED, CURATED_BLOCKS] as const

const Coverage = Type.Record(
  Type.String({ description: 'folder of a chain' }),
  Type.Tuple([Type.Integer({ minimum: 0 }), Type.Integer({ minimum: 0 })], {
    description: 'first offset, and the one after the last',
  }),
)

/** All tables at these snapshots hold the rows of the same blocks: those that `covers` names, and no others. */
export const CuratedState = Type.Object({
  written_at: Type.String({ description: 'UTC' }),
  tables: Type.Record(
    Type.String(),
    Type.Object({
      metadata: Type.String({ description: 'where the metadata file is, as s3://BUCKET/NAME' }),
      snapshot_id: Type.String({ description: 'Int64 in decimal' }),
      merged: Type.Boolean({ description: 'whether small files were looked for' }),
    }),
  ),
  covers: Coverage,
  /** Blocks up to here have the tag that lets them expire. */
  tagged: Coverage,
  cleaned_at: Type.Integer({ description: 'when files of killed runs were looked for, ms since 1970' }),
})
export type CuratedState = Static<typeof CuratedState>
