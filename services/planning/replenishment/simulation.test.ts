/** Small cases against brute force: shelves that are lived through day by day, and each level tried. */

import { addDays } from '@shelfcast/contracts/dates'
import type { PlanningSettings } from '@shelfcast/contracts/planning'
import { describe, expect, test } from 'vitest'
import { demandOf, poisson, poissonProbabilities } from '../../../test/planning/demand.ts'
import { ORDER_DAY, series, settings, terms } from '../../../test/planning/series.ts'
import { runShelf, type ShelfOptions } from '../../../test/planning/shelf.ts'
import type { Demand } from '../demand/demand.ts'
import { planLine } from './line.ts'
import type { SeriesDemand, SeriesInput } from './model.ts'

const DAYS = 30_000

/** Poisson days of a mean, and deliveries by the probabilities of their lead time. */
function demandOfLead(mean: number, lead_days: readonly number[], review: number): SeriesDemand {
  const until = (more: number): Demand => {
    const longest = poissonProbabilities(mean * (lead_days.length - 1 + more)).length
    const mixed = new Array<number>(longest).fill(0)
    for (const [days, share] of lead_days.entries())
      for (const [units, each] of poissonProbabilities(mean * (days + more)).entries())
        if (units < longest) mixed[units]! += share * each
    return demandOf(mixed)
  }
  const spans = new Map<number, Demand>()
  return {
    over(days) {
      const span = spans.get(days) ?? poisson(mean * days)
      spans.set(days, span)
      return span
    },
    untilDelivery: until(0),
    protection: until(review),
    means: new Array<number>(28).fill(mean),
  }
}

/** A shelf whose orders planning makes. */
function planned(
  mean: number,
  shelf: Pick<ShelfOptions, 'review_days' | 'lead_days' | 'shelf_life_days'>,
  options: { line?: Partial<SeriesInput>; rules: PlanningSettings },
) {
  const { lead_days, review_days, shelf_life_days } = shelf
  const demand = demandOfLead(mean, lead_days, review_days)
  return runShelf({
    ...shelf,
    days: DAYS,
    daily: poisson(mean),
    seed: 7,
    order({ on_hand, lots, on_the_way }) {
      const input = series({
        ...options.line,
        demand,
        on_hand,
        shelf_life_days: shelf_life_days ?? null,
        lots: lots
          .filter(({ days }) => Number.isFinite(days))
          .map(({ days, quantity }) => ({ expires_on: addDays(ORDER_DAY, days - 1), quantity })),
        open_orders: on_the_way.map(({ days, quantity }, index) => ({
          purchase_order_id: String(index),
          quantity,
          expected_on: addDays(ORDER_DAY, days),
        })),
      })
      return planLine(input, terms({ lead_days, review_days }), options.rules).quantity
    },
  })
}

const levels = (probability: number) =>
  settings({ service_levels: { A: probability, B: probability, C: probability } })

describe('the service level is kept', () => {
  test.each([
    { name: 'a sure lead time', mean: 2, review_days: 3, lead_days: [0, 0, 1] },
    { name: 'daily orders', mean: 5, review_days: 1, lead_days: [0, 1] },
    { name: 'a lead time of 1 to 4 days', mean: 3, review_days: 7, lead_days: [0, 0.2, 0.5, 0.2, 0.1] },
    { name: 'slow', mean: 0.3, review_days: 7, lead_days: [0, 0, 0, 1] },
  ])('$name', ({ mean, ...shelf }) => {
    for (const probability of [0.8, 0.9, 0.97]) {
      const { cycles, cycles_without_loss } = planned(mean, shelf, { rules: levels(probability) })
      // Whole units: more than asked for is the least that can be had.
      expect(cycles_without_loss / cycles).toBeGreaterThan(probability - 0.01)
      expect(cycles_without_loss / cycles).toBeLessThan(probability + 0.1)
    }
  })
})

describe('the level against brute force', () => {
  test('newsvendor: what goods for a day earn, against each fixed quantity', () => {
    for (const [price, cost] of [
      [100, 60],
      [100, 90],
      [250, 40],
    ] as const) {
      const shelf = { review_days: 1, lead_days: [0, 1], shelf_life_days: 1 }
      const earned = (year: { sold: number; ordered: number }) => price * year.sold - cost * year.ordered
      const own = earned(planned(6, shelf, { line: { price, cost }, rules: settings() }))
      const tried = Array.from({ length: 25 }, (_, quantity) =>
        earned(runShelf({ ...shelf, days: DAYS, daily: poisson(6), seed: 7, order: () => quantity })),
      )
      expect(own).toBeGreaterThan(Math.max(...tried) * 0.99)
    }
  })

  test('(R, S) by cost, against each level', () => {
    for (const [price, cost, rate] of [
      [100, 60, 5],
      [100, 90, 8],
      [100, 50, 1],
    ] as const) {
      const shelf = { review_days: 3, lead_days: [0, 0, 1] }
      const costs = (year: { lost: number; unit_days: number }) =>
        year.lost * (price - cost) + (year.unit_days * cost * rate) / 365
      const own = costs(
        planned(2, shelf, {
          line: { price, cost },
          rules: settings({ service: 'by_cost', holding_cost_rate: rate }),
        }),
      )
      const tried = Array.from({ length: 30 }, (_, level) =>
        costs(
          runShelf({
            ...shelf,
            days: DAYS,
            daily: poisson(2),
            seed: 7,
            order: ({ on_hand, on_the_way }) =>
              Math.max(0, level - on_hand - on_the_way.reduce((sum, { quantity }) => sum + quantity, 0)),
          }),
        ),
      )
      expect(own).toBeLessThan(Math.min(...tried) * 1.05)
    }
  })
})
