/** What of each lot is left over on the evening of its last day of sale, where the lot that expires first is sold first. */
import type { Demand } from '../demand/demand.ts'

export interface ShelfLot {
  /** Days of sale that it has left, today included; 0 or less: it has expired. Null: it keeps, or nobody knows. */
  days: number | null
  /** In the unit of facts, as all quantities. */
  quantity: number
}

export interface LotOutlook {
  /** Of it and of all that is sold before it. */
  stock: number
  /** Expected on the evening of its last day. */
  unsold: number
  /** Probability that anything of it is. */
  probability: number
}

/** Quantiles at which the days of lots that follow each other are held together. */
const QUANTILES = 48

/**
 * With C the stock up to a lot and D the demand until it expires, what has been thrown away by then is the running maximum
 * W = max(W of the lot before, C - D, 0): what an earlier lot leaves was asked for by nobody, so the later one is not asked
 * for it either. It is Lindley's recursion with a lot in the place of a customer. Of one lot it is E[(C - D)+] =
 * C - E[D] + E[(D - C)+], which is exact. The maximum over several takes that weeks of good and of bad sales stay so: each
 * D stands at the same quantile. The order of sales is the one in which the store sets out the goods.
 * @param lots in the order in which they are sold: by their days, those that keep last
 * @param over demand of so many days, today the first
 * @param whole smallest quantity that counts as left over: 1 of pieces, 0 of weighed goods
 */
export function lotOutlooks(
  lots: readonly ShelfLot[],
  over: (days: number) => Demand,
  whole: number,
): LotOutlook[] {
  const perishable = lots.filter(({ days }) => days !== null && days > 0).length
  const waste = perishable > 1 ? new Float64Array(QUANTILES) : undefined
  let stock = 0
  let wasted = 0
  return lots.map(({ days, quantity }) => {
    if (days !== null && days <= 0) return { stock, unsold: quantity, probability: 1 }
    stock += quantity
    if (days === null) return { stock, unsold: 0, probability: 0 }
    const demand = over(days)
    const alone = stock - demand.mean + demand.shortage(stock)
    const earlier = waste ? advance(waste, stock, demand) : { more: 0, share: 0 }
    const total = Math.max(wasted, alone + earlier.more)
    const unsold = Math.min(quantity, total - wasted)
    wasted = total
    const probability = Math.max(0, demand.cdf(stock - whole) - earlier.share)
    return { stock, unsold, probability }
  })
}

/** How much the lots before add to the waste of a lot alone, and how often they leave nothing of it to be wasted. */
function advance(waste: Float64Array, stock: number, demand: Demand): { more: number; share: number } {
  let more = 0
  let covered = 0
  for (let place = 0; place < QUANTILES; place++) {
    const before = waste[place]!
    const alone = Math.max(0, stock - demand.quantile((place + 0.5) / QUANTILES))
    if (before > alone) more += before - alone
    if (alone > 0 && before >= alone) covered++
    waste[place] = Math.max(before, alone)
  }
  return { more: more / QUANTILES, share: covered / QUANTILES }
}

/** Expected to be thrown away of all lots. */
export function expectedWaste(
  lots: readonly ShelfLot[],
  over: (days: number) => Demand,
  whole: number,
): number {
  return lotOutlooks(lots, over, whole).reduce((sum, { unsold }) => sum + unsold, 0)
}
