/**
 * History: years of daily figures that came before the live stream, as Parquet. A dataset is a folder of objects with
 * a manifest, which is written last: a dataset without one is not finished.
 */
import { type Static, Type } from 'typebox'
import { Currency } from './events.ts'

/** Folder of the datasets inside the raw bucket, with its slash. */
export const HISTORY_PREFIX = 'history/'
export const MANIFEST_NAME = 'manifest.json'

/** Tables of a dataset: each a folder of Parquet objects. A dataset may lack some. */
export const HISTORY_TABLES = ['sales', 'calendar', 'weather', 'prices', 'promotions', 'forecasts'] as const
export type HistoryTable = (typeof HISTORY_TABLES)[number]

/** Prices and promotions of a week are known so many days before its Monday. */
export const PLANNED_DAYS = 42

export type HistoryColumnType = 'utf8' | 'int32' | 'int64' | 'float64' | 'date' | 'bool'
export interface HistoryColumn {
  name: string
  type: HistoryColumnType
  nullable: boolean
}

const column = (name: string, type: HistoryColumnType): HistoryColumn => ({ name, type, nullable: false })
const optional = (name: string, type: HistoryColumnType): HistoryColumn => ({ name, type, nullable: true })

export const HISTORY_COLUMNS = {
  /** One row for each day, store and SKU that the store lists, days without a sale too. */
  sales: [
    column('store_id', 'utf8'),
    column('sku', 'utf8'),
    /** Calendar day at the store. */
    column('business_date', 'date'),
    /** In `unit`, over the till: what came back is in `returned`. */
    column('units', 'int32'),
    column('returned', 'int32'),
    column('unit', 'utf8'),
    /** Minor units that customers paid for `units`, after discounts. */
    column('revenue', 'int64'),
    column('currency', 'utf8'),
    /** Shelf price before promotion, minor units: per piece, per kilogram, per litre. */
    column('price', 'int32'),
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
    column('rain_mm', 'float64'),
  ],
  /** A price is decided, and known, PLANNED_DAYS before its Monday. */
  prices: [
    /** Stores of a profile have the same prices. */
    column('profile', 'utf8'),
    column('sku', 'utf8'),
    /** Monday of the week. */
    column('week', 'date'),
    /** Shelf price before promotion, minor units: per piece, per kilogram, per litre. */
    column('price', 'int32'),
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
    column('off', 'float64'),
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
    column('rain_mm', 'float64'),
  ],
} as const satisfies Record<HistoryTable, readonly HistoryColumn[]>

const CalendarDate = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' })

export const HistoryObject = Type.Object(
  {
    name: Type.String({ description: 'inside the dataset: sales/year=2024/north-00.parquet' }),
    table: Type.Enum([...HISTORY_TABLES]),
    rows: Type.Integer({ minimum: 1 }),
    bytes: Type.Integer({ minimum: 1 }),
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  },
  { additionalProperties: false },
)
export type HistoryObject = Static<typeof HistoryObject>

/** What a finished dataset holds. Same world, seed and days: same manifest, to the byte. */
export const HistoryManifest = Type.Object(
  {
    dataset: Type.String({ description: 'name of its folder' }),
    source: Type.String({ description: 'as in dim_store and dim_product' }),
    world: Type.String(),
    seed: Type.Integer(),
    from: CalendarDate,
    to: Type.Intersect([CalendarDate], { description: 'included' }),
    currency: Currency,
    objects: Type.Array(HistoryObject),
  },
  { additionalProperties: false },
)
export type HistoryManifest = Static<typeof HistoryManifest>
