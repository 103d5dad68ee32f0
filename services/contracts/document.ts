/** What readers and writers in other languages must agree on with this platform, as one JSON document. */
import { DATASETS_PREFIX, snapshotName } from './datasets/layout.ts'
import { PRODUCTS } from './datasets/products.ts'
import { STORES } from './datasets/stores.ts'
import { ID_FIELD, ID_HASH_SEEDS, ID_SEPARATOR } from './identity.ts'
import {
  BLOCK_COLUMNS,
  BLOCK_METADATA,
  blockName,
  type Chain,
  CLOCKS_KEY,
  COLUMN_OF,
  chainPrefix,
  epochName,
  NOT_KEPT,
  positionText,
} from './lake.ts'
import { LIMITS, REFUSALS } from './refusals.ts'
import retention from './retention.json' with { type: 'json' }
import { EVENT_SCHEMAS, EVENT_TOPICS, HEADERS, SCHEMA_VERSION } from './topics.ts'

const CHAINS: readonly Chain[] = [
  { topic: 'sales-transactions', epoch: 0, partition: 3 },
  { topic: 'pos-events', epoch: 2, partition: 11 },
]
const OFFSET = 120_000n
const LINE = 4

export function contractDocument(): object {
  return {
    topics: Object.fromEntries(
      EVENT_TOPICS.map((topic) => [
        topic,
        {
          schema_version: SCHEMA_VERSION[topic],
          id_field: ID_FIELD[topic],
          schema: EVENT_SCHEMAS[topic],
          columns: BLOCK_COLUMNS[topic],
        },
      ]),
    ),
    headers: HEADERS,
    column_of: COLUMN_OF,
    not_kept: NOT_KEPT,
    refusals: Object.keys(REFUSALS),
    limits: LIMITS,
    identity: { seeds: ID_HASH_SEEDS, separator: ID_SEPARATOR },
    block: { metadata: BLOCK_METADATA, clocks_key: CLOCKS_KEY },
    reference: {
      prefix: DATASETS_PREFIX,
      file: 'snapshot.ndjson',
      kinds: { [STORES.kind]: STORES.schema, [PRODUCTS.kind]: PRODUCTS.schema },
    },
    retention: {
      curated_snapshot_days: retention.curated_snapshots.days,
      covered_tag: retention.lake.blocks.tag,
    },
    // Functions cannot be written down: who writes them anew is held to what these give.
    examples: {
      chains: CHAINS.map((chain) => ({
        ...chain,
        offset: Number(OFFSET),
        line: LINE,
        prefix: chainPrefix(chain),
        block_name: blockName(chain, OFFSET),
        position: positionText({ ...chain, offset: OFFSET, line: LINE }),
        epoch_name: epochName(chain.topic, chain.epoch),
      })),
      reference_name: { source: 'twin', kind: STORES.kind, name: snapshotName(STORES, 'twin') },
    },
  }
}
