/** The lines of a supplier together: an order below the supplier's minimum waits, or is filled up. */
import type { PlanningSettings } from '@shelfcast/contracts/planning'
import { demandWhileItKeeps, keeps, mostWhileItKeeps, packOf } from './constraints.ts'
import { amountOf, type LineDraft, type SupplierTerms } from './model.ts'
import { costOf } from './target.ts'

/** Weighed goods without a pack are filled up by the kilogram or litre. */
const LEAST_WEIGHED = 1_000

const meanADay = ({ input: { demand } }: LineDraft): number => {
  const means = demand?.means ?? []
  return means.length === 0 ? 0 : means.reduce((sum, mean) => sum + mean, 0) / means.length
}

/** Days of sale that a line has, with what is ordered of it. */
const coverOf = (line: LineDraft): number => {
  const mean = meanADay(line)
  return mean > 0 ? (line.position + line.quantity) / mean : Number.POSITIVE_INFINITY
}

/** Minor units at cost. */
export const lineAmount = ({ input, quantity }: LineDraft, settings: PlanningSettings): number =>
  amountOf(quantity, input.unit, costOf(input, settings).cost)

/** What is ordered of a line becomes another quantity, with the step that says why. */
export function changeQuantity(
  line: LineDraft,
  quantity: number,
  change: Pick<LineDraft['steps'][number], 'step' | 'facts'>,
): void {
  line.steps.push({ step: change.step, before: line.quantity, after: quantity, facts: change.facts })
  line.quantity = quantity
}

/**
 * An order below the minimum waits for the next day of orders, unless something would run out before the delivery after
 * this one: then it is filled up by a pack of what would be sold first, again and again, of goods that keep. Lines are
 * changed in place.
 */
export function meetMinimum(
  lines: readonly LineDraft[],
  terms: SupplierTerms,
  settings: PlanningSettings,
): void {
  const { supplier_id, minimum_order } = terms
  const amount = lines.reduce((sum, line) => sum + lineAmount(line, settings), 0)
  if (amount === 0 || amount >= minimum_order) return
  const facts = { supplier_id, minimum_order, amount }
  const isUrgent = lines.some((line) => line.quantity > 0 && line.is_urgent)
  if (isUrgent && topUp(lines, { missing: minimum_order - amount, terms, settings, facts })) return
  for (const line of lines) {
    if (line.quantity === 0) continue
    changeQuantity(line, 0, {
      step: 'supplier_minimum',
      facts: { ...facts, because: isUrgent ? 'nothing more can be ordered that keeps' : 'it can wait' },
    })
    line.reason = 'below_minimum'
  }
}

/** What was cut of an order may leave less than its supplier takes: then none of it is placed. */
export function dropBelowMinimum(
  lines: readonly LineDraft[],
  { supplier_id, minimum_order }: SupplierTerms,
  settings: PlanningSettings,
): void {
  const amount = lines.reduce((sum, line) => sum + lineAmount(line, settings), 0)
  if (amount >= minimum_order) return
  for (const line of lines) {
    if (line.quantity === 0) continue
    const because = 'more would not fit the room or the budget'
    changeQuantity(line, 0, {
      step: 'supplier_minimum',
      facts: { supplier_id, minimum_order, amount, because },
    })
    line.reason = 'below_minimum'
  }
}

/** @returns whether the minimum was reached; if not, nothing has changed */
function topUp(
  lines: readonly LineDraft[],
  options: {
    /** Minor units. */
    missing: number
    terms: SupplierTerms
    settings: PlanningSettings
    facts: LineDraft['steps'][number]['facts']
  },
): boolean {
  const { missing, terms, settings, facts } = options
  const candidates = lines
    .filter((line) => isOrderable(line) && meanADay(line) > 0)
    .map((line) => {
      const least = line.input.unit === 'each' ? 1 : LEAST_WEIGHED
      const pack = Math.ceil(least / packOf(line.input)) * packOf(line.input)
      return {
        line,
        pack,
        added: 0,
        pack_amount: amountOf(pack, line.input.unit, costOf(line.input, settings).cost),
        cover: coverOf(line),
        pack_cover: pack / meanADay(line),
        most: mostWhileItKeeps(
          demandWhileItKeeps(line.input, line.input.demand!, terms),
          line.position,
          settings,
        ),
      }
    })
    .filter(({ pack_amount }) => pack_amount > 0)
  let left = missing
  while (left > 0) {
    let least: (typeof candidates)[number] | undefined
    for (const candidate of candidates) {
      const { line, pack, added, cover, pack_cover, most } = candidate
      if (cover + pack_cover > settings.cover_days_limit || line.quantity + added + pack > most) continue
      if (!least || cover < least.cover) least = candidate
    }
    if (!least) return false
    least.added += least.pack
    least.cover += least.pack_cover
    left -= least.pack_amount
  }
  for (const { line, added } of candidates) {
    if (added === 0) continue
    if (line.quantity === 0) line.reason = 'topped_up'
    changeQuantity(line, line.quantity + added, { step: 'supplier_minimum', facts: { ...facts, added } })
  }
  return true
}

/** What may be ordered more than is needed. */
const isOrderable = (line: LineDraft): boolean =>
  keeps(line.input) &&
  line.input.sold_until === null &&
  (line.quantity > 0 || line.reason === 'has_enough' || line.reason === 'above_reorder_point')
