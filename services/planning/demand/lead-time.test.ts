import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { arrivalDay, arrivalDays, nextOrderDay, orderDayOf } from './delivery.ts'
import { DEFAULT_LEAD_TIME, LONGEST_LEAD_TIME, leadTimeOf, PRIOR_ORDERS } from './lead-time.ts'

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

describe('lead times', () => {
  test('without receipts they are as stated', () => {
    const leadTime = leadTimeOf([], { mean: 4, sd: 1 })
    expect(leadTime.basis).toBe('stated')
    expect(leadTime.mean).toBeCloseTo(4, 1)
    expect(leadTime.sd).toBeCloseTo(1, 1)
  })

  test('of which nothing is known they are a week, give or take half of it', () => {
    for (const stated of [undefined, { mean: 0, sd: 0 }, { mean: -1, sd: 1 }, { mean: Number.NaN, sd: 1 }]) {
      const leadTime = leadTimeOf([], stated)
      expect(leadTime.basis).toBe('default')
      expect(leadTime.mean).toBeCloseTo(DEFAULT_LEAD_TIME.mean, 1)
      expect(leadTime.sd).toBeCloseTo(DEFAULT_LEAD_TIME.sd, 0)
    }
  })

  test('that never vary are one day', () => {
    expect(leadTimeOf([], { mean: 3, sd: 0 }).pmf[3]).toBe(1)
    expect(leadTimeOf([{ days: 3, orders: 500 }], { mean: 3, sd: 0 }).sd).toBe(0)
  })

  test('receipts outweigh what is stated as they come', () => {
    const stated = { mean: 2, sd: 0.5 }
    const means = [0, 1, 10, 100, 10_000].map((orders) => leadTimeOf([{ days: 6, orders }], stated).mean)
    for (let place = 1; place < means.length; place++)
      expect(means[place]!).toBeGreaterThan(means[place - 1]!)
    // As many orders as the statement counts for: halfway.
    expect(leadTimeOf([{ days: 6, orders: PRIOR_ORDERS }], stated).mean).toBeCloseTo(4, 1)
    expect(means.at(-1)).toBeCloseTo(6, 1)
  })

  test('an order that is late says that it takes longer, and one that is young says nothing', () => {
    const stated = { mean: 3, sd: 1 }
    const receipts = [{ days: 3, orders: 5 }]
    const plain = leadTimeOf(receipts, stated)
    const late = leadTimeOf([...receipts, { days: 9, orders: 2, isOpen: true }], stated)
    const young = leadTimeOf([...receipts, { days: 0, orders: 2, isOpen: true }], stated)
    // Two of seventeen orders take more than 9 days.
    expect(sum(late.pmf.slice(10))).toBeCloseTo(2 / 17, 2)
    expect(late.mean).toBeGreaterThan(plain.mean + 0.5)
    expect(young.mean).toBeCloseTo(plain.mean, 2)
  })

  test('censored orders are shared as the product-limit estimator shares them', () => {
    // Of 10: 4 at 2 days, 3 not there after 3, 3 at 5. Kaplan and Meier: S(2) = 0.6, and all that is left falls at 5.
    const observations = [
      { days: 2, orders: 4000 },
      { days: 3, orders: 3000, isOpen: true },
      { days: 5, orders: 3000 },
    ]
    const { pmf } = leadTimeOf(observations, undefined)
    expect(pmf[2]).toBeCloseTo(0.4, 2)
    expect(pmf[5]).toBeCloseTo(0.6, 2)
  })

  test('what waited for a day of delivery is shared among the days that it may have been ready on', () => {
    const { pmf } = leadTimeOf([{ days: 5, earliest: 2, orders: 90 }], { mean: 3, sd: 0.5 })
    expect(sum(pmf.slice(2, 6))).toBeGreaterThan(0.99)
    expect(pmf[3]).toBeGreaterThan(0.5)
    expect(pmf[5]).toBeLessThan(0.05)
  })

  test('whatever is observed, it is a distribution over 0 to 60 days', () => {
    const days = fc.oneof(fc.integer({ min: -3, max: 90 }), fc.constantFrom(Number.NaN, Infinity, 2.5))
    const observation = fc.record({
      days,
      orders: fc.double({ min: -1, max: 1e6 }),
      isOpen: fc.boolean(),
      earliest: fc.option(fc.integer({ min: -5, max: 95 }), { nil: undefined }),
    })
    const stated = fc.option(fc.record({ mean: fc.double(), sd: fc.double() }), { nil: undefined })
    fc.assert(
      fc.property(fc.array(observation, { maxLength: 8 }), stated, (observations, statement) => {
        const { pmf, mean, sd } = leadTimeOf(observations, statement)
        expect(pmf).toHaveLength(LONGEST_LEAD_TIME + 1)
        expect(sum(pmf)).toBeCloseTo(1, 9)
        expect(Math.min(...pmf)).toBeGreaterThanOrEqual(0)
        expect(mean).toBeGreaterThanOrEqual(0)
        expect(sd).toBeGreaterThanOrEqual(0)
      }),
    )
  })
})

describe('days of order and of delivery', () => {
  // 2026-03-02 is a Monday.
  const terms = { order_weekdays: [1, 3], order_until: '14:00', delivery_weekdays: [2, 5] }
  const always = { order_weekdays: [], order_until: '', delivery_weekdays: [] }

  test('an order after the cut-off counts for the next day on which orders are taken', () => {
    expect(orderDayOf('2026-03-02', '13:59', terms)).toBe('2026-03-02')
    expect(orderDayOf('2026-03-02', '14:00', terms)).toBe('2026-03-02')
    expect(orderDayOf('2026-03-02', '14:01', terms)).toBe('2026-03-04')
    expect(orderDayOf('2026-03-03', '08:00', terms)).toBe('2026-03-04')
    expect(orderDayOf('2026-03-05', '23:00', always)).toBe('2026-03-05')
    expect(nextOrderDay('2026-03-04', terms)).toBe('2026-03-09')
    expect(nextOrderDay('2026-03-04', always)).toBe('2026-03-05')
  })

  test('goods come on the first day of delivery after the lead time', () => {
    expect([0, 1, 2, 4, 5].map((days) => arrivalDay('2026-03-02', days, terms))).toEqual([
      '2026-03-03',
      '2026-03-03',
      '2026-03-06',
      '2026-03-06',
      '2026-03-10',
    ])
    expect(arrivalDay('2026-03-02', 4, always)).toBe('2026-03-06')
    // Weekdays that are none name no day: all are meant.
    expect(arrivalDay('2026-03-02', 4, { ...always, delivery_weekdays: [0, 9] })).toBe('2026-03-06')
    const arrivals = arrivalDays('2026-03-02', [0.1, 0.2, 0.3, 0, 0, 0.4], terms)
    expect(arrivals[1]).toBeCloseTo(0.3, 12)
    expect(arrivals[4]).toBeCloseTo(0.3, 12)
    expect(arrivals[8]).toBeCloseTo(0.4, 12)
    expect(sum(arrivals)).toBeCloseTo(1, 12)
  })
})
