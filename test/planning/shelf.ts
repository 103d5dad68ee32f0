/** A shelf day by day: what is asked for in vain is lost, and orders come after a lead time that is drawn. */
import type { Demand } from '@shelfcast/planning/demand/demand'

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export interface ShelfOptions {
  days: number
  /** Demand of a day. */
  daily: Demand
  review_days: number
  /** Probability of each number of days to the delivery. */
  lead_days: readonly number[]
  /** Last days of sale from the delivery on; undefined: it keeps. */
  shelf_life_days?: number
  seed: number
  /** @returns units; on the way: what is to come, by days from now */
  order(shelf: { on_hand: number; lots: readonly ShelfLot[]; on_the_way: readonly ShelfLot[] }): number
}

export interface ShelfLot {
  /** Days from today until it comes, or the number of days it is sold still. */
  days: number
  quantity: number
}

export interface ShelfYear {
  sold: number
  lost: number
  wasted: number
  ordered: number
  orders: number
  /** Units that were there in the evening, added over the days. */
  unit_days: number
  /** Spans between two deliveries, and those in which nothing was asked for in vain. */
  cycles: number
  cycles_without_loss: number
}

export function runShelf(options: ShelfOptions): ShelfYear {
  const {
    days,
    daily,
    review_days,
    lead_days,
    shelf_life_days = Number.POSITIVE_INFINITY,
    seed,
    order,
  } = options
  const random = createRandom(seed)
  const year: ShelfYear = {
    sold: 0,
    lost: 0,
    wasted: 0,
    ordered: 0,
    orders: 0,
    unit_days: 0,
    cycles: 0,
    cycles_without_loss: 0,
  }
  let lots: ShelfLot[] = []
  let on_the_way: ShelfLot[] = []
  let has_loss = false
  for (let day = 0; day < days; day++) {
    const arrivals = on_the_way.filter((lot) => lot.days === 0)
    on_the_way = on_the_way.filter((lot) => lot.days > 0)
    lots.push(...arrivals.map(({ quantity }) => ({ days: shelf_life_days, quantity })))
    if (day % review_days === 0) {
      const on_hand = lots.reduce((sum, { quantity }) => sum + quantity, 0)
      const quantity = order({ on_hand, lots, on_the_way })
      const lead = drawn(lead_days, random())
      const lot = { days: lead, quantity }
      if (quantity > 0) year.orders++
      year.ordered += quantity
      if (lead === 0) lots.push({ days: shelf_life_days, quantity })
      else on_the_way.push(lot)
    }
    let asked = daily.quantile(Math.min(random(), 1 - 1e-9))
    for (const lot of lots) {
      const sold = Math.min(asked, lot.quantity)
      lot.quantity -= sold
      asked -= sold
      year.sold += sold
    }
    year.lost += asked
    has_loss ||= asked > 0
    for (const lot of lots) lot.days--
    for (const lot of lots) if (lot.days <= 0) year.wasted += lot.quantity
    lots = lots.filter((lot) => lot.quantity > 0 && lot.days > 0)
    year.unit_days += lots.reduce((sum, { quantity }) => sum + quantity, 0)
    on_the_way = on_the_way.map((lot) => ({ days: lot.days - 1, quantity: lot.quantity }))
    if ((day + 1) % review_days === 0) {
      year.cycles++
      if (!has_loss) year.cycles_without_loss++
      has_loss = false
    }
  }
  return year
}

function drawn(probabilities: readonly number[], random: number): number {
  let sum = 0
  for (const [days, probability] of probabilities.entries()) {
    sum += probability
    if (random < sum) return days
  }
  return probabilities.length - 1
}
