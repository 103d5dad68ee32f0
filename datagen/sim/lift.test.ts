import { dayOf } from '@shelfcast/contracts/dates'
import { expect, test } from 'vitest'
import { world } from '../../test/datagen/world.ts'
import { PROFILES } from '../world/world.ts'
import { createConditions } from './conditions.ts'
import { HAPPENINGS, type Happening } from './model.ts'

const BREAD = 0
const TOMATO_SOUP = 2
const CHICKEN_SOUP = 3
const CHOCOLATE = 4
const town = world()
const conditions = createConditions(town, 1)
const DAY = dayOf('2024-05-15')

function happening(overrides: Partial<Happening>): Happening {
  return { id: 'h1', kind: 'festival', from: 0, to: 3_600_000, strength: 2, ...overrides }
}
const lift = (overrides: Partial<Happening>, item: number, day = DAY) =>
  conditions.lift(happening(overrides), 0, item, day)
const dryDay = () => {
  for (let day = DAY; ; day++) if (conditions.on(day).weather[0]!.rain_mm === 0) return day
}

test('festival: in full for what festivals lift most, less for the rest', () => {
  expect(lift({}, CHOCOLATE)).toBe(2)
  expect(lift({}, TOMATO_SOUP)).toBeCloseTo(1 + 0.2 / 1.9, 12)
  expect(lift({}, BREAD)).toBe(1)
})

test('price drop: the price that it names, and demand by elasticity', () => {
  const drop = { kind: 'price_drop', category: 1, strength: 0.3 } as const
  const at = PROFILES.indexOf('supermarket') * town.products.length + TOMATO_SOUP
  const price = conditions.on(DAY).price[at]!
  const under = conditions.priceUnder([happening(drop)], 0, TOMATO_SOUP, DAY)
  expect(under).toBe(Math.round(price * 0.7))
  expect(lift(drop, TOMATO_SOUP)).toBeCloseTo((under / price) ** -2, 10)
  expect(conditions.priceUnder([happening(drop)], 0, BREAD, DAY)).toBe(
    conditions.on(DAY).price[at - TOMATO_SOUP + BREAD],
  )
  expect(lift(drop, BREAD)).toBe(1)
  expect(lift({ ...drop, product: CHICKEN_SOUP }, TOMATO_SOUP)).toBe(1)
  expect(conditions.priceUnder([happening({ ...drop, stores: [1] })], 0, TOMATO_SOUP, DAY)).toBe(price)
})

test('rainy week: fewer customers, more soup; a wet day is not wetted twice', () => {
  const day = dryDay()
  const rain = { kind: 'rainy_week', strength: 12 } as const
  expect(lift(rain, BREAD, day)).toBeLessThan(1)
  expect(lift(rain, BREAD, day)).toBeGreaterThanOrEqual(Math.exp(-0.15))
  expect(lift(rain, TOMATO_SOUP, day)).toBeGreaterThan(lift(rain, BREAD, day))
  const flooded = createConditions(
    world({ weather_zones: [{ ...town.weather_zones[0]!, wet_days_share: 1, wet_day_mm: 4_000 }] }),
    1,
  )
  const soaked = Array.from({ length: 50 }, (_, index) => DAY + index).find(
    (at) => flooded.on(at).weather[0]!.rainHours === 0xffffff,
  )!
  expect(flooded.lift(happening(rain), 0, TOMATO_SOUP, soaked)).toBe(1)
})

test('heat wave: less soup by the degrees that are new', () => {
  const day = dryDay()
  const { anomaly } = conditions.on(day).weather[0]!
  expect(lift({ kind: 'heat_wave', strength: 10 }, TOMATO_SOUP, day)).toBeCloseTo(
    Math.exp((-0.3 * (10 - anomaly)) / 10),
    10,
  )
  expect(lift({ kind: 'heat_wave', strength: 10 }, BREAD, day)).toBe(1)
})

test('viral product: that product, and a little less of its like', () => {
  const viral = { kind: 'viral_product', product: TOMATO_SOUP, strength: 8 } as const
  expect(lift(viral, TOMATO_SOUP)).toBe(8)
  expect(lift(viral, CHICKEN_SOUP)).toBeCloseTo(0.97)
  expect(lift(viral, BREAD)).toBe(1)
})

test('what happens elsewhere, or to goods and tills, changes no demand', () => {
  for (const kind of HAPPENINGS) expect(lift({ kind, product: BREAD, stores: [1] }, BREAD)).toBe(1)
  for (const kind of ['supplier_delay', 'till_outage', 'scanner_fault', 'theft'] as const) {
    expect(lift({ kind, strength: 3 }, BREAD)).toBe(1)
  }
})
