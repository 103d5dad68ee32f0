import { expect, test } from 'vitest'
import { createChance, gamma, normal, poisson } from '../../../test/planning/chance.ts'
import { negativeBinomialTable } from '../demand/negative-binomial.ts'
import { tableDemand } from '../demand/table.ts'
import { MARKDOWN_STEPS, type MarkdownQuestion, proposeMarkdown } from './markdown.ts'

/** @param mean of a day */
const demandOf = (mean: number, dispersion: number) => (factor: number) => (days: number) =>
  tableDemand(negativeBinomialTable(mean * factor * days, dispersion))

const stock = (overrides: Partial<MarkdownQuestion> = {}): MarkdownQuestion => ({
  lots: [{ days: 1, quantity: 30 }],
  demand: demandOf(15, 0.1),
  price: 200,
  floor: 60,
  scale: 1,
  elasticity: { value: -2.5, error: 0.4 },
  salvage: 0,
  ...overrides,
})

test.each([
  { mean: 15, dispersion: 0.1, elasticity: { value: -2.5, error: 0.4 } },
  { mean: 15, dispersion: 0.02, elasticity: { value: -2, error: 1 } },
  { mean: 24, dispersion: 0.3, elasticity: { value: -1.5, error: 0.3 } },
  { mean: 4, dispersion: 0.5, elasticity: { value: -3, error: 0.8 } },
])(
  'what is expected to be saved, and its range, are what customers who are made up show: $mean, $elasticity',
  (given) => {
    const { steps } = proposeMarkdown(
      stock({ demand: demandOf(given.mean, given.dispersion), elasticity: given.elasticity }),
    )
    expect(steps).toHaveLength(MARKDOWN_STEPS.length)
    const chance = createChance(11)
    for (const { price, saved, low, high } of steps) {
      const savings = Array.from({ length: 8_000 }, () => {
        const response = Math.min(0, given.elasticity.value + normal(chance) * given.elasticity.error)
        const level = given.mean * gamma(chance, given.dispersion)
        const today = poisson(chance, level)
        // Those who buy at today's price buy at the lower one, and others come besides.
        const then = today + poisson(chance, level * ((price / 200) ** response - 1))
        return price * Math.min(30, then) - 200 * Math.min(30, today)
      })
      const mean = savings.reduce((sum, each) => sum + each, 0) / savings.length
      const scatter = Math.sqrt(savings.reduce((sum, each) => sum + (each - mean) ** 2, 0) / savings.length)
      expect(Math.abs(saved - mean)).toBeLessThan(0.06 * scatter)
      // A tenth lies below and a tenth above, give or take; where the stock sells out, many lie on a bound.
      const share = (isIn: (saving: number) => boolean) => savings.filter(isIn).length / savings.length
      expect(share((saving) => saving < low)).toBeLessThan(0.15)
      expect(share((saving) => saving > high)).toBeLessThan(0.15)
      expect(share((saving) => saving <= low)).toBeGreaterThan(0.06)
      expect(share((saving) => saving >= high)).toBeGreaterThan(0.06)
    }
  },
)

test('what expires first is not sold later, whatever the price', () => {
  const lots = [
    { days: 1, quantity: 14 },
    { days: 3, quantity: 16 },
  ]
  const demand = demandOf(5, 0.1)
  const { steps } = proposeMarkdown(stock({ lots, demand }))
  const chance = createChance(8)
  for (const { price, unsold, saved, low, high } of steps) {
    const rounds = Array.from({ length: 8_000 }, () => {
      const response = Math.min(0, -2.5 + normal(chance) * 0.4)
      const level = 5 * gamma(chance, 0.1)
      const sell = (days: readonly [number, number]) => {
        const early = Math.min(14, days[0])
        return early + Math.min(16, days[0] - early + days[1])
      }
      const today: [number, number] = [poisson(chance, level), poisson(chance, 2 * level)]
      const more = level * ((price / 200) ** response - 1)
      const then: [number, number] = [today[0] + poisson(chance, more), today[1] + poisson(chance, 2 * more)]
      return { saving: price * sell(then) - 200 * sell(today), unsold: 30 - sell(then) }
    })
    const mean = (value: (round: (typeof rounds)[number]) => number) =>
      rounds.reduce((sum, round) => sum + value(round), 0) / rounds.length
    const average = mean(({ saving }) => saving)
    const scatter = Math.sqrt(mean(({ saving }) => (saving - average) ** 2))
    expect(Math.abs(unsold - mean((round) => round.unsold))).toBeLessThan(0.6)
    expect(Math.abs(saved - average)).toBeLessThan(0.15 * scatter)
    expect(mean(({ saving }) => Number(saving < low || saving > high))).toBeLessThan(0.3)
  }
})

test('the step that is expected to save most is proposed, at a whole price', () => {
  const { choice, steps, reason } = proposeMarkdown(stock({ price: 199 }))
  expect(reason).toBe('pays')
  expect(choice!.saved).toBe(Math.max(...steps.map(({ saved }) => saved)))
  for (const { price, off } of steps) {
    expect(Number.isInteger(price)).toBe(true)
    expect(off).toBeCloseTo(1 - price / 199, 10)
  }
})

test('what sells by itself keeps its price, and so does what nobody buys more of', () => {
  expect(proposeMarkdown(stock({ demand: demandOf(60, 0) }))).toMatchObject({
    choice: null,
    reason: 'nothing_pays',
  })
  const deaf = proposeMarkdown(stock({ elasticity: { value: -0.3, error: 0.1 } }))
  expect(deaf).toMatchObject({ choice: null, reason: 'nothing_pays' })
  expect(deaf.steps.every(({ saved }) => saved < 0)).toBe(true)
})

test('no price is below the floor, and none is made up', () => {
  expect(proposeMarkdown(stock({ floor: 150 })).steps.map(({ price }) => price)).toEqual([180, 160])
  expect(proposeMarkdown(stock({ floor: 190 }))).toEqual({ choice: null, steps: [], reason: 'at_floor' })
  for (const price of [null, 0, -5, Number.NaN])
    expect(proposeMarkdown(stock({ price })).reason).toBe('no_price')
  // Of 1 and 2 minor units there is hardly a lower price.
  expect(proposeMarkdown(stock({ price: 1, floor: 0 })).reason).toBe('at_floor')
  expect(proposeMarkdown(stock({ price: 2, floor: 0 })).steps.map(({ price }) => price)).toEqual([1])
})

test('what expired goods still bring makes a markdown worth less', () => {
  const plain = proposeMarkdown(stock()).choice!
  const brought = proposeMarkdown(stock({ salvage: 60 }))
  expect(brought.steps.find(({ price }) => price === plain.price)!.saved).toBeLessThan(plain.saved)
})

test('grams are paid by the kilogram', () => {
  const demand = (factor: number) => (days: number) => {
    const pieces = demandOf(15, 0.1)(factor)(days)
    return {
      mean: pieces.mean * 1_000,
      variance: pieces.variance * 1e6,
      cdf: (units: number) => pieces.cdf(units / 1_000),
      quantile: (probability: number) => pieces.quantile(probability) * 1_000,
      shortage: (units: number) => pieces.shortage(units / 1_000) * 1_000,
    }
  }
  const grams = proposeMarkdown(stock({ lots: [{ days: 1, quantity: 30_000 }], scale: 0.001, demand }))
  expect(grams.choice).toMatchObject({ saved: proposeMarkdown(stock()).choice!.saved })
})
