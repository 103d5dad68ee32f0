/** All lines of a store: its suppliers' minimums, then what it can hold and pay. */
import type { PlanningSettings } from '@shelfcast/contracts/planning'
import { lineWithoutOrder, planLine } from './line.ts'
import {
  inPriceUnits,
  type LineDraft,
  type LinePlan,
  type NoOrder,
  type SeriesInput,
  type SupplierTerms,
} from './model.ts'
import { changeQuantity, coverOf, lineAmount, meetMinimum } from './supplier.ts'

export interface StoreInput {
  lines: readonly SeriesInput[]
  /** By SKU: the terms of its supplier today, or why there are none. */
  termsOf(sku: string): SupplierTerms | NoOrder
  /** What its shelves and its store room hold; null where nobody says: then there is room for all. */
  storage_volume_ml: number | null
}

/**
 * The lines of a store, in the order in which they were given. The same input gives the same plan, whatever its order: of
 * equals the SKU decides.
 */
export function planStore(
  { lines, termsOf, storage_volume_ml }: StoreInput,
  settings: PlanningSettings,
): LinePlan[] {
  const drafts: LineDraft[] = []
  const bySupplier = new Map<string, { terms: SupplierTerms; drafts: LineDraft[] }>()
  for (const input of lines) {
    const terms = termsOf(input.sku)
    if ('reason' in terms) {
      drafts.push(lineWithoutOrder(input, terms))
      continue
    }
    const draft = planLine(input, terms, settings)
    drafts.push(draft)
    const supplier = bySupplier.get(terms.supplier_id) ?? { terms, drafts: [] }
    supplier.drafts.push(draft)
    bySupplier.set(terms.supplier_id, supplier)
  }
  for (const { terms, drafts: own } of bySupplier.values()) meetMinimum(own.toSorted(bySku), terms, settings)
  if (storage_volume_ml !== null) fitIntoStorage(drafts, storage_volume_ml * settings.storage_share)
  if (settings.store_budget !== null) fitIntoBudget(drafts, settings.store_budget, settings)
  return drafts.map(({ input: { sku }, quantity, reason, steps }) => ({ sku, quantity, reason, steps }))
}

/** Volume of goods without a volume is not counted. */
const volumeOf = ({ unit, storage_volume_ml }: SeriesInput, quantity: number): number =>
  inPriceUnits(quantity, unit) * (storage_volume_ml ?? 0)

function fitIntoStorage(drafts: readonly LineDraft[], room: number): void {
  const there = drafts.reduce((sum, { input, position }) => sum + volumeOf(input, position), 0)
  const ordered = drafts.reduce((sum, { input, quantity }) => sum + volumeOf(input, quantity), 0)
  cut(drafts, {
    excess: there + ordered - room,
    weightOf: (line, quantity) => volumeOf(line.input, quantity),
    step: 'capacity',
    reason: 'no_room',
    facts: {
      room_l: Math.round(room / 1_000),
      there_l: Math.round(there / 1_000),
      ordered_l: Math.round(ordered / 1_000),
    },
  })
}

function fitIntoBudget(drafts: readonly LineDraft[], budget: number, settings: PlanningSettings): void {
  const amount = drafts.reduce((sum, line) => sum + lineAmount(line, settings), 0)
  cut(drafts, {
    excess: amount - budget,
    weightOf: (line, quantity) => lineAmount({ ...line, quantity }, settings),
    step: 'budget',
    reason: 'no_budget',
    facts: { budget, amount },
  })
}

/** Takes packs off the lines that would last longest, until what is too much is gone. */
function cut(
  drafts: readonly LineDraft[],
  options: {
    excess: number
    weightOf(line: LineDraft, quantity: number): number
    step: 'capacity' | 'budget'
    reason: 'no_room' | 'no_budget'
    facts: LineDraft['steps'][number]['facts']
  },
): void {
  const { weightOf, step, reason, facts } = options
  let { excess } = options
  if (excess <= 0) return
  const candidates = drafts
    .filter((line) => weightOf(line, line.quantity) > 0)
    .map((line) => ({ line, cover: coverOf(line) }))
    .sort((one, other) => other.cover - one.cover || bySku(one.line, other.line))
  for (const { line } of candidates) {
    if (excess <= 0) return
    const pack = line.input.pack_multiple ?? 1
    const packs = Math.ceil(line.quantity / pack)
    const taken = Math.min(packs, Math.ceil(excess / weightOf(line, pack)))
    const rest = Math.max(0, line.quantity - taken * pack)
    // Less than the supplier takes of it is nothing.
    const quantity = rest < (line.input.minimum_order_quantity ?? 0) ? 0 : rest
    excess -= weightOf(line, line.quantity - quantity)
    changeQuantity(line, quantity, { step, facts })
    if (quantity === 0) line.reason = reason
  }
}

const bySku = (one: LineDraft, other: LineDraft): number =>
  one.input.sku < other.input.sku ? -1 : Number(one.input.sku > other.input.sku)
