/** The stores of the presets, where they stand, and who delivers to them. */
import { keyOf, uniformAt } from '../../sim/random.ts'
import { PROFILES, type Profile, type Supplier, type TwinStore, type WeatherZone } from '../world.ts'
import { list, number, type Row, readRows, text } from './rows.ts'

/** What stores of a profile have in common. */
interface Usual {
  hours: [number, number]
  /** Of a store of size 1; of any store that is small by its profile. */
  tills: number
  /** Loyal customers of a store of size 1. */
  customers: number
  /** Share of the tills. */
  selfCheckouts: number
}
const USUAL: Record<Profile, Usual> = {
  convenience: { hours: [6, 24], tills: 2, customers: 1_500, selfCheckouts: 0.5 },
  supermarket: { hours: [7, 22], tills: 5, customers: 1_200, selfCheckouts: 0.4 },
  hypermarket: { hours: [7, 23], tills: 4, customers: 1_400, selfCheckouts: 0.5 },
  campus: { hours: [7, 22], tills: 3, customers: 1_200, selfCheckouts: 0.67 },
}
// The biggest stores never close.
const OPEN_ALL_NIGHT_SIZE = 2.1

/** How the stores of a preset trade, beyond what the list says of each. */
export interface Trade {
  /** Customers relative to the small preset: a larger catalogue draws more. */
  traffic: number
  /** Share of the catalogue that a store lists. */
  ranges: Readonly<Record<Profile, number>>
}

/** The first so many stores of the list. */
export function takeStores(count: number, trade: Trade): { stores: TwinStore[]; zones: WeatherZone[] } {
  const zones = new Map(readRows('zones').map((row) => [text(row, 'zone_id'), row]))
  const stores = readRows('stores')
    .slice(0, count)
    .map((row) => {
      const zone = zones.get(text(row, 'zone_id'))
      if (!zone) throw new Error(`${text(row, 'store_id')}: zones.csv has no zone ${text(row, 'zone_id')}.`)
      return readStore(row, zone, trade)
    })
  const used = new Set(stores.map(({ weather_zone }) => weather_zone))
  return { stores, zones: [...zones.values()].map(readZone).filter(({ zone_id }) => used.has(zone_id)) }
}

function readStore(row: Row, zone: Row, { traffic, ranges }: Trade): TwinStore {
  const store_id = text(row, 'store_id')
  const profile = PROFILES.find((name) => name === text(row, 'profile'))
  if (!profile) throw new Error(`${store_id}: stores.csv has the profile ${text(row, 'profile')}.`)
  const size = number(row, 'size')
  const usual = USUAL[profile]
  const isSmall = profile === 'convenience' || profile === 'campus'
  const tills = Math.round(usual.tills * traffic * (isSmall ? 1 : size))
  const [low, high] = keyOf(undefined, 'growth', store_id)
  return {
    store_id,
    name: text(row, 'name'),
    region: text(row, 'region'),
    country: text(zone, 'country'),
    profile,
    size,
    time_zone: text(zone, 'time_zone'),
    weather_zone: text(zone, 'zone_id'),
    hours: profile === 'hypermarket' && size >= OPEN_ALL_NIGHT_SIZE ? [0, 24] : [...usual.hours],
    tills,
    self_checkouts: Math.floor(tills * usual.selfCheckouts),
    range_share: ranges[profile],
    loyal_customers: Math.round((usual.customers * size * traffic) / 10) * 10,
    cluster: text(zone, 'cluster'),
    growth: Math.round((-0.01 + 0.035 * uniformAt(low, high, 0)) * 1000) / 1000,
  }
}

function readZone(row: Row): WeatherZone {
  return {
    zone_id: text(row, 'zone_id'),
    name: text(row, 'name'),
    latitude: number(row, 'latitude'),
    longitude: number(row, 'longitude'),
    mean_temperature_c: number(row, 'mean_temperature_c'),
    season_amplitude_c: number(row, 'season_amplitude_c'),
    noise_c: number(row, 'noise_c'),
    wet_days_share: number(row, 'wet_days_share'),
    wet_day_mm: number(row, 'wet_day_mm'),
  }
}

export function readSuppliers(): Supplier[] {
  return readRows('suppliers').map((row) => ({
    supplier_id: text(row, 'supplier_id'),
    name: text(row, 'name'),
    lead_time_days: {
      least: number(row, 'least'),
      usual: number(row, 'usual'),
      spread: number(row, 'spread'),
    },
    order_weekdays: list(row, 'order_weekdays').map(Number),
    minimum_order: number(row, 'minimum_order'),
    reliability: number(row, 'reliability'),
  }))
}
