/** Stores: a snapshot of each source, which it publishes before its first event. */
import { type Static, Type } from 'typebox'
import { isTimeZone } from '../dates.ts'
import { Currency, StoreId } from '../events.ts'
import { line, STRICT } from '../outside.ts'
import { type RowDataset, sourced } from './layout.ts'

/** What is optional is for planning and forecasts; a source that does not know it leaves it out. */
export const Store = Type.Object(
  {
    store_id: StoreId,
    name: line(200, { minLength: 1 }),
    profile: line(100, { description: 'convenience, supermarket, hypermarket, campus, online, ...' }),
    region: line(200),
    time_zone: line(100, { description: 'IANA name' }),
    currency: Currency,
    country: Type.Optional(
      Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166, for public holidays' }),
    ),
    weather_zone: Type.Optional(line(100, { minLength: 1, description: 'as in weather_daily' })),
    latitude: Type.Optional(Type.Number({ minimum: -90, maximum: 90 })),
    longitude: Type.Optional(Type.Number({ minimum: -180, maximum: 180 })),
    opens_at: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 24, description: 'local hour at which it opens' }),
    ),
    closes_at: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 24, description: 'local hour at which it closes' }),
    ),
    storage_volume_ml: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'millilitres of goods that its shelves and its store room hold',
      }),
    ),
    size: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, description: 'sales relative to a usual store, which is 1' }),
    ),
  },
  STRICT,
)
export type Store = Static<typeof Store>

export const STORES = {
  kind: 'stores',
  arrival: 'snapshot',
  format: 'ndjson',
  schema: Store,
  fault: (row) => (isTimeZone((row as Store).time_zone) ? undefined : 'time_zone is not an IANA name'),
  target: sourced('dim_store'),
} as const satisfies RowDataset
