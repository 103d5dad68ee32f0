import { dateOf, dayOf, mondayOf } from '@shelfcast/contracts/dates'
import { Basket } from '@shelfcast/contracts/events'
import { Compile } from 'typebox/compile'
import { expect, test } from 'vitest'
import { category, product, world } from '../../test/datagen/world.ts'
import { PROFILES, type World } from '../world/world.ts'
import { createPromotions } from './promotions.ts'

const products = Array.from({ length: 20 }, (_, index) => product({ sku: `S${index}`, daily_units: 10 }))
const chain = (overrides: Partial<World> = {}) =>
  world({ products, categories: [category({ cannibalisation: 0.5 })], ...overrides })
const always = () => true
const FIRST = mondayOf(dayOf('2020-01-06'))
const mondays = Array.from({ length: 520 }, (_, week) => FIRST + week * 7)
const ones = () => new Float64Array(PROFILES.length * products.length).fill(1)

test('as many products as the world says are on promotion, for a week, in some profiles or in all', () => {
  const promotions = createPromotions(chain(), 1, always)
  let count = 0
  let cells = 0
  for (const monday of mondays) {
    const { promotions: ofWeek, index } = promotions.week(monday)
    count += ofWeek.length
    cells += index.filter((at) => at >= 0).length
    ofWeek.forEach(({ from, to, product: item }, at) => {
      expect([from, to]).toEqual([monday, monday + 6])
      expect(index.some((entry, cell) => entry === at && cell % products.length === item)).toBe(true)
    })
  }
  expect(count / mondays.length / products.length).toBeCloseTo(0.06, 2)
  expect(cells / count).toBeGreaterThan(3)
  expect(cells / count).toBeLessThan(4)
})

test('terms: every kind comes, groups for multibuy alone, and none of goods by weight', () => {
  const promotions = createPromotions(chain(), 1, always)
  const all = mondays.flatMap((monday) => promotions.week(monday).promotions)
  expect(new Set(all.map(({ kind }) => kind)).size).toBe(4)
  for (const { kind, off, group } of all) {
    if (kind === 'multibuy') expect([`2 ${0.25}`, `3 ${1 / 3}`]).toContain(`${group} ${off}`)
    else expect(group).toBe(1)
  }
  const weighed = chain({ products: products.map((article) => ({ ...article, unit: 'g' as const })) })
  const ofWeighed = createPromotions(weighed, 1, always)
  expect(
    mondays.flatMap((monday) => ofWeighed.week(monday).promotions).some(({ kind }) => kind === 'multibuy'),
  ).toBe(false)
})

test('ids are unique, say the week, and are identifiers whatever the SKU', () => {
  const long = products.map((article, index) => product({ ...article, sku: `${'x'.repeat(60)}${index}` }))
  const promotions = createPromotions(chain({ products: long }), 1, always)
  const ids = mondays.flatMap((monday) =>
    promotions.week(monday).promotions.map((promotion) => promotion.promotion_id),
  )
  expect(new Set(ids).size).toBe(ids.length)
  const schema = Compile(Basket.properties.lines.items.properties.promotion_id)
  for (const id of ids) expect(schema.Check(id)).toBe(true)
  const [first] = createPromotions(chain(), 1, always).week(dayOf('2026-11-16')).promotions
  expect(first!.promotion_id).toBe(`P2026W47-${products[first!.product]!.sku}`)
})

test('demand goes up, is missing for two weeks after, and is taken from the rest of the category', () => {
  const off = 0.2
  const terms = { weight: 1, off: [off], uplift: 0.3, pull_forward: 0.4 }
  const kinds = {
    price_off: terms,
    multibuy: { ...terms, weight: 0 },
    end_cap: { ...terms, weight: 0 },
    coupon: { ...terms, weight: 0 },
  }
  const promotions = createPromotions(chain({ promotions: { share: 0.01, kinds } }), 1, always)
  const isQuiet = (monday: number) => promotions.week(monday).promotions.length === 0
  const monday = mondays.find(
    (day) =>
      promotions.week(day).promotions.length === 1 &&
      [-14, -7, 7, 14, 21].every((days) => isQuiet(day + days)) &&
      promotions.week(day).index.filter((at) => at >= 0).length === PROFILES.length,
  )!
  expect(monday, 'a week with one promotion and quiet ones around it').toBeDefined()
  const { product: item } = promotions.week(monday).promotions[0]!
  const other = (item + 1) % products.length
  const factors = [0, 7, 14, 21].map((days) => {
    const values = ones()
    promotions.apply(monday + days, values)
    return values
  })
  const uplift = 0.8 ** products[item]!.elasticity * Math.exp(0.3)
  expect(factors[0]![item]).toBeCloseTo(uplift, 10)
  expect(factors[1]![item]! + factors[2]![item]!).toBeCloseTo(2 - 0.4 * (uplift - 1), 10)
  expect(factors[1]![item]).toBeLessThan(factors[2]![item]!)
  expect(factors[3]![item]).toBe(1)
  // Equal products: 19 others lose half of what one gains.
  expect(factors[0]![other]).toBeCloseTo(1 - (0.5 * (uplift - 1)) / 19, 10)
  expect(factors[1]![other]).toBe(1)
})

test('weeks do not depend on the order of asking, nor on other products', () => {
  const forwards = createPromotions(chain(), 1, always)
  const alone = createPromotions(chain({ products: products.slice(5, 6) }), 1, always)
  const weeks = new Map(mondays.slice(0, 60).map((monday) => [monday, forwards.week(monday)]))
  const backwards = createPromotions(chain(), 1, always)
  for (const monday of mondays.slice(0, 60).toReversed()) {
    expect(backwards.week(monday)).toEqual(weeks.get(monday))
    const ids = weeks.get(monday)!.promotions.filter(({ product: item }) => item === 5)
    expect(
      alone.week(monday).promotions.map((promotion) => promotion.promotion_id),
      dateOf(monday),
    ).toEqual(ids.map((promotion) => promotion.promotion_id))
  }
})
