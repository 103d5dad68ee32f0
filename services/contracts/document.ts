/**
 * What the Python rooms must agree on with this platform, as a JSON document in the package of each, so that an image or
 * an installed package carries what it was made with. `npm run document -w @shelfcast/contracts` writes them.
 */
import { BACKGROUND_SETTINGS } from './background.ts'
import { CURATED_BLOCKS, CURATED_FACTS, CURATED_REFUSED, CURATED_STATE } from './curated.ts'
import { DATASETS_PREFIX, snapshotName } from './datasets/layout.ts'
import { PRODUCTS } from './datasets/products.ts'
import { STORES } from './datasets/stores.ts'
import { ANOMALY_HEADS, HELD_OUT_METRICS, LEAD_TIME_HEAD, SLOW_MOVER_HEAD } from './detection.ts'
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
  OFFSET_DIGITS,
  positionText,
} from './lake.ts'
import { FEATURE_HASH_DIGITS, MODEL_MANIFEST_NAME, MODELS, ModelManifest, OTHER_MODELS } from './manifest.ts'
import { WAIT_S } from './patience.ts'
import { LIMITS, REFUSALS } from './refusals.ts'
import retention from './retention.json' with { type: 'json' }
import { SPARK_JOBS_PREFIX } from './spark-jobs.ts'
import { EVENT_SCHEMAS, EVENT_TOPICS, HEADERS, SCHEMA_VERSION } from './topics.ts'
import {
  BASELINES,
  HORIZONS,
  LAST_RESORT,
  PARITY,
  QUANTILES,
  REASONS,
  STEP_DAYS,
  TRAINING,
  TRAINING_ORIGINS,
  TrainingStep,
} from './training.ts'
import { DATABASE, FEATURE_TABLE_PREFIX, LEDGER_TABLE } from './warehouse.ts'

const CHAINS: readonly Chain[] = [
  { topic: 'sales-transactions', epoch: 0, partition: 3 },
  { topic: 'pos-events', epoch: 2, partition: 11 },
]
const OFFSET = 120_000n
const LINE = 4

/** By file, from the root of the repository. */
export function contractDocuments(): Record<string, object> {
  return {
    'models/shelfcast_models/contract.json': modelsContract(),
    'spark-jobs/shelfcast_spark/contract.json': sparkContract(),
  }
}

function modelsContract(): object {
  return {
    models: MODELS,
    other_models: OTHER_MODELS,
    horizons: HORIZONS,
    step_days: STEP_DAYS,
    training: TRAINING,
    training_origins: TRAINING_ORIGINS,
    quantiles: QUANTILES,
    baselines: BASELINES,
    last_resort: LAST_RESORT,
    parity: PARITY,
    reasons: REASONS,
    anomaly_heads: ANOMALY_HEADS,
    slow_mover_head: SLOW_MOVER_HEAD,
    lead_time_head: LEAD_TIME_HEAD,
    held_out_metrics: HELD_OUT_METRICS,
    wait_s: WAIT_S,
    database: DATABASE,
    background_settings: BACKGROUND_SETTINGS,
    feature_table_prefix: FEATURE_TABLE_PREFIX,
    feature_hash_digits: FEATURE_HASH_DIGITS,
    manifest: { name: MODEL_MANIFEST_NAME, schema: ModelManifest },
    progress: TrainingStep,
  }
}

function sparkContract(): object {
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
    block: { metadata: BLOCK_METADATA, clocks_key: CLOCKS_KEY, offset_digits: OFFSET_DIGITS },
    reference: {
      prefix: DATASETS_PREFIX,
      file: 'snapshot.ndjson',
      kinds: { [STORES.kind]: STORES.schema, [PRODUCTS.kind]: PRODUCTS.schema },
    },
    covered_tag: retention.lake.blocks.tag,
    curated: {
      state: CURATED_STATE,
      facts: CURATED_FACTS,
      refused: CURATED_REFUSED,
      blocks: CURATED_BLOCKS,
    },
    warehouse: { database: DATABASE, ledger: LEDGER_TABLE },
    jobs_prefix: SPARK_JOBS_PREFIX,
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
