/** Tables that tell days as a whole: years before the live stream, and beside it what no message tells. */

/** Tables of Parquet that histories, outlooks and jumps are made of. */
export const HISTORY_TABLES = ['sales', 'calendar', 'weather', 'prices', 'promotions', 'forecasts'] as const
export type HistoryTable = (typeof HISTORY_TABLES)[number]

/** Prices and promotions of a week are known so many days before its Monday. */
export const PLANNED_DAYS = 42

export type HistoryColumnType = 'utf8' | 'int32' | 'int64' | 'float64' | 'date' | 'bool'
/** Dates are of the years 1990 to 2099, text is one line of at most 300 letters, numbers are finite. */
export interface HistoryColumn {
  name: string
  type: HistoryColumnType
  nullable: boolean
  minimum?: number
}

const column = (name: string, type: HistoryColumnType): HistoryColumn => ({ name, type, nullable: false })
const amount = (name: string, type: 'int32' | 'int64' | 'float64'): HistoryColumn => ({
  name,
  type,
  nullable: false,
  minimum: 0,
})
const optional = (name: string, type: HistoryColumnType): HistoryColumn => ({ name, type, nullable: true })

export const HISTORY_COLUMNS = {
  /** One row for each day, store and SKU that the store lists, days without a sale too. */
  sales: [
    column('store_id', 'utf8'),
    column('sku', 'utf8'),
    /** Calendar day at the store. */
    column('business_date', 'date'),
    /** In `unit`, over the till: what came back is in `returned`. */
    amount('units', 'int32'),
    amount('returned', 'int32'),
    column('unit', 'utf8'),
    /** Minor units that customers paid for `units`, after discounts. */
    amount('revenue', 'int64'),
    column('currency', 'utf8'),
    /** Shelf price before promotion, minor units: per piece, per kilogram, per litre. */
    amount('price', 'int32'),
    optional('promotion_id', 'utf8'),
    optional('promotion_kind', 'utf8'),
    /** The shelf was empty when a customer reached for it, or all day. */
    column('stock_out', 'bool'),
  ],
  calendar: [
    column('date', 'date'),
    /** ISO 3166 code of the country whose public holidays the row tells. */
    column('country', 'utf8'),
    /** Monday is 1. */
    column('weekday', 'int32'),
    optional('public_holiday', 'utf8'),
    /** Festival that falls on the day; names are joined by commas where there are several. */
    optional('festival', 'utf8'),
  ],
  /** Weather as it was. */
  weather: [
    column('zone_id', 'utf8'),
    column('date', 'date'),
    /** Mean of the day, degrees Celsius. */
    column('temperature_c', 'float64'),
    amount('rain_mm', 'float64'),
  ],
  /** A price is decided, and known, PLANNED_DAYS before its Monday. */
  prices: [
    /** Stores of a profile have the same prices. */
    column('profile', 'utf8'),
    column('sku', 'utf8'),
    /** Monday of the week. */
    column('week', 'date'),
    /** Shelf price before promotion, minor units: per piece, per kilogram, per litre. */
    amount('price', 'int32'),
  ],
  promotions: [
    /** It runs at the stores of a profile. */
    column('profile', 'utf8'),
    column('sku', 'utf8'),
    /** Monday of the week in which it runs. */
    column('week', 'date'),
    column('promotion_id', 'utf8'),
    column('kind', 'utf8'),
    /** Share of the price, 0 to 1; of a multibuy, off each full group. */
    amount('off', 'float64'),
    /** Known from the evening of this day on. */
    column('announced_on', 'date'),
  ],
  /** Weather as it was forecast. */
  forecasts: [
    column('zone_id', 'utf8'),
    /** On the evening of this day. */
    column('issued_on', 'date'),
    /** Day that it is about. */
    column('date', 'date'),
    column('temperature_c', 'float64'),
    /** To be expected. */
    amount('rain_mm', 'float64'),
  ],
} as const satisfies Record<HistoryTable, readonly HistoryColumn[]>

/** Table of the warehouse that holds each. */
export const HISTORY_TABLE: Record<HistoryTable, string> = {
  sales: 'sales_history',
  calendar: 'calendar_daily',
  weather: 'weather_daily',
  prices: 'prices_weekly',
  promotions: 'promotions_planned',
  forecasts: 'weather_forecasts',
}
