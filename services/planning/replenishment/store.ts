/** All lines of a store: its suppliers' minimums, then what it can hold and pay. */
import type { PlanningSettings } from '@shelfcast/contracts/planning'
import { fitIntoBudget, fitIntoStorage } from './limits.ts'
import { lineWithoutOrder, planLine } from './line.ts'
import type { LineDraft, LinePlan, NoOrder, SeriesInput, SupplierTerms } from './model.ts'
import { dropBelowMinimum, meetMinimum } from './supplier.ts'

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
  const orders = [...bySupplier.values()].map(({ terms, drafts: own }) => ({
    terms,
    own: own.toSorted(bySku),
  }))
  for (const { terms, own } of orders) meetMinimum(own, terms, settings)
  const ordered = drafts.toSorted(bySku)
  if (storage_volume_ml !== null)
    fitIntoStorage(ordered, storage_volume_ml * settings.storage_share, settings)
  if (settings.store_budget !== null) fitIntoBudget(ordered, settings.store_budget, settings)
  for (const { terms, own } of orders) dropBelowMinimum(own, terms, settings)
  return drafts.map(({ input: { sku }, quantity, reason, steps }) => ({ sku, quantity, reason, steps }))
}

const bySku = (one: LineDraft, other: LineDraft): number =>
  one.input.sku < other.input.sku ? -1 : Number(one.input.sku > other.input.sku)
