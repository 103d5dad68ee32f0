import { expect, test } from 'vitest'
import { createChance, gamma, poisson } from '../../../test/planning/chance.ts'
import { negativeBinomialTable } from '../demand/negative-binomial.ts'
import { tableDemand } from '../demand/table.ts'
import { lotOutlooks, type ShelfLot } from './fefo.ts'

const ROUNDS = 20_000

/** Sells day by day from the lot that expires first, and throws away on the evening of its last day. */
function simulate(lots: readonly ShelfLot[], rate: number, dispersion: number) {
  const chance = createChance(7)
  const unsold = lots.map(() => 0)
  const often = lots.map(() => 0)
  const last = Math.max(...lots.map(({ days }) => days ?? 0))
  for (let round = 0; round < ROUNDS; round++) {
    const left = lots.map(({ quantity }) => quantity)
    const level = rate * gamma(chance, dispersion)
    for (let day = 1; day <= last; day++) {
      let asked = poisson(chance, level)
      for (const [place, { days }] of lots.entries()) {
        if (days !== null && days < day) continue
        const sold = Math.min(asked, left[place]!)
        left[place]! -= sold
        asked -= sold
        if (days === day) {
          unsold[place]! += left[place]!
          if (left[place]! > 0) often[place]! += 1
          left[place] = 0
        }
      }
    }
  }
  return { unsold: unsold.map((sum) => sum / ROUNDS), often: often.map((count) => count / ROUNDS) }
}

/** As the simulation has it: a Poisson whose level is a gamma. */
const demandOf = (rate: number, dispersion: number) => (days: number) =>
  tableDemand(negativeBinomialTable(rate * days, dispersion))

test.each([
  { rate: 4, dispersion: 0, days: 3, quantity: 12 },
  { rate: 4, dispersion: 0.3, days: 3, quantity: 15 },
  { rate: 0.4, dispersion: 0.5, days: 5, quantity: 3 },
  { rate: 9, dispersion: 0.1, days: 1, quantity: 7 },
])('of one lot, what is left over is as a shelf that sells shows it: $rate a day', (given) => {
  const lots = [{ days: given.days, quantity: given.quantity }]
  const [outlook] = lotOutlooks(lots, demandOf(given.rate, given.dispersion), 1)
  const simulation = simulate(lots, given.rate, given.dispersion)
  expect(outlook!.unsold).toBeCloseTo(simulation.unsold[0]!, 1)
  expect(outlook!.probability).toBeCloseTo(simulation.often[0]!, 1)
})

test('of several lots, too: an earlier one that is thrown away serves nobody, and takes nobody from the later one', () => {
  for (const dispersion of [0, 0.3]) {
    const lots = [
      { days: 1, quantity: 8 },
      { days: 3, quantity: 10 },
      { days: 6, quantity: 14 },
    ]
    const outlooks = lotOutlooks(lots, demandOf(5, dispersion), 1)
    const simulation = simulate(lots, 5, dispersion)
    // Days that are independent of each other are less alike than quantiles: some per cent of a lot.
    for (const [place, { unsold }] of outlooks.entries())
      expect(Math.abs(unsold - simulation.unsold[place]!)).toBeLessThan(
        (dispersion === 0 ? 0.06 : 0.03) * lots[place]!.quantity,
      )
    expect(outlooks.map(({ stock }) => stock)).toEqual([8, 18, 32])
  }
})

test('what has expired is left over, and what keeps is not', () => {
  const outlooks = lotOutlooks(
    [
      { days: 0, quantity: 5 },
      { days: 2, quantity: 4 },
      { days: null, quantity: 90 },
    ],
    demandOf(50, 0),
    1,
  )
  expect(outlooks).toMatchObject([
    { unsold: 5, probability: 1 },
    // What has expired is not sold before it.
    { stock: 4 },
    { unsold: 0, probability: 0 },
  ])
  expect(outlooks[1]!.unsold).toBeCloseTo(0, 6)
})

test('never less than nothing nor more than the lot, and all lots together at least what the shelf as one leaves', () => {
  const chance = createChance(3)
  for (let round = 0; round < 300; round++) {
    const lots = Array.from({ length: 1 + Math.floor(chance() * 4) }, () => ({
      days: 1 + Math.floor(chance() * 9),
      quantity: 1 + Math.floor(chance() * 30),
    })).sort((one, other) => one.days - other.days)
    const over = demandOf(0.1 + chance() * 8, chance())
    const outlooks = lotOutlooks(lots, over, 1)
    for (const [place, { unsold, probability }] of outlooks.entries()) {
      expect(unsold).toBeGreaterThanOrEqual(0)
      expect(unsold).toBeLessThanOrEqual(lots[place]!.quantity)
      expect(probability).toBeGreaterThanOrEqual(0)
      expect(probability).toBeLessThanOrEqual(1)
    }
    const { stock } = outlooks.at(-1)!
    const demand = over(lots.at(-1)!.days)
    const together = outlooks.reduce((sum, { unsold }) => sum + unsold, 0)
    expect(together).toBeGreaterThanOrEqual(stock - demand.mean + demand.shortage(stock) - 1e-9)
  }
})
