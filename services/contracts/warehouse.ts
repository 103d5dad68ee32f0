/** Names in the warehouse that more than one room uses. Their columns are in services/warehouse/tables. */
import type { EventTopic } from './topics.ts'

export const DATABASE = 'shelfcast'

/** Fact table that holds the accepted rows of a topic. */
export const FACT_TABLE: Record<EventTopic, string> = {
  'sales-transactions': 'fact_sales',
  'inventory-updates': 'fact_inventory',
  'pos-events': 'fact_pos_events',
}

/** Refused rows of all topics. */
export const DEAD_LETTER_TABLE = 'dead_letters'
/** One row for each block that is loaded in full. */
export const LEDGER_TABLE = 'lake_objects'
/** One row for each version of a dataset's object that is loaded, or refused. */
export const DATASET_LEDGER_TABLE = 'dataset_objects'
/** Rows of datasets that were refused, with their reasons. */
export const DATASET_REFUSALS_TABLE = 'dataset_refusals'
/** View of the features of the current definitions, and the ledger of what was built. */
export const FEATURES_VIEW = 'forecast_features'
export const FEATURE_BUILDS_TABLE = 'feature_builds'
export const FEATURE_TABLE_PREFIX = 'features_'
/** Table that holds the features of the definitions with a hash. */
export const featureTable = (hash: string) => `${FEATURE_TABLE_PREFIX}${hash}`
export const FORECAST_TABLE = 'fact_forecast'
/** Named collection through which the warehouse reads the raw bucket; its keys are in the server's configuration. */
export const LAKE_COLLECTION = 'lake'
/** The same for the curated bucket. */
export const CURATED_COLLECTION = 'curated'
/** The same for the features bucket. */
export const FEATURES_COLLECTION = 'features'
/** Database through which analysts read the curated tables. */
export const CURATED_DATABASE = 'curated'
