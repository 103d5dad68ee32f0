import { expect, test } from 'vitest'
import { levelPoints } from './level.ts'
import { type Arrival, RISK_DAYS, type RiskQuestion, stockOutRisks } from './stock-out-risks.ts'

const flat = (mean: number) => new Array<number>(RISK_DAYS).fill(mean)

/** A generator of its own, so that a run is the same each time (mulberry32). */
function uniforms(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Marsaglia and Tsang, with the power trick below shape 1. */
function gamma(shape: number, uniform: () => number): number {
  if (shape < 1) return gamma(shape + 1, uniform) * uniform() ** (1 / shape)
  const d = shape - 1 / 3
  for (;;) {
    const normal = Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
    const v = (1 + normal / Math.sqrt(9 * d)) ** 3
    if (v > 0 && Math.log(1 - uniform()) < normal ** 2 / 2 + d - d * v + d * Math.log(v)) return d * v
  }
}
function poisson(mean: number, uniform: () => number): number {
  const least = Math.exp(-mean)
  let count = 0
  for (let product = uniform(); product > least; product *= uniform()) count++
  return count
}

/** The same store, customer by customer's day, lot by lot, many times. */
function simulate(question: RiskQuestion, rounds: number): { wanted: number[]; empty: number[] } {
  const { onHand, lots = [], arrivals = [], demand } = question
  const uniform = uniforms(7)
  const wanted = flat(0)
  const empty = flat(0)
  for (let round = 0; round < rounds; round++) {
    const level =
      demand.levelVariance > 0 ? gamma(1 / demand.levelVariance, uniform) * demand.levelVariance : 1
    const inLots = lots.reduce((sum, { quantity }) => sum + quantity, 0)
    const shelf = [...lots.map((lot) => ({ ...lot })), { quantity: onHand - inLots, expiresAfter: undefined }]
    const days = arrivals.map((arrival) => drawDay(arrival, uniform()))
    for (let day = 1; day <= RISK_DAYS; day++) {
      for (const [at, { quantity, inFull = 1, shareOtherwise = 1, expiresAfter }] of arrivals.entries())
        if (days[at] === day)
          shelf.push({ quantity: uniform() < inFull ? quantity : quantity * shareOtherwise, expiresAfter })
      shelf.sort((one, other) => (one.expiresAfter ?? 1e9) - (other.expiresAfter ?? 1e9))
      const mean = demand.means[day - 1]! * level
      const units =
        demand.spread > 1
          ? poisson(gamma(mean / (demand.spread - 1), uniform) * (demand.spread - 1), uniform)
          : poisson(mean, uniform)
      const before = shelf.reduce((sum, { quantity }) => sum + quantity, 0)
      if (units > before) wanted[day - 1]! += 1 / rounds
      let rest = units
      for (const lot of shelf) {
        const sold = Math.min(lot.quantity, rest)
        lot.quantity -= sold
        rest -= sold
        if (lot.expiresAfter === day) lot.quantity = 0
      }
      if (shelf.every(({ quantity }) => quantity === 0)) empty[day - 1]! += 1 / rounds
    }
  }
  return { wanted, empty }
}
function drawDay({ days }: Arrival, uniform: number): number {
  let sum = 0
  for (const [at, share] of days.entries()) {
    sum += share
    if (uniform < sum) return at + 1
  }
  return RISK_DAYS + 1
}

const ROUNDS = 40_000
const CASES: Record<string, RiskQuestion> = {
  'a few pieces, nothing on its way': {
    onHand: 5,
    demand: { means: flat(0.8), spread: 1, levelVariance: 0 },
    inPieces: true,
  },
  'customers who take several, and a level nobody knows': {
    onHand: 9,
    demand: { means: flat(0.8), spread: 2.5, levelVariance: 0.3 },
    inPieces: true,
  },
  'an order on one of three days, not always in full': {
    onHand: 4,
    arrivals: [{ quantity: 10, days: [0, 0, 0.2, 0.5, 0.2], inFull: 0.8, shareOtherwise: 0.5 }],
    demand: { means: flat(1.2), spread: 1.3, levelVariance: 0.1 },
    inPieces: true,
  },
  'two orders': {
    onHand: 2,
    arrivals: [
      { quantity: 6, days: [0.1, 0.6, 0.3] },
      { quantity: 8, days: [0, 0, 0, 0, 0.3, 0.4, 0.3] },
    ],
    demand: { means: [1, 1, 2, 0, 1, 1, 1, 1, 1, 2, 0, 1, 1, 1], spread: 1.5, levelVariance: 0 },
    inPieces: true,
  },
  'lots that expire before they are sold': {
    onHand: 20,
    lots: [
      { quantity: 8, expiresAfter: 2 },
      { quantity: 9, expiresAfter: 5 },
    ],
    arrivals: [{ quantity: 6, days: [0, 0, 0, 1], expiresAfter: 7 }],
    demand: { means: flat(1), spread: 1.2, levelVariance: 0.2 },
    inPieces: true,
  },
  'an empty shelf': {
    onHand: -3,
    arrivals: [{ quantity: 30, days: [0, 0.5, 0.5] }],
    demand: { means: flat(0.3), spread: 1, levelVariance: 0 },
    inPieces: true,
  },
}

test.for(Object.entries(CASES))('%s: the risks are those of a simulation', ([, question]) => {
  const risks = stockOutRisks(question)
  const expected = simulate({ ...question, onHand: Math.max(0, question.onHand) }, ROUNDS)
  for (let day = 0; day < RISK_DAYS; day++) {
    // Five standard errors at most, and what three levels leave out of all.
    const tolerance = question.demand.levelVariance > 0 ? 0.02 : 0.0125
    expect(Math.abs(risks.wanted[day]! - expected.wanted[day]!), `wanted, day ${day + 1}`).toBeLessThan(
      tolerance,
    )
    expect(Math.abs(risks.empty[day]! - expected.empty[day]!), `empty, day ${day + 1}`).toBeLessThan(
      tolerance,
    )
  }
})

test('where many pieces are one step, the risks are near those of a simulation', () => {
  const question: RiskQuestion = {
    onHand: 150,
    arrivals: [{ quantity: 120, days: [0, 0, 0, 0, 0, 0.3, 0.5, 0.2] }],
    demand: { means: flat(25), spread: 4, levelVariance: 0.05 },
    inPieces: true,
  }
  const risks = stockOutRisks(question)
  const { wanted } = simulate(question, 20_000)
  for (let day = 0; day < RISK_DAYS; day++)
    expect(Math.abs(risks.wanted[day]! - wanted[day]!)).toBeLessThan(0.06)
})

test('without stock the risk is that somebody comes; without demand there is none', () => {
  const none = { onHand: 0, demand: { means: flat(0.5), spread: 1, levelVariance: 0 }, inPieces: true }
  for (const risk of stockOutRisks(none).wanted) expect(risk).toBeCloseTo(1 - Math.exp(-0.5), 9)
  const idle = stockOutRisks({ ...none, demand: { means: flat(0), spread: 1, levelVariance: 0.4 } })
  expect(Array.from(idle.wanted)).toEqual(flat(0))
  expect(Array.from(idle.empty)).toEqual(flat(1))
})

test('what cannot be sold in time is no risk, more demand is more risk, more stock is less', () => {
  const at = (onHand: number, mean: number) =>
    stockOutRisks({ onHand, demand: { means: flat(mean), spread: 1.5, levelVariance: 0.2 }, inPieces: true })
      .wanted
  expect(Array.from(at(500, 1))).toEqual(flat(0))
  for (let day = 0; day < RISK_DAYS; day++) {
    expect(at(6, 1)[day]!).toBeGreaterThanOrEqual(at(8, 1)[day]!)
    expect(at(6, 1)[day]!).toBeLessThanOrEqual(at(6, 1.4)[day]!)
  }
})

test('weighed goods are told in grams as they would be in pieces of the same size', () => {
  const demand = { means: flat(1.5), spread: 1, levelVariance: 0.1 }
  const pieces = stockOutRisks({ onHand: 8, demand, inPieces: true })
  const grams = stockOutRisks({
    onHand: 8_000,
    demand: { means: flat(1_500), spread: 1_000, levelVariance: 0.1 },
    inPieces: false,
  })
  for (let day = 0; day < RISK_DAYS; day++)
    expect(Math.abs(grams.wanted[day]! - pieces.wanted[day]!)).toBeLessThan(0.06)
})

test('three levels have the moments of the gamma distribution', () => {
  for (const variance of [0.01, 0.3, 1, 3]) {
    const points = levelPoints(variance)
    const moment = (order: number) =>
      points.reduce((sum, { factor, weight }) => sum + weight * factor ** order, 0)
    expect(moment(0)).toBeCloseTo(1, 9)
    expect(moment(1)).toBeCloseTo(1, 9)
    expect(moment(2)).toBeCloseTo(1 + variance, 9)
    expect(moment(3)).toBeCloseTo((1 + variance) * (1 + 2 * variance), 8)
    for (const { factor, weight } of points) expect(Math.min(factor, weight)).toBeGreaterThan(0)
  }
})
