/** A world of two stores, three categories and six products, for tests. */
import type { Category, StoreProfile, TwinProduct, TwinStore, World } from '@shelfcast/datagen/world/world'

const EVENLY = (length: number): number[] => new Array<number>(length).fill(1)

export function profile(overrides: Partial<StoreProfile> = {}): StoreProfile {
  return {
    hour_weights: [...new Array<number>(7).fill(0), 2, 4, 5, 6, 8, 9, 7, 6, 6, 8, 10, 9, 6, 3, 1, 0, 0],
    weekday_weights: [0.9, 0.9, 0.95, 1, 1.15, 1.2, 0.9],
    basket_lines: 6,
    price_level: 1,
    loyalty_share: 0.4,
    rain_footfall: -0.15,
    months: EVENLY(12),
    ...overrides,
  }
}

export function store(overrides: Partial<TwinStore> = {}): TwinStore {
  return {
    store_id: 'DUB-01',
    name: 'Dublin Quay',
    region: 'Leinster',
    country: 'IE',
    profile: 'supermarket',
    size: 1,
    time_zone: 'Europe/Dublin',
    weather_zone: 'dublin',
    hours: [7, 22],
    tills: 4,
    self_checkouts: 2,
    range_share: 1,
    loyal_customers: 200,
    cluster: 'east',
    growth: 0,
    ...overrides,
  }
}

export function category(overrides: Partial<Category> = {}): Category {
  return {
    category: 'bakery',
    department: 'Fresh',
    rhythm: 'all_day',
    season_amplitude: 0,
    season_peak: 0,
    weekend: 0,
    rain: 0,
    warmth: 0,
    festivals: {},
    substitution: 0.5,
    cannibalisation: 0.3,
    missions: ['top_up'],
    return_share: 0,
    ...overrides,
  }
}

export function product(overrides: Partial<TwinProduct> = {}): TwinProduct {
  return {
    sku: '1001',
    name: 'Sliced pan',
    category: 'bakery',
    brand: 'Own',
    pack_size: '800 g',
    unit: 'each',
    portion: 1,
    cost: 90,
    price: 149,
    shelf_life_days: 5,
    storage_volume_ml: 3_000,
    pack_multiple: 6,
    supplier_id: 'fresh',
    character: 'fast',
    daily_units: 20,
    dispersion: 6,
    elasticity: -1.5,
    profiles: { convenience: 1, supermarket: 1, hypermarket: 1, campus: 1 },
    ...overrides,
  }
}

const PROMOTION = { weight: 1, off: [0.2], uplift: 0.3, pull_forward: 0.3 }

export function world(overrides: Partial<World> = {}): World {
  return {
    name: 'tiny',
    currency: 'EUR',
    reference_date: '2025-01-01',
    macro_growth: 0.01,
    inflation: 0.02,
    profiles: {
      convenience: profile({ price_level: 1.1, basket_lines: 3 }),
      supermarket: profile(),
      hypermarket: profile({ price_level: 0.97, basket_lines: 10 }),
      campus: profile({ basket_lines: 3, months: [1, 1, 1, 1, 1, 0.4, 0.2, 0.2, 0.8, 1.1, 1.1, 0.7] }),
    },
    rhythms: {
      all_day: EVENLY(24),
      morning: EVENLY(24).map((_, hour) => (hour < 11 ? 3 : 1)),
      midday: EVENLY(24).map((_, hour) => (hour >= 11 && hour < 15 ? 3 : 1)),
      evening: EVENLY(24).map((_, hour) => (hour >= 16 ? 3 : 1)),
      late: EVENLY(24).map((_, hour) => (hour >= 19 ? 4 : 1)),
    },
    weather_zones: [
      {
        zone_id: 'dublin',
        name: 'Dublin',
        latitude: 53.3,
        longitude: -6.3,
        mean_temperature_c: 10,
        season_amplitude_c: 5.5,
        noise_c: 2.5,
        wet_days_share: 0.45,
        wet_day_mm: 5,
      },
    ],
    stores: [
      store(),
      store({ store_id: 'DUB-02', name: 'Dublin Corner', profile: 'convenience', size: 0.4, hours: [7, 23] }),
    ],
    categories: [
      category({ rhythm: 'morning' }),
      category({
        category: 'soup',
        season_amplitude: 0.4,
        rain: 0.35,
        warmth: -0.3,
        festivals: { christmas: 0.2 },
      }),
      category({
        category: 'chocolate',
        rhythm: 'evening',
        weekend: 0.2,
        festivals: { easter: 1.1, christmas: 0.8 },
      }),
    ],
    suppliers: [
      {
        supplier_id: 'fresh',
        name: 'Fresh Foods',
        lead_time_days: { least: 1, usual: 1.3, spread: 0.4 },
        order_weekdays: [1, 2, 3, 4, 5, 6],
        minimum_order: 0,
        reliability: 0.97,
      },
      {
        supplier_id: 'dry',
        name: 'Dry Goods',
        lead_time_days: { least: 3, usual: 4, spread: 1 },
        order_weekdays: [1, 4],
        minimum_order: 5_000,
        reliability: 0.98,
      },
    ],
    products: [
      product(),
      product({ sku: '1002', name: 'Croissants', price: 250, cost: 140, daily_units: 6, shelf_life_days: 3 }),
      product({
        sku: '2001',
        name: 'Tomato soup',
        category: 'soup',
        price: 189,
        cost: 100,
        daily_units: 4,
        shelf_life_days: 400,
        supplier_id: 'dry',
        elasticity: -2,
      }),
      product({
        sku: '2002',
        name: 'Chicken soup',
        category: 'soup',
        price: 219,
        cost: 120,
        daily_units: 2,
        shelf_life_days: 400,
        supplier_id: 'dry',
        elasticity: -2.5,
      }),
      product({
        sku: '3001',
        name: 'Milk chocolate',
        category: 'chocolate',
        price: 135,
        cost: 70,
        daily_units: 5,
        shelf_life_days: 200,
        supplier_id: 'dry',
        character: 'slow',
      }),
      product({
        sku: '3002',
        name: 'Truffles, loose',
        category: 'chocolate',
        unit: 'g',
        portion: 120,
        price: 2_490,
        cost: 1_300,
        daily_units: 0.4,
        dispersion: 0.6,
        shelf_life_days: 60,
        pack_multiple: 2_000,
        supplier_id: 'dry',
        character: 'intermittent',
        elasticity: -1.2,
      }),
    ],
    promotions: {
      share: 0.06,
      kinds: {
        price_off: PROMOTION,
        multibuy: { ...PROMOTION, off: [0.25, 0.3333] },
        end_cap: { ...PROMOTION, off: [0, 0.1] },
        coupon: { ...PROMOTION, off: [0.3] },
      },
    },
    noise: {
      double_scan: 0.1,
      repeated_message: 0.002,
      late_message: 0.01,
      out_of_order: 0.02,
      clock_skew: 0.002,
      malformed: 0.0005,
      unknown_sku: 0.002,
      wrong_price: 0.002,
      missing_till_hour: 0.0005,
      spike: 0.001,
      drop: 0.001,
      theft_run: 0.001,
      shrinkage: 0.004,
    },
    ...overrides,
  }
}
