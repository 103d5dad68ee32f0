import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Product } from '@shelfcast/contracts/datasets/products'
import { Store } from '@shelfcast/contracts/datasets/stores'
import { Supplier } from '@shelfcast/contracts/datasets/suppliers'
import { Compile } from 'typebox/compile'
import { afterAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { createPreset } from './presets.ts'
import { readWorld, worldDigest } from './read.ts'
import { toReference } from './reference.ts'

const folder = mkdtempSync(join(tmpdir(), 'world-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, content: string): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

/** The small preset as a plain object that a test may break. */
function broken(change: (world: ReturnType<typeof plain>) => void): string {
  const world = plain()
  change(world)
  return file('broken.json', JSON.stringify(world))
}
function plain() {
  return structuredClone(createPreset('small')) as unknown as Record<
    'stores' | 'products' | 'categories' | 'suppliers' | 'weather_zones',
    Record<string, unknown>[]
  > &
    Record<'profiles' | 'rhythms' | 'promotions' | 'noise', Record<string, unknown>> &
    Record<string, unknown>
}

test('a world file written from a preset reads back equal, as JSON and as YAML', () => {
  const world = createPreset('small')
  expect(readWorld('small')).toEqual(world)
  expect(readWorld(file('own.json', JSON.stringify(world)))).toEqual(world)
  expect(readWorld(file('own.yaml', stringify(world)))).toEqual(world)
})

test('the digest goes by what a world says, and not by the order in which it says it', () => {
  const world = createPreset('small')
  const turned = Object.fromEntries(Object.entries(world).reverse()) as typeof world
  expect(worldDigest(turned)).toBe(worldDigest(world))
  expect(worldDigest(world)).toMatch(/^[0-9a-f]{12}$/)
  const [first, ...others] = world.products
  expect(worldDigest({ ...world, products: [{ ...first!, price: first!.price + 1 }, ...others] })).not.toBe(
    worldDigest(world),
  )
})

test('everything that does not fit the schema is named with its object and what to change', () => {
  const path = broken(({ stores, products, categories, noise, ...world }) => {
    stores[2]!.profile = 'mall'
    stores[1]!.hours = [7]
    products[3]!.price = '12,5'
    delete products[4]!.cost
    products[5]!.colour = 'red'
    delete products[6]!.sku
    categories[0]!.missions = []
    noise.late_message = 2
    ;(world.profiles.campus as Record<string, unknown>).months = [1]
  })
  const message = messageOf(() => readWorld(path))
  for (const fault of [
    'store DUB-03: profile must be one of convenience, supermarket, hypermarket, campus, and is "mall".',
    'store DUB-02: hours must not have fewer than 2 items, and is [7].',
    'product P-1004: price must be integer, and is "12,5".',
    'product P-1005: cost is missing. Add it.',
    'product P-1006: colour is not a field of it. Remove it.',
    'product number 7: sku is missing. Add it.',
    'category Fruit: missions must not have fewer than 1 items, and is [].',
    'world: noise.late_message must be <= 1, and is 2.',
    'world: profiles.campus.months must not have fewer than 12 items, and is [1].',
  ]) {
    expect(message).toContain(`${path}: ${fault}`)
  }
  expect(message.split('\n')).toHaveLength(10)
})

test('everything that does not fit together is named with its object and what to change', () => {
  const path = broken(({ stores, products, categories, suppliers, rhythms, promotions }) => {
    stores[1]!.store_id = 'DUB-01'
    Object.assign(stores[2]!, { time_zone: 'Europe/Dublinn', weather_zone: 'moon', hours: [22, 7] })
    Object.assign(stores[3]!, { self_checkouts: 9, hours: [7, 22] })
    Object.assign(products[0]!, { category: 'Fruits', supplier_id: 'nobody', portion: 1 })
    Object.assign(products[3]!, { cost: 45, portion: 2, season_peak: 0.5 })
    Object.assign(products[4]!, { profiles: { convenience: 0, supermarket: 0, hypermarket: 0, campus: 0 } })
    Object.assign(products[6]!, { character: 'seasonal', launched_on: '2024-02-30' })
    Object.assign(products[7]!, { character: 'new', season_peak: undefined })
    Object.assign(products[8]!, { launched_on: '2024-03-01', withdrawn_on: '2024-01-01' })
    Object.assign(categories[0]!, { festivals: { easter: 20 } })
    Object.assign(suppliers[0]!, {
      lead_time_days: { least: 3, usual: 2, spread: 1 },
      order_weekdays: [1, 1],
    })
    rhythms.late = new Array(24).fill(0)
    promotions.share = 0
  })
  const message = messageOf(() => readWorld(path))
  for (const fault of [
    'store DUB-01: number 1 and number 2 have the same store_id. Give one another.',
    'store DUB-03: weather_zone "moon" is not in weather_zones. Use one of irish-sea, celtic-sea, atlantic, low-countries, or add it there.',
    'store DUB-03: hours are from 22 to 7. The first must be before the second, as in [7, 22].',
    'store DUB-03: time_zone "Europe/Dublinn" is not known. Use an IANA name, such as Europe/Dublin.',
    'store COR-01: self_checkouts 9 are more than tills 5. Make them fewer.',
    'product P-1001: category "Fruits" is not in categories. Use one of Fruit, Berries,',
    'product P-1001: supplier_id "nobody" is not in suppliers. Use one of fields,',
    'product P-1001: portion 1 of a product sold by weight. Say how many g a customer usually takes.',
    'product P-1004: cost 45 is not below price 45. Make the price higher.',
    'product P-1004: portion 2 of a product sold each. Make it 1.',
    'product P-1004: season_peak with character slow. Remove it, or make the character seasonal.',
    'product P-1005: profiles are all 0, so no store lists it. Make one larger, or remove the product.',
    'product P-1007: character seasonal without season_peak.',
    'product P-1007: launched_on 2024-02-30 is no day of the calendar. Correct it.',
    'product P-1008: character new without launched_on. Add the date from which it is sold.',
    'product P-1009: withdrawn_on 2024-01-01 is not after launched_on 2024-03-01. Change one.',
    'category Fruit: festivals.easter is 20, and must be between -5 and 5: it is the log of a factor, and 0.7 doubles demand.',
    'supplier fields: lead_time_days.usual 2 is below least 3. Make it at least 3.',
    'supplier fields: order_weekdays name a day twice: 1, 1. Name each once.',
    'world: rhythms.late are all 0. Make one of them larger.',
  ]) {
    expect(message).toContain(`${path}: ${fault}`)
  }
  expect(message.split('\n')).toHaveLength(21)
})

test('an id that would make those of lots, orders and baskets too long for an event is refused', () => {
  const path = broken(({ stores, products }) => {
    stores[0]!.store_id = 'S'.repeat(25)
    products[0]!.sku = 'P'.repeat(41)
  })
  const message = messageOf(() => readWorld(path))
  expect(message).toContain(`store ${'S'.repeat(25)}: store_id has 25 characters. Use at most 24.`)
  expect(message).toContain(`product ${'P'.repeat(41)}: sku has 41 characters. Use at most 40.`)
})

test('of very many faults, twenty are named and the others are counted', () => {
  const path = broken(({ products }) => {
    for (const product of products) product.cost = 1_000_000
  })
  const lines = messageOf(() => readWorld(path)).split('\n')
  expect(lines).toHaveLength(22)
  expect(lines[20]).toBe('and 130 more.')
})

test('a file that is not there, not of a known type or not readable is named', () => {
  expect(() => readWorld('huge')).toThrow(
    'World "huge" is neither a preset nor a world file. Use small, medium',
  )
  expect(() => readWorld(join(folder, 'none.yaml'))).toThrow('none.yaml: no such world file.')
  expect(() => readWorld(file('cut.json', '{"name": '))).toThrow('cut.json cannot be read as JSON')
  expect(() => readWorld(file('cut.yaml', 'name: [1'))).toThrow('cut.yaml cannot be read as YAML')
  expect(() => readWorld(file('text.json', '"small"'))).toThrow('world: it must be object, and is "small".')
})

test('reference data of a world fit their contracts', () => {
  const world = createPreset('medium')
  const { stores, products, suppliers } = toReference(world)
  expect(stores.flatMap((store) => Compile(Store).Errors(store))).toEqual([])
  const validator = Compile(Product)
  expect(products.flatMap((product) => validator.Errors(product))).toEqual([])
  expect(suppliers.flatMap((supplier) => Compile(Supplier).Errors(supplier))).toEqual([])
  expect([stores.length, products.length, suppliers.length]).toEqual([40, 800, world.suppliers.length])
  expect(JSON.stringify([stores, products])).not.toMatch(/daily_units|elasticity|dispersion|range_share/)
})

function messageOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  throw new Error('It was accepted.')
}
