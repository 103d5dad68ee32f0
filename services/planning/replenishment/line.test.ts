import { addDays } from '@shelfcast/contracts/dates'
import { stepWords } from '@shelfcast/contracts/plan-words'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { certain, demandOf, poisson, seriesDemand } from '../../../test/planning/demand.ts'
import { ORDER_DAY, series, settings, terms } from '../../../test/planning/series.ts'
import { planLine } from './line.ts'
import type { LineDraft, SeriesInput } from './model.ts'
import { economicOrderQuantity } from './target.ts'

/** Ten units a day for the five days of the interval, as a distribution around it. */
const plan = (overrides: Partial<SeriesInput> = {}, rules = settings()) =>
  planLine(series(overrides), terms(), rules)
const stepOf = ({ steps }: LineDraft, name: string) => steps.find(({ step }) => step === name)
const levels = (probability: number) =>
  settings({ service_levels: { A: probability, B: probability, C: probability } })

describe('what users of other planners met', () => {
  test('no demand and a reorder point of 0 orders nothing', () => {
    const nobody = seriesDemand(() => certain(0), { mean: 0, lead: 2, review: 3 })
    expect(plan({ demand: nobody })).toMatchObject({ quantity: 0, reason: 'no_demand' })
  })

  test('an order that is planned and fixed counts: on hand 12, safety 10, demand 5, fixed 3', () => {
    // given demand of 5 on average, and at the service level 15: a safety stock of 10
    const probabilities = new Array<number>(16).fill(0)
    probabilities[5] = 0.95
    probabilities[15] = 0.05
    const demand = {
      ...seriesDemand(certain, { mean: 1, lead: 2, review: 3 }),
      protection: demandOf(probabilities),
    }
    const fixed = [{ purchase_order_id: 'O1', quantity: 3, expected_on: '2026-06-02' }]
    const line = plan({ demand, on_hand: 12, open_orders: fixed }, levels(0.99))
    expect(stepOf(line, 'service_level')).toMatchObject({ after: 15 })
    // then 12 + 3 are the 15 that are to be there
    expect(line).toMatchObject({ quantity: 0, reason: 'has_enough' })
    expect(plan({ demand, on_hand: 12 }, levels(0.99))).toMatchObject({ quantity: 3 })
  })

  test('a receipt that is late moves, and does not order twice', () => {
    const onTime = [{ purchase_order_id: 'O1', quantity: 6, expected_on: '2026-06-02' }]
    const late = [{ purchase_order_id: 'O1', quantity: 6, expected_on: '2026-05-28' }]
    expect(plan({ open_orders: late }).quantity).toBe(plan({ open_orders: onTime }).quantity)
    expect(stepOf(plan({ open_orders: late }), 'on_order')!.facts).toMatchObject({ late: 6 })
  })

  test('an order that nobody expects any more does not count, and is told', () => {
    const lost = [{ purchase_order_id: 'O1', quantity: 6, expected_on: '2026-04-01' }]
    expect(plan({ open_orders: lost }).quantity).toBe(plan().quantity)
    expect(stepOf(plan({ open_orders: lost }), 'on_order')!.facts).toMatchObject({ too_late_to_count: 6 })
  })

  test('an order that comes after the interval does not keep the shelf filled in it', () => {
    const later = [{ purchase_order_id: 'O1', quantity: 6, expected_on: '2026-06-06' }]
    expect(plan({ open_orders: later }).quantity).toBe(plan().quantity)
    expect(stepOf(plan({ open_orders: later }), 'on_order')!.facts).toMatchObject({ after_the_interval: 6 })
  })
})

describe('policies', () => {
  test('(R, S): filled up to the quantile of demand over lead time and review period', () => {
    const line = plan({ on_hand: 4 }, levels(0.95))
    expect(stepOf(line, 'demand')!.after).toBe(10)
    expect(stepOf(line, 'service_level')).toMatchObject({ before: 10, after: poisson(10).quantile(0.95) })
    const lost = poisson(4).shortage(4)
    expect(line.quantity).toBe(Math.ceil(poisson(10).quantile(0.95) - 4 - lost))
  })

  test('(s, S): nothing above s, and an economic order quantity above s below it', () => {
    const rules = {
      ...levels(0.95),
      policies: { A: 'reorder_point', B: 'reorder_point', C: 'reorder_point' },
    } as const
    const reorderPoint = poisson(10).quantile(0.95)
    expect(plan({ on_hand: reorderPoint + 1 }, rules)).toMatchObject({
      quantity: 0,
      reason: 'above_reorder_point',
    })
    const line = plan({ on_hand: reorderPoint }, rules)
    const quantity = Math.round(economicOrderQuantity({ demand: 730, order_cost: 40, holding_cost: 15 }))
    expect(quantity).toBe(62)
    // No more than four weeks of sale at a time, unless the rules say so.
    expect(line.quantity).toBe(56)
    expect(plan({ on_hand: reorderPoint }, { ...rules, cover_days_limit: 60 }).quantity).toBe(quantity)
  })

  test('newsvendor: what does not keep until the next delivery, by price and cost', () => {
    const line = plan({ shelf_life_days: 2, price: 100, cost: 60 })
    // What is sold on the two days from its arrival on.
    expect(stepOf(line, 'demand')!.after).toBe(4)
    expect(stepOf(line, 'critical_ratio')!.after).toBe(poisson(4).quantile(0.4))
    expect(line.quantity).toBe(poisson(4).quantile(0.4))
    // What is there today is sold or gone by then, unless it keeps longer and is more than the two days before sell.
    expect(plan({ shelf_life_days: 2, on_hand: 50 }).quantity).toBe(line.quantity)
    const lots = [{ expires_on: '2026-06-03', quantity: 9 }]
    const left = 9 - 4 + poisson(4).shortage(9)
    expect(stepOf(plan({ shelf_life_days: 3, on_hand: 9, lots }), 'on_hand')!.facts.left).toBeCloseTo(left, 9)
    const late = [{ expires_on: '2026-06-02', quantity: 9 }]
    expect(stepOf(plan({ shelf_life_days: 3, on_hand: 9, lots: late }), 'on_hand')!.facts.left).toBe(0)
  })

  test('by cost: the dearer a lost sale beside the keeping, the higher the level', () => {
    const levelOf = (price: number) =>
      Number(stepOf(plan({ price }, settings({ service: 'by_cost' })), 'service_level')!.facts.probability)
    expect(levelOf(200)).toBeGreaterThan(levelOf(61))
    expect(stepOf(plan({ price: null }, settings({ service: 'by_cost' })), 'service_level')!.facts.rule).toBe(
      'by class: price unknown',
    )
  })

  test('what is asked for in vain until the delivery is not ordered', () => {
    const line = plan()
    expect(stepOf(line, 'lost_sales')!.facts.lost).toBeCloseTo(4, 6)
    expect(plan({ on_hand: 20 }, levels(0.999)).steps.map(({ step }) => step)).not.toContain('lost_sales')
  })
})

describe('what a line may be', () => {
  test('packs: upwards for what keeps, to the side that earns more for what does not', () => {
    expect(plan({ pack_multiple: 24 }).quantity).toBe(24)
    const fresh = { pack_multiple: 24, shelf_life_days: 7, price: 100, cost: 95 }
    expect(plan(fresh)).toMatchObject({ quantity: 0, reason: 'less_than_a_pack' })
    expect(plan({ ...fresh, cost: 20 })).toMatchObject({ quantity: 24 })
  })

  test('nothing is ordered that will expire', () => {
    // given more than four days of sale on hand, and goods that keep for four
    const line = plan({ shelf_life_days: 4, on_hand: 12 }, levels(0.999))
    expect(line).toMatchObject({ quantity: 0, reason: 'would_expire' })
    expect(stepOf(line, 'shelf_life')!.after).toBe(0)
  })

  test('lots that expire before they are sold are not counted, the first to expire being sold first', () => {
    const lots = [
      { expires_on: '2026-06-02', quantity: 10 },
      { expires_on: '2026-06-03', quantity: 2 },
      { expires_on: '2026-12-24', quantity: 5 },
    ]
    const line = plan({ on_hand: 17, lots })
    // Two days sell 4 of the first; the third day sells the second lot.
    expect(stepOf(line, 'expiring')!.facts.expiring).toBe(6)
  })

  test('no less than the supplier takes, unless it would not be sold', () => {
    expect(plan({ minimum_order_quantity: 40, pack_multiple: 6 }).quantity).toBe(42)
    expect(plan({ minimum_order_quantity: 40, shelf_life_days: 6 })).toMatchObject({
      quantity: 0,
      reason: 'below_minimum',
    })
  })

  test('end of range: no more than is sold until then, and nothing that arrives later', () => {
    expect(plan({ sold_until: '2026-06-02' })).toMatchObject({ quantity: 0, reason: 'end_of_range' })
    const line = plan({ sold_until: '2026-06-03' })
    expect(stepOf(line, 'end_of_range')!.after).toBe(poisson(6).quantile(0.5))
    expect(line.quantity).toBeLessThan(plan().quantity)
  })
})

describe('what is not known has a rule, and is told', () => {
  test('no forecast', () => {
    expect(plan({ demand: null })).toMatchObject({ quantity: 0, reason: 'no_forecast' })
  })

  test('stock below 0 or unknown counts as 0', () => {
    for (const on_hand of [-7, 0, null]) expect(plan({ on_hand }).quantity).toBe(plan().quantity)
    expect(stepOf(plan({ on_hand: -7 }), 'on_hand')!.facts).toMatchObject({
      on_hand: -7,
      book: expect.stringContaining('below 0'),
    })
    expect(stepOf(plan({ on_hand: null }), 'on_hand')!.facts.book).toMatch('nothing was ever heard')
  })

  test('a cost that nobody said is a share of the price', () => {
    const line = plan({ shelf_life_days: 2, price: 100, cost: null })
    expect(stepOf(line, 'critical_ratio')!.facts).toMatchObject({
      cost: 70,
      cost_is: expect.stringContaining('unknown'),
    })
    expect(plan({ cost: null, price: null }).quantity).toBe(plan().quantity)
  })

  test('a lead time that nobody knows', () => {
    const line = planLine(series(), terms({ is_lead_time_unknown: true }), settings())
    expect(stepOf(line, 'demand')!.facts.lead_time).toBe('unknown')
  })
})

const inputs = fc.record({
  on_hand: fc.option(fc.integer({ min: -20, max: 60 })),
  mean: fc.double({ min: 0, max: 20, noNaN: true }),
  pack_multiple: fc.option(fc.integer({ min: 1, max: 24 })),
  minimum_order_quantity: fc.option(fc.integer({ min: 1, max: 40 })),
  shelf_life_days: fc.option(fc.integer({ min: 1, max: 60 })),
  sold_until: fc.option(fc.integer({ min: -2, max: 20 }).map((days) => addDays(ORDER_DAY, days))),
  cost: fc.option(fc.integer({ min: 0, max: 300 })),
  price: fc.option(fc.integer({ min: 0, max: 300 })),
  lots: fc.array(
    fc.record({
      expires_on: fc.option(fc.integer({ min: -1, max: 30 }).map((days) => addDays(ORDER_DAY, days))),
      quantity: fc.integer({ min: 1, max: 20 }),
    }),
    { maxLength: 3 },
  ),
  open_orders: fc.array(
    fc.record({
      purchase_order_id: fc.constantFrom('O1', 'O2'),
      quantity: fc.integer({ min: 1, max: 30 }),
      expected_on: fc.option(fc.integer({ min: -40, max: 12 }).map((days) => addDays(ORDER_DAY, days))),
    }),
    { maxLength: 3 },
  ),
  abc: fc.constantFrom('A' as const, 'C' as const),
})

describe('whatever comes in', () => {
  const rules = settings({ policies: { A: 'order_up_to', B: 'order_up_to', C: 'reorder_point' } })
  const lineOf = ({ mean, ...overrides }: Partial<SeriesInput> & { mean: number }) =>
    planLine(
      series({ ...overrides, demand: seriesDemand(poisson, { mean, lead: 2, review: 3 }) }),
      terms(),
      rules,
    )

  test('a line is a number of packs that is never below 0, and its steps lead to it', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const { quantity, steps, reason } = lineOf(input)
        expect(quantity).toBeGreaterThanOrEqual(0)
        expect(quantity % (input.pack_multiple ?? 1)).toBe(0)
        expect(quantity > 0).toBe(reason === 'needed')
        for (const [index, { before, after }] of steps.entries()) {
          expect(before).toBe(index === 0 ? 0 : steps[index - 1]!.after)
          expect(Number.isFinite(after)).toBe(true)
        }
        if (quantity > 0) expect(steps.at(-1)!.after).toBe(quantity)
        else expect(steps.at(-1)!.after).toBeLessThan(0.5)
        for (const step of steps) {
          const words = stepWords(step, 'each')
          expect(words).not.toMatch(/NaN|undefined|Infinity/)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  test('more on hand never orders more', () => {
    fc.assert(
      fc.property(inputs, fc.integer({ min: 1, max: 20 }), (input, more) => {
        const { on_hand, ...rest } = { ...input, lots: [] }
        const before = lineOf({ ...rest, on_hand: Math.max(0, on_hand ?? 0) })
        const after = lineOf({ ...rest, on_hand: Math.max(0, on_hand ?? 0) + more })
        expect(after.quantity).toBeLessThanOrEqual(before.quantity)
      }),
      { numRuns: 1_000 },
    )
  })
})
