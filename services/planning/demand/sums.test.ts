import type { SumBand } from '@shelfcast/contracts/manifest'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { curveOfPieces, curveOfWeighed } from './curve.ts'
import type { Demand } from './demand.ts'
import { mixture } from './mixture.ts'
import { negativeBinomialBelow, negativeBinomialTable } from './negative-binomial.ts'
import { protectionDemand } from './protection.ts'
import { AS_STATED } from './recalibration.ts'
import { betaBelow, gammaAbove, gammaBelow, logGamma } from './special-functions.ts'
import { demandOverDays, spansOf } from './sums.ts'
import { tableDemand } from './table.ts'
import { wideDemand } from './wide.ts'

const band = (overrides: Partial<SumBand> = {}): SumBand => ({
  from_mean: 0,
  days: 1,
  factor: 1,
  dispersion: 0.3,
  scale: 1,
  levels: [],
  ...overrides,
})
const WIDER = [
  { stated: 0.1, actual: 0.15 },
  { stated: 0.5, actual: 0.45 },
  { stated: 0.9, actual: 0.82 },
  { stated: 0.99, actual: 0.96 },
]
const BANDS = [
  band({ days: 1, dispersion: 0.5 }),
  band({ days: 28, dispersion: 0.1, factor: 1.2, levels: WIDER }),
  band({ goods: 'weighed', days: 7, scale: 2, dispersion: 0.05, levels: WIDER }),
]
const flat = (mean: number, days = 28) => new Array<number>(days).fill(mean)

describe('special functions', () => {
  // By scipy.special 1.17: gammaln, gammainc, gammaincc, betainc.
  test.each([
    [0.05, 2.968879201051731],
    [30, 71.257038967168],
  ])('ln Gamma(%s)', (x, expected) => expect(logGamma(x)).toBeCloseTo(expected, 10))

  test('incomplete gamma', () => {
    expect(gammaBelow(1e6, 1e6)).toBeCloseTo(0.5001329807608725, 12)
    expect(gammaAbove(1e6, 999_000)).toBeCloseTo(0.8413447864256963, 12)
    expect(gammaBelow(1, 2)).toBeCloseTo(1 - Math.exp(-2), 14)
    expect(gammaAbove(0.5, 9)).toBeCloseTo(2.2090496998585475e-5, 16)
  })

  test('incomplete beta', () => {
    // I_x(1, b) = 1 - (1 - x)^b, and I_x(a, b) = 1 - I_(1-x)(b, a).
    expect(betaBelow(1, 7, 0.3)).toBeCloseTo(1 - 0.7 ** 7, 14)
    expect(betaBelow(2.5, 40, 0.1)).toBeCloseTo(1 - betaBelow(40, 2.5, 0.9), 13)
    expect(betaBelow(2, 3, 0)).toBe(0)
    expect(betaBelow(2, 3, 1)).toBe(1)
  })
})

describe('a table', () => {
  test('is the Poisson without dispersion, and the geometric with dispersion 1', () => {
    expect(negativeBinomialTable(3, 0)[2]).toBeCloseTo(Math.exp(-3) * (1 + 3 + 4.5), 14)
    const geometric = negativeBinomialTable(4, 1)
    for (const units of [0, 1, 5, 20]) expect(geometric[units]).toBeCloseTo(1 - (4 / 5) ** (units + 1), 12)
  })

  test('has the mean and variance that it is made for', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-3, max: 30, noNaN: true }),
        fc.double({ min: 0, max: 3, noNaN: true }),
        (mean, a) => {
          const demand = tableDemand(negativeBinomialTable(mean, a))
          expect(demand.mean / mean).toBeCloseTo(1, 4)
          expect(demand.variance / (mean + a * mean * mean)).toBeCloseTo(1, 3)
        },
      ),
    )
  })
})

describe('a curve', () => {
  test.each([
    [12, 0],
    [12, 0.5],
    [100, 0.02],
    [100, 3],
    [1e6, 0.1],
    [1e6, 0],
  ])('of %s pieces with dispersion %s is the negative binomial', (mean, dispersion) => {
    const demand = wideDemand(curveOfPieces(mean, dispersion, AS_STATED), mean)
    const variance = mean + dispersion * mean * mean
    expect(demand.mean / mean).toBeCloseTo(1, 2)
    expect(demand.variance / variance).toBeCloseTo(1, 1)
    for (const deviates of [-1.5, -0.5, 0, 0.5, 1, 2, 4]) {
      const units = Math.max(0, Math.round(mean + deviates * Math.sqrt(variance)))
      expect(Math.abs(demand.cdf(units) - negativeBinomialBelow(units, mean, dispersion))).toBeLessThan(4e-4)
    }
  })

  test('says of a shortage what a table says', () => {
    const mean = 25
    const wide = wideDemand(curveOfPieces(mean, 0.2, AS_STATED), mean)
    const table = tableDemand(negativeBinomialTable(mean, 0.2))
    for (const stock of [-3, 0, 0.5, 10, 24.25, 40, 80])
      expect(Math.abs(wide.shortage(stock) - table.shortage(stock))).toBeLessThan(0.01)
  })

  test('of weighed goods is the gamma', () => {
    const demand = wideDemand(curveOfWeighed(4, 2, 0.1, AS_STATED), 4000)
    expect(demand.mean).toBeCloseTo(4000, -1)
    expect(Math.sqrt(demand.variance) / 1000).toBeCloseTo(Math.sqrt(2 * 4 + 0.1 * 16), 2)
    expect(demand.cdf(5000)).toBeCloseTo(gammaBelow(4 / 2.4, 5 / 2.4), 3)
  })
})

const anySeries = fc.record({
  mean: fc.oneof(fc.double({ min: 0, max: 50, noNaN: true }), fc.double({ min: 0, max: 1e6, noNaN: true })),
  unit: fc.constantFrom('each' as const, 'g' as const),
  days: fc.integer({ min: 0, max: 40 }),
  bands: fc.constantFrom<SumBand[]>([], BANDS),
})

/** What holds of any distribution. */
function expectSound(demand: Demand, isWhole: boolean) {
  expect(demand.mean).toBeGreaterThanOrEqual(0)
  expect(demand.variance).toBeGreaterThanOrEqual(0)
  expect(demand.shortage(0)).toBe(demand.mean)
  expect(demand.shortage(-5)).toBeCloseTo(demand.mean + 5, 6)
  expect(demand.cdf(-1)).toBe(0)
  let before = 0
  for (const probability of [0, 0.001, 0.1, 0.5, 0.9, 0.98, 0.9999]) {
    const units = demand.quantile(probability)
    expect(units).toBeGreaterThanOrEqual(before)
    before = units
    const slack = isWhole ? 0 : 1e-6
    expect(demand.cdf(units * (1 + slack))).toBeGreaterThanOrEqual(probability - slack)
    if (isWhole) {
      expect(units).toBe(Math.round(units))
      if (units > 0) expect(demand.cdf(units - 1)).toBeLessThan(probability)
    }
    // Beyond one more unit there is less by the probability of more.
    const fall = demand.shortage(units) - demand.shortage(units + 1)
    expect(fall).toBeGreaterThanOrEqual(-1e-9 * (1 + demand.mean))
    expect(fall).toBeLessThanOrEqual(1 + 1e-3)
    // Of weighed goods a gram may be most of what there is.
    if (isWhole) expect(fall).toBeCloseTo(1 - demand.cdf(units), 1)
  }
}

describe('demand over days', () => {
  test('is sound whatever the forecast', () => {
    fc.assert(
      fc.property(anySeries, ({ mean, unit, days, bands }) => {
        expectSound(demandOverDays({ means: flat(mean), unit, bands, days }), unit === 'each')
      }),
    )
  })

  test('is sound over lead times that are a mixture', () => {
    fc.assert(
      fc.property(anySeries, ({ mean, unit, days, bands }) => {
        const leadTime = [0, 0.2, 0.5, 0, 0.3]
        const { demand } = protectionDemand({
          means: flat(mean),
          unit,
          bands,
          leadTime,
          reviewDays: days,
          offsetDays: 1,
        })
        expectSound(demand, unit === 'each')
      }),
    )
  })

  test('of nothing is nothing, always', () => {
    for (const unit of ['each', 'g'] as const) {
      const demand = demandOverDays({ means: flat(0), unit, bands: BANDS, days: 7 })
      expect([demand.mean, demand.variance, demand.quantile(0.999), demand.shortage(0)]).toEqual([0, 0, 0, 0])
      expect(demand.cdf(0)).toBe(1)
    }
    expect(demandOverDays({ means: [], unit: 'each', bands: [], days: 3 }).mean).toBe(0)
    expect(demandOverDays({ means: flat(5), unit: 'each', bands: BANDS, days: 0 }).mean).toBe(0)
  })

  test('has the factor and dispersion between those of its spans', () => {
    // Halfway from 1 to 28 days, with levels that say nothing.
    const bands = [band({ days: 1, dispersion: 0.5 }), band({ days: 3, dispersion: 0.1, factor: 1.2 })]
    const demand = demandOverDays({ means: flat(2), unit: 'each', bands, days: 2 })
    expect(demand.mean).toBeCloseTo(4 * 1.1, 6)
    expect(demand.variance).toBeCloseTo(4.4 + 0.3 * 4.4 ** 2, 4)
    expect(demand.basis).toBe('held_out_sums')
  })

  test('takes what is asked for as it was, where it was otherwise than stated', () => {
    const levels = [{ stated: 0.98, actual: 0.9 }]
    const plain = demandOverDays({ means: flat(50), unit: 'each', bands: [band()], days: 2 })
    const moved = demandOverDays({ means: flat(50), unit: 'each', bands: [band({ levels })], days: 2 })
    expect(moved.quantile(0.9) / plain.quantile(0.98)).toBeCloseTo(1, 1)
    expect(moved.quantile(0.9)).toBeGreaterThan(plain.quantile(0.95))
  })

  test('is of the class of the series, pieces and weighed goods apart', () => {
    const bands = [
      band({ dispersion: 3 }),
      band({ from_mean: 1, dispersion: 0.1 }),
      band({ goods: 'weighed', scale: 5, dispersion: 0 }),
    ]
    const variance = (mean: number, unit: 'each' | 'g') =>
      demandOverDays({ means: flat(mean), unit, bands, days: 4 }).variance
    expect(variance(0.5, 'each')).toBeCloseTo(2 + 3 * 4, 1)
    expect(variance(2, 'each')).toBeCloseTo(8 + 0.1 * 64, 1)
    // 2 kg a day: 8 kg, variance 40 kg^2.
    expect(variance(2000, 'g') / 1e6).toBeCloseTo(40, 0)
  })

  test('says where nothing was measured, and takes a wide spread', () => {
    const weighedOnly = [band({ goods: 'weighed' })]
    for (const bands of [[], weighedOnly]) {
      const demand = demandOverDays({ means: flat(1), unit: 'each', bands, days: 4 })
      expect(demand.basis).toBe('default_spread')
      expect(demand.variance).toBeCloseTo(4 + 0.5 * 16, 3)
    }
  })

  test('goes on with the last week past the forecast, and says so', () => {
    const means = [...flat(1, 21), ...flat(3, 7)]
    const question = { means, unit: 'each' as const, bands: [band()] }
    const inside = demandOverDays({ ...question, days: 28 })
    const beyond = demandOverDays({ ...question, days: 30 })
    expect([inside.isBeyondForecast, beyond.isBeyondForecast]).toEqual([false, true])
    expect(beyond.mean / inside.mean).toBeCloseTo((42 + 6) / 42, 2)
  })

  test('refuses what is no forecast and no span', () => {
    expect(() => spansOf({ means: [1, Number.NaN], unit: 'each', bands: [] })).toThrow('mean of day 2 is NaN')
    expect(() => spansOf({ means: [-1], unit: 'each', bands: [] })).toThrow('mean of day 1 is -1')
    expect(() => spansOf({ means: [1], unit: 'each', bands: [] }).over(1.5)).toThrow('1.5 days')
  })
})

describe('the protection interval', () => {
  const series = { means: flat(4), unit: 'each' as const, bands: [band({ dispersion: 0.05 })] }

  test('is offset, lead time and review period; an uncertain lead time widens demand by its own part', () => {
    const certain = protectionDemand({ ...series, leadTime: [0, 0, 1], reviewDays: 2, offsetDays: 1 })
    expect([certain.meanDays, certain.varianceOfLeadTime]).toEqual([5, 0])
    expect(certain.demand.mean).toBeCloseTo(20, 1)
    const uncertain = protectionDemand({
      ...series,
      leadTime: [0.5, 0, 0, 0, 0.5],
      reviewDays: 2,
      offsetDays: 1,
    })
    expect(uncertain.meanDays).toBe(5)
    expect(uncertain.demand.mean).toBeCloseTo(20, 1)
    // 12 or 28 pieces: 8^2 of the variance.
    expect(uncertain.varianceOfLeadTime).toBeCloseTo(64, 0)
    const within = (12 + 0.05 * 144 + 28 + 0.05 * 784) / 2
    expect(uncertain.demand.variance).toBeCloseTo(within + 64, 0)
    expect(uncertain.demand.quantile(0.95)).toBeGreaterThan(certain.demand.quantile(0.95) + 5)
  })

  test('says with which probability it goes past the forecast', () => {
    const question = { ...series, leadTime: [0.25, 0.75], reviewDays: 27, offsetDays: 1 }
    expect(protectionDemand(question)).toMatchObject({ isBeyondForecast: true, beyondForecast: 0.75 })
  })

  test('refuses probabilities that are none', () => {
    expect(() => protectionDemand({ ...series, leadTime: [0.5], reviewDays: 1, offsetDays: 0 })).toThrow(
      'sum to 0.5',
    )
  })

  test('of a table and a curve is between both', () => {
    const spans = spansOf({ means: flat(8), unit: 'each', bands: [band()] })
    const [one, other] = [spans.over(1), spans.over(5)]
    expect(['below' in one, 'below' in other]).toEqual([true, false])
    const both = mixture([
      { weight: 0.5, demand: one },
      { weight: 0.5, demand: other },
    ])
    expect(both.cdf(20)).toBeCloseTo((one.cdf(20) + other.cdf(20)) / 2, 12)
    expectSound(both, true)
  })
})
