import { dayOf, mondayOf } from '@shelfcast/contracts/dates'
import { expect, test } from 'vitest'
import { product, world } from '../../test/datagen/world.ts'
import { PROFILES } from '../world/world.ts'
import { createEconomy } from './economy.ts'
import { createPrices, retailPrice } from './prices.ts'

const products = Array.from({ length: 40 }, (_, index) =>
  product({ sku: `S${index}`, price: 99 + index * 100, cost: 60 + index * 60 }),
)
const chain = world({ products })
const prices = () => createPrices(chain, 1, createEconomy(chain, 1))
const FIRST = mondayOf(dayOf('2005-01-03'))
const WEEKS = 20 * 52
const SUPERMARKET = PROFILES.indexOf('supermarket') * products.length

test('prices are such as shops print', () => {
  expect([0.4, 44, 46, 131, 1_000, 2_474, 2_475, 15_000].map((target) => retailPrice(target))).toEqual([
    1, 45, 45, 129, 999, 2_449, 2_499, 14_999,
  ])
  expect(retailPrice(131, 131)).toBe(135)
})

test('a price stays for months, changes on its own weeks, moves by a few per cent, and is above cost', () => {
  const priceBook = prices()
  const weeks = Array.from({ length: WEEKS }, (_, week) => priceBook.week(FIRST + week * 7))
  let changes = 0
  let together = 0
  for (let week = 1; week < WEEKS; week++) {
    let now = 0
    for (let item = 0; item < products.length; item++) {
      const price = weeks[week]!.price[SUPERMARKET + item]!
      const previous = weeks[week - 1]!.price[SUPERMARKET + item]!
      if (price !== previous) now++
      expect(price).toBeGreaterThan(products[item]!.cost * 0.65)
      expect(price % 10 === 9 || price % 10 === 5).toBe(true)
    }
    changes += now
    together = Math.max(together, now)
  }
  const yearly = changes / products.length / 20
  expect(yearly).toBeGreaterThan(1)
  expect(yearly).toBeLessThan(3)
  expect(together).toBeLessThan(products.length / 4)
  const spread = weeks.flatMap(({ real }) => [...real.slice(SUPERMARKET, SUPERMARKET + products.length)])
  expect(Math.sqrt(spread.reduce((sum, value) => sum + value * value, 0) / spread.length)).toBeCloseTo(
    0.08,
    1,
  )
  expect(Math.max(...spread.map(Math.abs))).toBeLessThan(0.2)
})

test('over the years prices rise by inflation, and profiles keep their distance', () => {
  const priceBook = prices()
  const total = (day: string, profile: (typeof PROFILES)[number]) => {
    const { price } = priceBook.week(mondayOf(dayOf(day)))
    const zone = PROFILES.indexOf(profile)
    return price
      .slice(zone * products.length, (zone + 1) * products.length)
      .reduce((sum, value) => sum + value, 0)
  }
  expect(Math.log(total('2025-01-06', 'supermarket') / total('2005-01-03', 'supermarket')) / 20).toBeCloseTo(
    0.02,
    2,
  )
  expect(total('2025-01-06', 'convenience') / total('2025-01-06', 'supermarket')).toBeCloseTo(1.1, 1)
})

test('weeks asked in another order have the same prices', () => {
  const forwards = prices()
  const backwards = prices()
  const order = Array.from({ length: 60 }, (_, week) => FIRST + week * 7)
  const weeks = new Map(order.map((monday) => [monday, forwards.week(monday)]))
  for (const monday of order.toReversed()) expect(backwards.week(monday)).toEqual(weeks.get(monday))
})
