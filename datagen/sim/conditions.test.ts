import { createHash } from 'node:crypto'
import { dayOf } from '@shelfcast/contracts/dates'
import { expect, test } from 'vitest'
import { product, store, world } from '../../test/datagen/world.ts'
import { PROFILES, type World } from '../world/world.ts'
import { createConditions } from './conditions.ts'
import type { DayConditions } from './model.ts'

const SUPERMARKET = PROFILES.indexOf('supermarket')
const FIRST = dayOf('2023-01-01')
const NO_PROMOTIONS = { ...world().promotions, share: 0 }

/** Everything about a day, to the last bit. */
function digest(conditions: DayConditions): string {
  const hash = createHash('sha256').update(JSON.stringify([conditions.weather, conditions.promotions]))
  for (const numbers of [
    conditions.storeFactor,
    conditions.categoryFactor,
    conditions.productFactor,
    conditions.price,
    conditions.promotion,
  ]) {
    hash.update(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength))
  }
  return hash.digest('hex')
}

const factorOf = (variant: World, day: string, item = 0) =>
  createConditions(variant, 1).on(dayOf(day)).productFactor[SUPERMARKET * variant.products.length + item]!

test('a seed gives the same days whatever the order of asking, and another seed gives others', () => {
  const days = Array.from({ length: 400 }, (_, index) => FIRST + index)
  const forwards = createConditions(world(), 1)
  const backwards = createConditions(world(), 1)
  const other = createConditions(world(), 2)
  const digests = new Map(days.map((day) => [day, digest(forwards.on(day))]))
  for (const day of days.toReversed()) expect(digest(backwards.on(day))).toBe(digests.get(day))
  for (const day of days) expect(digest(other.on(day))).not.toBe(digests.get(day))
})

test('a day is the same bytes on any machine', () => {
  const conditions = createConditions(world(), 1)
  const all = createHash('sha256')
  for (let day = FIRST; day < FIRST + 100; day++) all.update(digest(conditions.on(day)))
  expect(all.digest('hex').slice(0, 16)).toBe('f760dc68219953de')
})

test('a store or a product more changes nothing for the others', () => {
  const less = createConditions(world({ promotions: NO_PROMOTIONS }), 1)
  const town = world({ promotions: NO_PROMOTIONS })
  const more = createConditions(
    {
      ...town,
      stores: [store({ store_id: 'CRK-01' }), ...town.stores],
      products: [...town.products, product({ sku: '9' })],
    },
    1,
  )
  const categories = town.categories.length
  for (let day = FIRST; day < FIRST + 30; day++) {
    const [a, b] = [less.on(day), more.on(day)]
    expect(b.storeFactor.slice(1)).toEqual(a.storeFactor)
    expect(b.categoryFactor.slice(categories)).toEqual(a.categoryFactor)
    for (let zone = 0; zone < PROFILES.length; zone++) {
      const [was, is] = [town.products.length * zone, (town.products.length + 1) * zone]
      expect(b.price.slice(is, is + town.products.length)).toEqual(
        a.price.slice(was, was + town.products.length),
      )
      expect(b.productFactor.slice(is, is + town.products.length)).toEqual(
        a.productFactor.slice(was, was + town.products.length),
      )
    }
  }
})

test('demand is higher for a price that is lower in real terms, by the elasticity', () => {
  const town = world({ promotions: NO_PROMOTIONS, inflation: 0.05 })
  const conditions = createConditions(town, 1)
  const sums = { xy: 0, xx: 0, x: 0, y: 0, n: 0 }
  for (let day = dayOf('2005-01-01'); day < dayOf('2025-01-01'); day += 7) {
    const on = conditions.on(day)
    // Inflation of 5% would swamp an elasticity that saw nominal prices.
    const level = Math.exp(0.05 * ((day - dayOf('2025-01-01')) / 365.25))
    for (const item of [0, 1]) {
      const at = SUPERMARKET * town.products.length + item
      const x = Math.log(on.price[at]! / town.products[item]!.price / level)
      const y = Math.log(on.productFactor[at]!)
      sums.n++
      sums.x += x
      sums.y += y
      sums.xy += x * y
      sums.xx += x * x
    }
  }
  const slope = (sums.xy - (sums.x * sums.y) / sums.n) / (sums.xx - (sums.x * sums.x) / sums.n)
  expect(slope).toBeGreaterThan(-2.1)
  expect(slope).toBeLessThan(-0.9)
})

test('a new product starts small, is level after two months, and a withdrawn one fades and is gone', () => {
  const town = world({
    promotions: NO_PROMOTIONS,
    products: [product({ launched_on: '2024-03-06', withdrawn_on: '2024-10-09' }), product({ sku: '1002' })],
  })
  const share = (day: string) =>
    factorOf(town, day) / factorOf(world({ ...town, products: [product()] }), day)
  expect(factorOf(town, '2024-03-05')).toBe(0)
  expect(share('2024-03-06')).toBeCloseTo(0.2, 10)
  expect(share('2024-04-05')).toBeCloseTo(0.6, 10)
  expect(share('2024-05-05')).toBe(1)
  expect(share('2024-10-08')).toBeLessThan(0.35)
  expect(share('2024-10-08')).toBeGreaterThan(0)
  expect(factorOf(town, '2024-10-09')).toBe(0)
  expect(factorOf(town, '2025-06-01')).toBe(0)
})

test('a seasonal product has its peak, and its daily units on average', () => {
  const plain = world({ promotions: NO_PROMOTIONS, products: [product()] })
  const seasonal = world({ promotions: NO_PROMOTIONS, products: [product({ season_peak: 0.5 })] })
  const [a, b] = [createConditions(plain, 1), createConditions(seasonal, 1)]
  const ratios = Array.from({ length: 365 }, (_, index) => {
    const at = SUPERMARKET
    return b.on(FIRST + index).productFactor[at]! / a.on(FIRST + index).productFactor[at]!
  })
  expect(ratios.reduce((sum, ratio) => sum + ratio, 0) / 365).toBeCloseTo(1, 2)
  expect(ratios.indexOf(Math.max(...ratios))).toBe(Math.floor(365 / 2))
  expect(Math.log(Math.max(...ratios) / Math.min(...ratios))).toBeCloseTo(3, 2)
})

test('store days: weekdays, growth, rain, holidays, and closed on 25 December', () => {
  const dry = { ...world().weather_zones[0]!, wet_days_share: 0 }
  const wet = { ...dry, zone_id: 'wet', wet_days_share: 1, wet_day_mm: 400 }
  const town = world({
    macro_growth: 0,
    weather_zones: [dry, wet],
    stores: [
      store(),
      store({ store_id: 'W', weather_zone: 'wet' }),
      store({ store_id: 'C', profile: 'convenience' }),
    ],
  })
  const conditions = createConditions(town, 1)
  const factor = (day: string, at = 0) => conditions.on(dayOf(day)).storeFactor[at]!
  const weekdays = town.profiles.supermarket.weekday_weights
  const mean = weekdays.reduce((sum, weight) => sum + weight, 0) / 7
  // Saturday and Monday of a week without holidays.
  expect(factor('2024-11-09') / factor('2024-11-04')).toBeCloseTo(weekdays[5]! / weekdays[0]!, 3)
  expect(factor('2024-11-09')).toBeCloseTo(weekdays[5]! / mean, 1)
  const rain = Array.from({ length: 200 }, (_, index) => conditions.on(FIRST + index).storeFactor).map(
    ([a, b]) => b! / a!,
  )
  expect(Math.min(...rain.filter(Number.isFinite))).toBeCloseTo(Math.exp(-0.15), 10)
  expect(factor('2024-12-25')).toBe(0)
  expect(conditions.hours(0, 0, dayOf('2024-12-25'))).toEqual(new Float64Array(24))
  expect(factor('2024-12-25', 2)).toBeGreaterThan(0)
  // St Patrick's Day in Ireland, and the day before.
  expect(factor('2025-03-17') / factor('2025-03-10')).toBeCloseTo(0.7, 2)
})

test('festivals, seasons and weekends lift their categories', () => {
  const conditions = createConditions(world(), 1)
  const factor = (day: string, category: number) => conditions.on(dayOf(day)).categoryFactor[category]!
  // Saturday before Easter 2024, and the one two weeks after.
  expect(factor('2024-03-30', 2) / factor('2024-04-13', 2)).toBeCloseTo(Math.exp(1.1), 2)
  expect(factor('2024-04-13', 2) / factor('2024-04-11', 2)).toBeCloseTo(Math.exp(0.2), 6)
  expect(factor('2024-01-10', 1)).toBeGreaterThan(factor('2024-07-10', 1) * 1.5)
})

test('hours: all within opening hours, by rhythm', () => {
  const conditions = createConditions(world(), 1)
  for (let day = FIRST; day < FIRST + 40; day++) {
    for (const [at, store] of world().stores.entries()) {
      for (let category = 0; category < 3; category++) {
        const hours = conditions.hours(at, category, day)
        expect(hours[23]).toBe(1)
        expect(hours[store.hours[0]! - 1]).toBe(0)
        expect(hours[store.hours[1]! - 1]).toBe(1)
        expect(hours).toEqual(hours.toSorted())
      }
      // Bread is bought in the morning, chocolate in the evening.
      expect(conditions.hours(at, 0, day)[11]).toBeGreaterThan(conditions.hours(at, 2, day)[11]! * 1.5)
    }
  }
})

test('a rhythm without a time in the opening hours: customers come at any of them', () => {
  const town = world()
  const night = town.rhythms.late.map((_, hour) => (hour < 5 ? 1 : 0))
  const conditions = createConditions({ ...town, rhythms: { ...town.rhythms, evening: night } }, 1)
  const hours = conditions.hours(0, 2, FIRST)
  expect([hours[6], hours[7], hours[21]]).toEqual([0, 1 / 15, 1])
})

test('days outside of the calendar are refused', () => {
  expect(() => createConditions(world(), 1).on(dayOf('2101-01-01'))).toThrow(
    'The twin has no day 2101-01-01. Choose one from 2000-01-01 to 2100-12-31.',
  )
})
