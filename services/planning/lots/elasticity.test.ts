import { expect, test } from 'vitest'
import { createChance, normal } from '../../../test/planning/chance.ts'
import { measuredElasticity, type PromotionSums, shrunkElasticities, USUAL_ELASTICITY } from './elasticity.ts'

/** Weeks of a SKU whose sales scatter by a fifth or so, some of them with a fifth off. */
function weeksOf(
  sku: string,
  category: string,
  elasticity: number,
  { weeks, scatter, chance }: { weeks: number; scatter: number; chance: () => number },
): PromotionSums {
  const x = Math.log(0.8)
  const sums = { weeks, products: 0, squares: 0, plain_weeks: 20, plain_squares: 0 }
  for (let week = 0; week < weeks; week++) {
    sums.products += x * (elasticity * x + scatter * normal(chance))
    sums.squares += x * x
  }
  for (let week = 0; week < 20; week++) sums.plain_squares += (scatter * normal(chance)) ** 2
  return { sku, category, ...sums }
}

test('what is drawn towards the category is nearer to the truth, and its error says how near', () => {
  let raw = 0
  let shrunk = 0
  let inside = 0
  let count = 0
  for (let seed = 1; seed <= 6; seed++) {
    const chance = createChance(seed)
    const truth = new Map<string, number>()
    const range: PromotionSums[] = []
    for (let category = 0; category < 10; category++) {
      const mean = -2 + 0.6 * normal(chance)
      for (let product = 0; product < 12; product++) {
        const sku = `P${category}-${product}`
        truth.set(sku, mean + 0.4 * normal(chance))
        const choice = { weeks: 1 + (product % 3), scatter: 0.2, chance }
        range.push(weeksOf(sku, `C${category}`, truth.get(sku)!, choice))
      }
    }
    const elasticities = shrunkElasticities(range)
    for (const sums of range) {
      const { value, error, basis } = elasticities.ofSku(sums.sku, sums.category)
      const actual = truth.get(sums.sku)!
      expect(basis).toBe('measured')
      raw += (measuredElasticity(sums)!.value - actual) ** 2
      shrunk += (value - actual) ** 2
      count++
      // 80% of a normal distribution.
      if (Math.abs(value - actual) < 1.2816 * error) inside++
    }
  }
  expect(shrunk).toBeLessThan(0.35 * raw)
  expect(inside / count).toBeGreaterThan(0.74)
  expect(inside / count).toBeLessThan(0.86)
})

test('one that is well known stays where it is, one of a single noisy week goes to its category', () => {
  const chance = createChance(2)
  const of = (sku: string, elasticity: number, weeks: number, scatter: number) =>
    weeksOf(sku, 'Bread', elasticity, { weeks, scatter, chance })
  const others = Array.from({ length: 8 }, (_, number) => of(`O${number}`, -2, 6, 0.05))
  const elasticities = shrunkElasticities([...others, of('sure', -4, 20, 0.02), of('vague', -9, 1, 0.5)])
  expect(elasticities.ofSku('sure', 'Bread').value).toBeCloseTo(-4, 0)
  expect(Math.abs(elasticities.ofSku('vague', 'Bread').value + 2)).toBeLessThan(1.2)
})

test('without promotions of its own a SKU is as its category, without any the usual one, and says so', () => {
  const chance = createChance(9)
  const range = Array.from({ length: 6 }, (_, number) =>
    weeksOf(`P${number}`, 'Bread', -3, { weeks: 4, scatter: 0.1, chance }),
  )
  const elasticities = shrunkElasticities(range)
  const kin = elasticities.ofSku('new', 'Bread')
  expect(kin).toMatchObject({ basis: 'category', measured: null })
  expect(kin.value).toBeCloseTo(-3, 0)
  expect(elasticities.ofSku('new', 'Fish')).toMatchObject({ ...USUAL_ELASTICITY, basis: 'usual' })
  expect(shrunkElasticities([]).ofSku('new', 'Fish')).toMatchObject({ ...USUAL_ELASTICITY, basis: 'usual' })
})

test('of too few weeks nothing is measured', () => {
  const sums = { sku: 'P', category: 'C', weeks: 2, products: 0.2, squares: 0.1, plain_squares: 1 }
  expect(measuredElasticity({ ...sums, plain_weeks: 3 })).toBeNull()
  expect(measuredElasticity({ ...sums, plain_weeks: 20, weeks: 0 })).toBeNull()
  expect(measuredElasticity({ ...sums, plain_weeks: 20, squares: 0 })).toBeNull()
})
