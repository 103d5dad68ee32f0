import { expect, test } from 'vitest'
import { elasticities, emptyPanel, type PricePanel, pooledElasticity, promotionUplifts } from './price.ts'

const ELASTICITY: Record<string, number> = { tea: -0.9, coffee: -1.4, cocoa: -2.5 }

/** Sales without chance, so that what was put in must be found to the digit. */
function panel(elasticity = ELASTICITY): PricePanel {
  const result = emptyPanel()
  Object.keys(elasticity).forEach((sku, product) => {
    for (const store of ['north', 'south']) {
      for (let week = 0; week < 104; week++) {
        const price = 2 + 0.2 * Math.floor(2 + 2 * Math.sin(product * 5 + Math.floor(week / 9) * 3))
        const isPromoted = (week * 7 + product * 11) % 13 === 0
        const wasPromoted = !isPromoted && ((week - 1) * 7 + product * 11) % 13 === 0
        const days = 7 - (week % 3)
        result.series.push(`${store} ${sku}`)
        result.sku.push(sku)
        result.category.push('hot drinks')
        result.market.push(`${store} ${week}`)
        result.month.push((Math.floor(week / 4.34) % 12) + 1)
        result.days.push(days)
        result.price.push(price)
        result.after.push(wasPromoted ? 1 : 0)
        result.promoted.price_off.push(0)
        result.promoted.multibuy.push(0)
        result.promoted.end_cap.push(isPromoted ? 1 : 0)
        result.promoted.coupon.push(0)
        result.units.push(
          days *
            Math.exp(
              product +
                Math.sin(week / 8) +
                elasticity[sku]! * Math.log(price) +
                (isPromoted ? 0.7 : 0) -
                (wasPromoted ? 0.2 : 0),
            ),
        )
      }
    }
  })
  return result
}

test('each product’s elasticity is found beside season, promotions and what follows them', () => {
  const actual = elasticities(panel())
  for (const [sku, truth] of Object.entries(ELASTICITY))
    expect(actual.get(sku)!.estimate).toBeCloseTo(truth, 3)
})

test('one elasticity for all, where all have the same', () => {
  const same = panel({ tea: -1.2, coffee: -1.2, cocoa: -1.2 })
  // What follows a promotion is no regressor of the pooled one.
  same.units = same.units.map((units, i) => (same.after[i] ? units * Math.exp(0.2) : units))
  expect(pooledElasticity(same)!.estimate).toBeCloseTo(-1.2, 3)
})

test('uplift of a promotion, and the dip after it', () => {
  const flat = panel()
  flat.units = flat.units.map(
    (units, i) => units / Math.exp(ELASTICITY[flat.sku[i]!]! * Math.log(flat.price[i]!)),
  )
  const uplifts = promotionUplifts(flat)
  expect([...uplifts.keys()]).toEqual(['end_cap', 'after'])
  expect(uplifts.get('end_cap')!.estimate).toBeCloseTo(0.7, 3)
  expect(uplifts.get('after')!.estimate).toBeCloseTo(-0.2, 3)
})

test('a product whose price stayed is left out', () => {
  const fixed = panel()
  fixed.price = fixed.price.map((price, i) => (fixed.sku[i] === 'tea' ? 2 : price))
  expect(elasticities(fixed).has('tea')).toBe(false)
})
