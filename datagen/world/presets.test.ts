import { Compile } from 'typebox/compile'
import { describe, expect, test } from 'vitest'
import { meaningFaults } from './meaning.ts'
import { createPreset, PRESETS } from './presets.ts'
import { worldDigest } from './read.ts'
import { PROFILES, World } from './world.ts'

const worlds = Object.fromEntries(PRESETS.map((name) => [name, createPreset(name)]))
const { small, medium, large } = worlds as Record<(typeof PRESETS)[number], World>
const validator = Compile(World)

describe.each(PRESETS)('%s', (name) => {
  const world = worlds[name]!

  test('passes the checks of a world file', () => {
    expect(validator.Errors(world)).toEqual([])
    expect(meaningFaults(world)).toEqual([])
  })

  test('has stores of every profile, and no product twice', () => {
    expect(new Set(world.stores.map(({ profile }) => profile))).toEqual(new Set(PROFILES))
    expect(new Set(world.products.map((product) => product.name)).size).toBe(world.products.length)
  })

  test('has fast, slow, intermittent, seasonal and new products in the shares of a grocer', () => {
    const share = (character: string) =>
      world.products.filter((product) => product.character === character).length / world.products.length
    expect(share('fast')).toBeCloseTo(0.2, 1)
    expect(share('slow')).toBeCloseTo(0.45, 1)
    expect(share('intermittent')).toBeCloseTo(0.15, 1)
    expect(share('seasonal')).toBeCloseTo(0.12, 1)
    expect(share('new')).toBeCloseTo(0.08, 1)
  })

  test('sells most of its units with a fifth of its products', () => {
    const units = world.products.map(({ daily_units }) => daily_units).sort((a, b) => b - a)
    const sum = (list: readonly number[]) => list.reduce((total, unit) => total + unit, 0)
    const top = sum(units.slice(0, units.length / 5)) / sum(units)
    expect(top).toBeGreaterThan(0.65)
    expect(top).toBeLessThan(0.95)
  })

  test('is delivered by suppliers that are fast where goods are fresh', () => {
    const suppliers = new Map(world.suppliers.map((supplier) => [supplier.supplier_id, supplier]))
    for (const { shelf_life_days, supplier_id } of world.products) {
      if (shelf_life_days > 5) continue
      const { lead_time_days, order_weekdays } = suppliers.get(supplier_id)!
      expect(lead_time_days.usual).toBeLessThan(2)
      expect(order_weekdays.length).toBeGreaterThanOrEqual(3)
    }
  })
})

test('presets have the sizes that they are known by', () => {
  const sizes = [small, medium, large].map(({ stores, products }) => [stores.length, products.length])
  expect(sizes).toEqual([
    [8, 150],
    [40, 800],
    [200, 5_000],
  ])
  expect(new Set(small.stores.map(({ time_zone }) => time_zone)).size).toBeGreaterThanOrEqual(2)
  expect(small.weather_zones.length).toBeGreaterThanOrEqual(3)
  for (const { suppliers } of [small, medium, large]) {
    expect(suppliers.length).toBeGreaterThanOrEqual(8)
    expect(suppliers.length).toBeLessThanOrEqual(20)
  }
})

test('a larger preset has the stores and articles of a smaller one, under the same ids', () => {
  const namesOf = ({ stores, products }: World) => [
    stores.map(({ store_id, name }) => `${store_id} ${name}`),
    products.map(({ sku, name, price }) => `${sku} ${name} ${price}`),
  ]
  for (const [smaller, larger] of [
    [small, medium],
    [medium, large],
  ] as const) {
    const [stores, products] = namesOf(smaller)
    const [moreStores, moreProducts] = namesOf(larger)
    expect(moreStores!.slice(0, stores!.length)).toEqual(stores)
    expect(moreProducts!.slice(0, products!.length)).toEqual(products)
  }
})

test('a preset says the same each time it is made', () => {
  for (const name of PRESETS) expect(worldDigest(createPreset(name))).toBe(worldDigest(worlds[name]!))
  expect(new Set(Object.values(worlds).map(worldDigest)).size).toBe(PRESETS.length)
})
