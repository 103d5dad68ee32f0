/** Classes of SKUs by what they bring in. */
import type { AbcClass, PlanningSettings } from '@shelfcast/contracts/planning'

/**
 * A: the SKUs that sell most, until together they have the share of A of the revenue; B: the next; C: all others. Of
 * equals the SKU decides.
 * @param revenue of each SKU, in minor units
 * Source: Silver, Pyke and Thomas, 4th ed., ch. 2.
 */
export function abcClasses(
  revenue: ReadonlyMap<string, number>,
  { A, B }: PlanningSettings['abc_shares'],
): Map<string, AbcClass> {
  const total = [...revenue.values()].reduce((sum, each) => sum + each, 0)
  const descending = [...revenue].sort(
    ([sku, one], [other, two]) => two - one || (sku < other ? -1 : Number(sku > other)),
  )
  const classes = new Map<string, AbcClass>()
  let before = 0
  for (const [sku, each] of descending) {
    const share = total > 0 ? before / total : 1
    classes.set(sku, share < A ? 'A' : share < A + B ? 'B' : 'C')
    before += each
  }
  return classes
}
