import { stepWords } from '@shelfcast/contracts/plan-words'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { poisson, seriesDemand } from '../../../test/planning/demand.ts'
import { series, settings, terms } from '../../../test/planning/series.ts'
import type { SeriesInput } from './model.ts'
import { orderDay } from './order-days.ts'
import { planStore, type StoreInput } from './store.ts'

const selling = (mean: number) => seriesDemand(poisson, { mean, lead: 2, review: 3 })

const plan = (
  lines: SeriesInput[],
  {
    rules = settings(),
    minimum_order = 0,
    ...store
  }: Partial<StoreInput> & { rules?: ReturnType<typeof settings>; minimum_order?: number } = {},
) => planStore({ lines, termsOf: () => terms({ minimum_order }), storage_volume_ml: null, ...store }, rules)

const amountOf = (plans: ReturnType<typeof plan>, cost = 60) =>
  plans.reduce((sum, { quantity }) => sum + quantity * cost, 0)

describe('the minimum of a supplier', () => {
  const stocked = (sku: string, on_hand: number) => series({ sku, on_hand, demand: selling(2) })

  test('an order that can wait waits, and says for what', () => {
    const lines = plan([stocked('P1', 14)], { minimum_order: 5_000 })
    expect(lines[0]).toMatchObject({ quantity: 0, reason: 'below_minimum' })
    expect(lines[0]!.steps.at(-1)).toMatchObject({ step: 'supplier_minimum', after: 0 })
  })

  test('an urgent one is filled up with what would be sold first and keeps', () => {
    const lines = plan(
      [
        stocked('P1', 0),
        stocked('P2', 18),
        stocked('P3', 30),
        series({ sku: 'P4', on_hand: 18, demand: selling(2), shelf_life_days: 9 }),
      ],
      { minimum_order: 1_500 },
    )
    expect(lines.map(({ reason }) => reason)).toEqual([
      'needed',
      'topped_up',
      'has_enough',
      expect.any(String),
    ])
    expect(amountOf(lines)).toBeGreaterThanOrEqual(1_500)
    expect(amountOf(lines)).toBeLessThan(1_500 + 60)
    expect(lines[3]!.quantity).toBe(0)
  })

  test('an order that cannot be filled up is not placed: the supplier would not take it', () => {
    const lines = plan([stocked('P1', 0)], { minimum_order: 100_000 })
    expect(lines[0]).toMatchObject({ quantity: 0, reason: 'below_minimum' })
  })
})

describe('what a store holds and pays', () => {
  const lines = [
    series({ sku: 'P1', on_hand: 0 }),
    series({ sku: 'P2', on_hand: 8 }),
    series({ sku: 'P3', on_hand: 4 }),
  ]
  const quantities = (plans: ReturnType<typeof plan>) => plans.map(({ quantity }) => quantity)

  test('what would last longest gives way to the room', () => {
    const free = plan(lines)
    const volume = (12 + quantities(free).reduce((sum, each) => sum + each, 0)) * 1_000
    expect(quantities(plan(lines, { storage_volume_ml: volume }))).toEqual(quantities(free))
    const tight = plan(lines, { storage_volume_ml: volume - 8_000 })
    expect(quantities(tight).reduce((sum, each) => sum + each, 0)).toBe(
      quantities(free).reduce((sum, each) => sum + each, 0) - 8,
    )
    const none = plan(lines, { storage_volume_ml: 5_000 })
    expect(none.map(({ reason }) => reason)).toEqual(['no_room', 'no_room', 'no_room'])
  })

  test('a budget', () => {
    const tight = plan(lines, { rules: settings({ store_budget: 600 }) })
    expect(amountOf(tight)).toBeLessThanOrEqual(600)
    expect(amountOf(tight)).toBeGreaterThan(0)
    expect(plan(lines, { rules: settings({ store_budget: 0 }) })[0]).toMatchObject({ reason: 'no_budget' })
  })

  test('a volume that nobody said takes no room', () => {
    const unknown = lines.map((line) => ({ ...line, storage_volume_ml: null }))
    expect(quantities(plan(unknown, { storage_volume_ml: 1 }))).toEqual(quantities(plan(unknown)))
  })
})

describe('days of orders', () => {
  const MONDAY = '2026-06-01'

  test.each([
    ['today', [1, 4], '', '12:00', { order_day: MONDAY, review_days: 3 }],
    [
      'after the cut-off',
      [1, 4],
      '10:00',
      '10:01',
      { reason: 'not_an_order_day', next_order_day: '2026-06-04' },
    ],
    ['until the cut-off', [1, 4], '10:00', '10:00', { order_day: MONDAY, review_days: 3 }],
    ['once a week', [1], '', '12:00', { order_day: MONDAY, review_days: 7 }],
    ['another day', [3], '', '12:00', { reason: 'not_an_order_day', next_order_day: '2026-06-03' }],
    ['none', [], '', '12:00', { reason: 'no_order_days', next_order_day: null }],
    ['none that exists', [0, 9], '', '12:00', { reason: 'no_order_days', next_order_day: null }],
  ])('%s', (_, order_weekdays, order_until, time, answer) => {
    expect(orderDay({ order_weekdays, order_until, delivery_weekdays: [] }, { today: MONDAY, time })).toEqual(
      answer,
    )
  })

  test('a line of a supplier that takes none is there, with its reason', () => {
    const [line] = plan([series()], { termsOf: () => ({ reason: 'no_supplier', next_order_day: null }) })
    expect(line).toMatchObject({ quantity: 0, reason: 'no_supplier' })
  })
})

test('the same lines in another order are planned the same', () => {
  const lineOf = fc.record({
    on_hand: fc.integer({ min: 0, max: 30 }),
    mean: fc.constantFrom(0.3, 1, 4),
    pack_multiple: fc.constantFrom(1, 6, 12),
    cost: fc.constantFrom(20, 60),
  })
  fc.assert(
    fc.property(
      fc.array(lineOf, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 0, max: 4_000 }),
      fc.integer({ min: 0, max: 5_000 }),
      (lines, minimum_order, store_budget) => {
        const inputs = lines.map(({ mean, ...line }, index) =>
          series({ ...line, sku: `P${index}`, demand: selling(mean) }),
        )
        const options = { minimum_order, rules: settings({ store_budget }), storage_volume_ml: 200_000 }
        const forward = plan(inputs, options)
        const backward = plan(inputs.toReversed(), options).toReversed()
        expect(backward).toEqual(forward)
        expect(
          forward.reduce((sum, { quantity }, index) => sum + quantity * inputs[index]!.cost!, 0),
        ).toBeLessThanOrEqual(store_budget)
        for (const { quantity, steps } of forward) {
          for (const [index, { before }] of steps.entries())
            if (index > 0 && steps[index - 1]!.after > 0) expect(before).toBe(steps[index - 1]!.after)
          if (quantity > 0) expect(steps.at(-1)!.after).toBe(quantity)
          for (const step of steps) expect(stepWords(step, 'each')).not.toMatch(/NaN|undefined|Infinity/)
        }
      },
    ),
    { numRuns: 300 },
  )
})
