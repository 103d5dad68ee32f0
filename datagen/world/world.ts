/**
 * What a world file says: the retailer that the twin simulates. Presets are made by world/presets; a file of your own
 * is read by world/read.ts. Levels and prices are those of `reference_date`; the simulation carries them forward and
 * back in time.
 */
import { Currency, Sku, StoreId, Unit } from '@shelfcast/contracts/events'
import { type Static, type TSchema, Type } from 'typebox'

const Name = Type.String({ minLength: 1, maxLength: 200 })
const Id = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$' })
const Share = Type.Number({ minimum: 0, maximum: 1 })
const CalendarDate = Type.String({ pattern: '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])$' })
const weights = (length: number, description: string) =>
  Type.Array(Type.Number({ minimum: 0 }), { minItems: length, maxItems: length, description })
const strict = { additionalProperties: false } as const
/** An object with one property of a schema for each name. */
function each<const N extends string, T extends TSchema>(
  names: readonly N[],
  schema: T,
  description?: string,
) {
  const properties = Object.fromEntries(names.map((name) => [name, schema])) as Record<N, T>
  return Type.Object(properties, description ? { ...strict, description } : strict)
}

export const PROFILES = ['convenience', 'supermarket', 'hypermarket', 'campus'] as const
export const CHARACTERS = ['fast', 'slow', 'intermittent', 'seasonal', 'new'] as const
export const FESTIVALS = [
  'easter',
  'eid_al_fitr',
  'eid_al_adha',
  'diwali',
  'chinese_new_year',
  'black_friday',
  'christmas',
] as const
export type Festival = (typeof FESTIVALS)[number]
export const PROMOTION_KINDS = ['price_off', 'multibuy', 'end_cap', 'coupon'] as const
export type PromotionKind = (typeof PROMOTION_KINDS)[number]
/** Times of day by which categories differ; each is a set of 24 weights in the world. */
export const RHYTHMS = ['all_day', 'morning', 'midday', 'evening', 'late'] as const

const WeatherZone = Type.Object(
  {
    zone_id: Id,
    name: Name,
    latitude: Type.Number({ minimum: -90, maximum: 90 }),
    longitude: Type.Number({ minimum: -180, maximum: 180 }),
    mean_temperature_c: Type.Number({ description: 'daily mean over the year' }),
    season_amplitude_c: Type.Number({ description: 'how far the warmest day is above the mean' }),
    noise_c: Type.Number({ minimum: 0, description: 'standard deviation around the season' }),
    wet_days_share: Share,
    wet_day_mm: Type.Number({ exclusiveMinimum: 0, description: 'mean rain of a wet day' }),
  },
  strict,
)

const StoreProfile = Type.Object(
  {
    hour_weights: weights(24, 'visits by local hour'),
    weekday_weights: weights(7, 'visits by weekday, Monday first'),
    basket_lines: Type.Number({
      minimum: 1,
      description:
        'mean lines of a basket; a narrow range makes fewer of it, for nobody takes the same twice',
    }),
    price_level: Type.Number({ exclusiveMinimum: 0, description: '1: catalogue price' }),
    loyalty_share: Share,
    rain_footfall: Type.Number({
      minimum: -1,
      maximum: 1,
      description: 'log change of visits on a day that rains through all opening hours; below 0',
    }),
    months: weights(12, 'visits by month, January first: a campus is empty in August'),
  },
  strict,
)

const TwinStore = Type.Object(
  {
    store_id: StoreId,
    name: Name,
    region: Name,
    country: Type.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166, for public holidays' }),
    profile: Type.Enum([...PROFILES]),
    size: Type.Number({
      exclusiveMinimum: 0,
      description: '1: sells daily_units of a product on an average day',
    }),
    time_zone: Name,
    weather_zone: Id,
    hours: Type.Array(Type.Integer({ minimum: 0, maximum: 24 }), {
      minItems: 2,
      maxItems: 2,
      description: 'local hours: open from the first until before the second',
    }),
    tills: Type.Integer({ minimum: 1, maximum: 99 }),
    self_checkouts: Type.Integer({ minimum: 0, maximum: 99, description: 'of the tills, from number 1' }),
    range_share: Type.Number({
      exclusiveMinimum: 0,
      maximum: 1,
      description: 'share of the catalogue that it lists',
    }),
    loyal_customers: Type.Integer({ minimum: 1 }),
    cluster: Id,
    growth: Type.Number({ description: 'log change of demand a year' }),
  },
  strict,
)

const Category = Type.Object(
  {
    category: Name,
    department: Name,
    rhythm: Type.Enum([...RHYTHMS]),
    season_amplitude: Type.Number({ minimum: 0, description: 'log uplift at the peak' }),
    season_peak: Type.Number({ minimum: 0, maximum: 1, description: 'share of the year: 0 is 1 January' }),
    weekend: Type.Number({ description: 'log uplift on Saturday and Sunday' }),
    rain: Type.Number({ description: 'log uplift on a day that rains through' }),
    warmth: Type.Number({ description: 'log uplift for each 10 degrees above what the season expects' }),
    festivals: Type.Partial(
      each(FESTIVALS, Type.Number({ description: 'log uplift at the height of the festival' })),
    ),
    substitution: Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'share of customers that take another product of the category when the shelf is empty',
    }),
    cannibalisation: Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'share of a promotion uplift that the rest of the category loses',
    }),
    missions: Type.Array(Name, {
      minItems: 1,
      description: 'shopping missions it belongs to: what is bought together',
    }),
    return_share: Share,
  },
  strict,
)

const Supplier = Type.Object(
  {
    supplier_id: Id,
    name: Name,
    lead_time_days: Type.Object(
      {
        least: Type.Integer({ minimum: 1 }),
        usual: Type.Number({ minimum: 1 }),
        spread: Type.Number({
          minimum: 0,
          description: 'standard deviation; the distribution is a gamma above `least`',
        }),
      },
      strict,
    ),
    order_weekdays: Type.Array(Type.Integer({ minimum: 1, maximum: 7 }), {
      minItems: 1,
      description: 'Monday is 1',
    }),
    minimum_order: Type.Integer({
      minimum: 0,
      description: 'minor units at cost, for one order of one store',
    }),
    reliability: Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'share of order lines that come in full',
    }),
  },
  strict,
)

export const TwinProduct = Type.Object(
  {
    sku: Sku,
    name: Name,
    category: Name,
    brand: Name,
    pack_size: Type.String({ description: 'as printed: 400 g, 6 pack, loose' }),
    unit: Unit,
    portion: Type.Integer({
      minimum: 1,
      description: '1 for each; grams of a usual portion for goods by weight',
    }),
    cost: Type.Integer({ minimum: 1, description: 'minor units, per piece or per kilogram' }),
    price: Type.Integer({ minimum: 1, description: 'minor units, per piece or per kilogram' }),
    shelf_life_days: Type.Integer({ minimum: 1, description: 'from delivery to the last day of sale' }),
    storage_volume_ml: Type.Integer({ minimum: 1, description: 'millilitres of a piece, or of a kilogram' }),
    pack_multiple: Type.Integer({ minimum: 1, description: 'pieces, or grams, of a supplier pack' }),
    supplier_id: Id,
    character: Type.Enum([...CHARACTERS]),
    daily_units: Type.Number({
      exclusiveMinimum: 0,
      description: 'mean pieces, or portions, a day at a store of size 1 that lists it',
    }),
    dispersion: Type.Number({
      exclusiveMinimum: 0,
      description: 'r of the negative binomial: small is bursty',
    }),
    elasticity: Type.Number({ maximum: 0 }),
    profiles: each(
      PROFILES,
      Type.Number({ minimum: 0 }),
      'demand relative to daily_units; 0 where it is not listed',
    ),
    season_peak: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        description: 'seasonal products: its own peak, with amplitude 1.5',
      }),
    ),
    launched_on: Type.Optional(CalendarDate),
    withdrawn_on: Type.Optional(CalendarDate),
  },
  strict,
)

const PromotionTerms = Type.Object(
  {
    weight: Type.Number({ minimum: 0, description: 'how often, relative to the other kinds' }),
    off: Type.Array(Share, { minItems: 1, description: 'depths to choose from, as share of the price' }),
    uplift: Type.Number({ description: 'log uplift beyond what the lower price gives' }),
    pull_forward: Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'share of the uplift missing from the two weeks after',
    }),
  },
  strict,
)

const Promotions = Type.Object(
  {
    share: Type.Number({ minimum: 0, maximum: 0.5, description: 'of the products on promotion in a week' }),
    kinds: each(PROMOTION_KINDS, PromotionTerms),
  },
  strict,
)

const Noise = Type.Object(
  {
    double_scan: Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'share of baskets with one line scanned twice',
    }),
    repeated_message: Share,
    late_message: Share,
    out_of_order: Share,
    clock_skew: Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'share of till days with a clock that is wrong',
    }),
    malformed: Share,
    unknown_sku: Share,
    wrong_price: Share,
    missing_till_hour: Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'share of till hours of which nothing arrives',
    }),
    spike: Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'share of store SKU weeks with sudden demand',
    }),
    drop: Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'share of store SKU weeks in which demand breaks away',
    }),
    theft_run: Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'share of store SKU weeks in which goods are stolen',
    }),
    shrinkage: Type.Number({
      minimum: 0,
      maximum: 1,
      description: 'share of what is sold that vanishes besides',
    }),
  },
  strict,
)

export const World = Type.Object(
  {
    name: Id,
    currency: Currency,
    reference_date: CalendarDate,
    macro_growth: Type.Number({ description: 'log change of demand a year, all stores' }),
    inflation: Type.Number({ description: 'log change of prices a year' }),
    profiles: each(PROFILES, StoreProfile),
    rhythms: each(RHYTHMS, weights(24, 'by local hour, relative to the visits of the hour')),
    weather_zones: Type.Array(WeatherZone, { minItems: 1 }),
    stores: Type.Array(TwinStore, { minItems: 1, maxItems: 2_000 }),
    categories: Type.Array(Category, { minItems: 1, maxItems: 500 }),
    suppliers: Type.Array(Supplier, { minItems: 1 }),
    products: Type.Array(TwinProduct, { minItems: 1, maxItems: 50_000 }),
    promotions: Promotions,
    noise: Noise,
  },
  strict,
)
export type World = Static<typeof World>
export type WeatherZone = Static<typeof WeatherZone>
export type StoreProfile = Static<typeof StoreProfile>
export type TwinStore = Static<typeof TwinStore>
export type Category = Static<typeof Category>
export type Supplier = Static<typeof Supplier>
export type TwinProduct = Static<typeof TwinProduct>
export type Noise = Static<typeof Noise>
export type Profile = (typeof PROFILES)[number]
