/** Names in the warehouse that more than one room uses. Their columns are in services/warehouse/tables. */
import type { HistoryTable } from './history.ts'
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
/** Table that holds each table of a history dataset. */
export const HISTORY_TABLE: Record<HistoryTable, string> = {
  sales: 'sales_history',
  calendar: 'calendar_daily',
  weather: 'weather_daily',
  prices: 'prices_weekly',
  promotions: 'promotions_planned',
  forecasts: 'weather_forecasts',
}
/** One row for each object of a history that is loaded. */
export const HISTORY_LEDGER_TABLE = 'history_objects'
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
