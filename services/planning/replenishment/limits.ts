/** What a store can hold and pay: what is too much is cut where it costs least. */
import type { PlanningSettings } from '@shelfcast/contracts/planning'
import { packOf } from './constraints.ts'
import { inPriceUnits, type LineDraft, type SeriesInput } from './model.ts'
import { changeQuantity, lineAmount } from './supplier.ts'
import { costOf } from './target.ts'

/** A line is cut in so many parts at most: weighed goods are ordered by the gram. */
const MOST_PARTS = 64
/** Margin where the price is unknown, as share of the cost: what counts then is what is likely to be sold. */
const UNKNOWN_MARGIN = 0.4

/** Volume of goods without a volume is not counted. */
const volumeOf = ({ unit, storage_volume_ml }: SeriesInput, quantity: number): number =>
  inPriceUnits(quantity, unit) * (storage_volume_ml ?? 0)

/** @param drafts by SKU @param room millilitres */
export function fitIntoStorage(drafts: readonly LineDraft[], room: number, settings: PlanningSettings): void {
  const there = drafts.reduce((sum, { input, position }) => sum + volumeOf(input, position), 0)
  const ordered = drafts.reduce((sum, { input, quantity }) => sum + volumeOf(input, quantity), 0)
  cut(drafts, {
    excess: there + ordered - room,
    weightOf: ({ input }, quantity) => volumeOf(input, quantity),
    step: 'capacity',
    reason: 'no_room',
    facts: {
      room_l: Math.round(room / 1_000),
      there_l: Math.round(there / 1_000),
      ordered_l: Math.round(ordered / 1_000),
    },
    settings,
  })
}

/** @param drafts by SKU @param budget minor units */
export function fitIntoBudget(
  drafts: readonly LineDraft[],
  budget: number,
  settings: PlanningSettings,
): void {
  const amount = drafts.reduce((sum, line) => sum + lineAmount(line, settings), 0)
  cut(drafts, {
    excess: amount - budget,
    weightOf: (line, quantity) => lineAmount({ ...line, quantity }, settings),
    step: 'budget',
    reason: 'no_budget',
    facts: { budget, amount },
    settings,
  })
}

interface Cut {
  excess: number
  weightOf(line: LineDraft, quantity: number): number
  step: 'capacity' | 'budget'
  reason: 'no_room' | 'no_budget'
  facts: LineDraft['steps'][number]['facts']
  settings: PlanningSettings
}

/**
 * Takes packs off, the one first that loses least expected margin for its room or money: the last pack of a line is sold
 * least likely, so what a pack loses grows with each that is taken, and the cheapest first is the best choice. Source:
 * marginal analysis of a newsvendor with a constraint, Silver, Pyke and Thomas, 4th ed., ch. 9.
 */
function cut(drafts: readonly LineDraft[], options: Cut): void {
  const { weightOf, step, reason, facts, settings } = options
  let { excess } = options
  if (excess <= 0) return
  const parts = drafts
    .flatMap((line) => (weightOf(line, line.quantity) > 0 ? partsOf(line, weightOf, settings) : []))
    .sort((one, other) => one.loss - other.loss || bySkuAndRest(one, other))
  const rests = new Map<LineDraft, number>()
  for (const { line, rest } of parts) {
    if (excess <= 0) break
    const before = rests.get(line) ?? line.quantity
    if (rest >= before) continue
    // Less than the supplier takes of it is nothing.
    const after = rest < (line.input.minimum_order_quantity ?? 0) ? 0 : rest
    excess -= weightOf(line, before) - weightOf(line, after)
    rests.set(line, after)
  }
  for (const [line, quantity] of rests) {
    changeQuantity(line, quantity, { step, facts })
    if (quantity === 0) line.reason = reason
  }
}

interface Part {
  line: LineDraft
  /** What is left of the line when this part is taken. */
  rest: number
  /** Expected minor units lost for a unit of room or money. */
  loss: number
}

/** The parts of a line, the last first. */
function partsOf(line: LineDraft, weightOf: Cut['weightOf'], settings: PlanningSettings): Part[] {
  const { input, position, quantity } = line
  const pack = packOf(input)
  const size = Math.ceil(quantity / pack / MOST_PARTS) * pack
  const { cost } = costOf(input, settings)
  const margin = Math.max(0, input.price === null ? cost * UNKNOWN_MARGIN : input.price - cost)
  const shortage = (units: number) => input.demand?.protection.shortage(position + units) ?? 0
  const parts: Part[] = []
  let short = shortage(quantity)
  for (let units = quantity; units > 0; ) {
    const rest = Math.max(0, units - size)
    const more = shortage(rest)
    const weight = weightOf(line, units) - weightOf(line, rest)
    const lost = Math.max(0, more - short) * (margin || 1)
    parts.push({ line, rest, loss: weight > 0 ? inPriceUnits(lost, input.unit) / weight : Infinity })
    units = rest
    short = more
  }
  return parts
}

const bySkuAndRest = (one: Part, other: Part): number =>
  one.line.input.sku < other.line.input.sku
    ? -1
    : one.line.input.sku > other.line.input.sku
      ? 1
      : other.rest - one.rest
