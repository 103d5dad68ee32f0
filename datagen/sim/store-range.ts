/**
 * What a store lists, with the facts that its days need, in typed arrays by slot. A slot is a product that the store
 * lists; slots are sorted by category, and within it as in the catalogue.
 */

import { dayOf } from '@shelfcast/contracts/dates'
import { PROFILES, type World } from '../world/world.ts'
import { exp, normalQuantile } from './arithmetic.ts'
import { type Key, keyOf, uniformAt } from './random.ts'

/** Numbers of what is drawn once for a store and SKU. */
const ONCE = { level: 0, listed: 1, counted: 2 } as const
/** Standard deviation of the log of how much better or worse than elsewhere a SKU sells at a store. */
const LEVEL_SPREAD = 0.35
/** How far from its rank of popularity the choice of a store strays, as share of the category. */
const RANGE_NOISE = 0.1
/** Each SKU is counted once in this many days. */
export const COUNT_CYCLE = 28
const NEVER = 2 ** 30
/** A store takes what keeps for two weeks at most only when this many supplier packs are sold within the shelf life. */
const PERISHABLE_DAYS = 14
const PACKS_WITHIN_LIFE = 2

export interface StoreRange {
  store: number
  /** Index into PROFILES. */
  zone: number
  count: number
  /** By slot, index into the world's products. */
  product: Int32Array
  /** By product: its slot, -1 when it is not listed. */
  slotOf: Int32Array
  /** By category: its first slot; one more than there are categories. */
  first: Int32Array
  /** Key of each slot's draws. */
  low: Int32Array
  high: Int32Array
  /** Pieces or portions on an average day, before all conditions. */
  mean: Float64Array
  dispersion: Float64Array
  weighed: Uint8Array
  /** Grams of a usual portion; 1 for pieces. */
  portion: Int32Array
  shelfLife: Int32Array
  pack: Int32Array
  supplier: Int32Array
  /** First and last day on which it is on sale, whatever the store stocks. */
  launched: Int32Array
  withdrawn: Int32Array
  /** Slots by the day of the cycle on which they are counted. */
  counted: readonly Int32Array[]
}

export function storeRange(world: World, seed: number, store: number): StoreRange {
  const { profile, size } = world.stores[store]!
  const key = storeKey(world, seed, store)
  const categoryOf = categoryIndex(world)
  const supplierOf = new Map(world.suppliers.map(({ supplier_id }, index) => [supplier_id, index]))
  const listed = world.products
    .map((_, product) => product)
    .filter((product) => lists(world, seed, store, product))
  listed.sort((a, b) => categoryOf[a]! - categoryOf[b]! || a - b)
  const count = listed.length
  const range: Omit<StoreRange, 'counted'> = {
    store,
    zone: PROFILES.indexOf(profile),
    count,
    product: Int32Array.from(listed),
    slotOf: new Int32Array(world.products.length).fill(-1),
    first: new Int32Array(world.categories.length + 1).fill(count),
    low: new Int32Array(count),
    high: new Int32Array(count),
    mean: new Float64Array(count),
    dispersion: new Float64Array(count),
    weighed: new Uint8Array(count),
    portion: new Int32Array(count),
    shelfLife: new Int32Array(count),
    pack: new Int32Array(count),
    supplier: new Int32Array(count),
    launched: new Int32Array(count),
    withdrawn: new Int32Array(count),
  }
  const counted: number[][] = Array.from({ length: COUNT_CYCLE }, () => [])
  for (let slot = 0; slot < count; slot++) {
    const index = listed[slot]!
    const product = world.products[index]!
    const [low, high] = keyOf(key, product.sku)
    range.slotOf[index] = slot
    range.low[slot] = low
    range.high[slot] = high
    range.mean[slot] =
      product.daily_units *
      product.profiles[profile] *
      size *
      exp(LEVEL_SPREAD * normalQuantile(uniformAt(low, high, ONCE.level)) - (LEVEL_SPREAD * LEVEL_SPREAD) / 2)
    range.dispersion[slot] = product.dispersion
    range.weighed[slot] = product.unit === 'each' ? 0 : 1
    range.portion[slot] = product.unit === 'each' ? 1 : product.portion
    range.shelfLife[slot] = product.shelf_life_days
    range.pack[slot] = product.pack_multiple
    range.supplier[slot] = supplierOf.get(product.supplier_id)!
    range.launched[slot] = product.launched_on ? dayOf(product.launched_on) : -NEVER
    range.withdrawn[slot] = product.withdrawn_on ? dayOf(product.withdrawn_on) : NEVER
    counted[Math.floor(uniformAt(low, high, ONCE.counted) * COUNT_CYCLE)]!.push(slot)
    for (let category = categoryOf[index]!; category >= 0 && range.first[category]! > slot; category--) {
      range.first[category] = slot
    }
  }
  return { ...range, counted: counted.map((slots) => Int32Array.from(slots)) }
}

/**
 * Whether a store lists a product: those that are popular where stores have its profile first, with some chance, and
 * nothing that it would mostly throw away. It depends on nothing but the store, the product and the product's rank,
 * so a store added changes no other.
 */
export function lists(world: World, seed: number, store: number, product: number): boolean {
  const { profile, range_share, size } = world.stores[store]!
  const { sku, profiles, daily_units, shelf_life_days, pack_multiple, portion } = world.products[product]!
  if (profiles[profile] === 0) return false
  const soldWithinLife = daily_units * profiles[profile] * size * shelf_life_days * portion
  if (shelf_life_days <= PERISHABLE_DAYS && soldWithinLife < PACKS_WITHIN_LIFE * pack_multiple) return false
  if (range_share >= 1) return true
  const [low, high] = keyOf(storeKey(world, seed, store), sku)
  const noise = RANGE_NOISE * normalQuantile(uniformAt(low, high, ONCE.listed))
  return popularity(world)[PROFILES.indexOf(profile)]![product]! + noise < range_share
}

function storeKey(world: World, seed: number, store: number): Key {
  return keyOf(undefined, seed, 'store', world.stores[store]!.store_id)
}

function categoryIndex(world: World): Int32Array {
  const indexes = new Map(world.categories.map(({ category }, index) => [category, index]))
  return Int32Array.from(world.products, ({ category }) => indexes.get(category)!)
}

const ranks = new WeakMap<World, readonly Float64Array[]>()

/** By profile x product: the rank within its category as a share, from the one that sells best. */
function popularity(world: World): readonly Float64Array[] {
  const cached = ranks.get(world)
  if (cached) return cached
  const categoryOf = categoryIndex(world)
  const ranksByProfile = PROFILES.map((profile) => {
    const shares = new Float64Array(world.products.length)
    const byCategory: number[][] = world.categories.map(() => [])
    for (const [index, { profiles }] of world.products.entries()) {
      if (profiles[profile] > 0) byCategory[categoryOf[index]!]!.push(index)
    }
    const sales = (index: number) => {
      const product = world.products[index]!
      return product.daily_units * product.profiles[profile]
    }
    for (const members of byCategory) {
      members.sort((a, b) => sales(b) - sales(a) || a - b)
      members.forEach((index, rank) => {
        shares[index] = (rank + 0.5) / members.length
      })
    }
    return shares
  })
  ranks.set(world, ranksByProfile)
  return ranksByProfile
}
