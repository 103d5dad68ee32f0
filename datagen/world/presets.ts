/** Worlds that are there without a file. They come from lists alone, so they are the same for every seed. */
import { takeArticles } from './presets/articles.ts'
import { readShelves } from './presets/categories.ts'
import { type Assortment, createProducts } from './presets/products.ts'
import { NOISE, PROMOTIONS, RHYTHM_WEIGHTS, STORE_PROFILES } from './presets/profiles.ts'
import { readSuppliers, type Trade, takeStores } from './presets/stores.ts'
import type { World } from './world.ts'

interface Extent {
  stores: number
  products: number
  trade: Trade
  assortment: Assortment
}
const EXTENTS = {
  // A sample of a range: fewer lines a basket than a whole store has, and the same few that sell most of the pieces.
  small: {
    stores: 8,
    products: 150,
    trade: { traffic: 1, ranges: { convenience: 0.85, supermarket: 0.95, hypermarket: 1, campus: 0.7 } },
    assortment: { level: 120, fastExponent: 2.2, tail: 0.75 },
  },
  medium: {
    stores: 40,
    products: 800,
    trade: { traffic: 1.2, ranges: { convenience: 0.6, supermarket: 0.95, hypermarket: 1, campus: 0.45 } },
    assortment: { level: 200, fastExponent: 2.2, tail: 0.9 },
  },
  large: {
    stores: 200,
    products: 5_000,
    trade: { traffic: 2, ranges: { convenience: 0.35, supermarket: 0.9, hypermarket: 1, campus: 0.25 } },
    assortment: { level: 140, fastExponent: 3, tail: 0.8 },
  },
} as const satisfies Record<string, Extent>

export type PresetName = keyof typeof EXTENTS
export const PRESETS = Object.keys(EXTENTS) as readonly PresetName[]

export function isPreset(name: string): name is PresetName {
  return Object.hasOwn(EXTENTS, name)
}

/** Each preset has the stores and the articles of the smaller ones, and more. */
export function createPreset(name: PresetName): World {
  const extent = EXTENTS[name]
  const shelves = readShelves()
  const { stores, zones } = takeStores(extent.stores, extent.trade)
  const products = createProducts(takeArticles(extent.products), shelves, extent.assortment)
  const sold = new Set(products.map(({ category }) => category))
  const delivering = new Set(products.map(({ supplier_id }) => supplier_id))
  return {
    name,
    currency: 'EUR',
    reference_date: '2026-01-01',
    macro_growth: 0.008,
    inflation: 0.024,
    profiles: STORE_PROFILES,
    rhythms: RHYTHM_WEIGHTS,
    weather_zones: zones,
    stores,
    categories: [...shelves.values()]
      .map(({ category }) => category)
      .filter(({ category }) => sold.has(category)),
    suppliers: readSuppliers().filter(({ supplier_id }) => delivering.has(supplier_id)),
    products,
    promotions: PROMOTIONS,
    noise: NOISE,
  }
}
