/** Which trips between stores pay, with all that they carry. */
import {
  netOf,
  planTransfers,
  type TransferLine,
  type TransferStore,
  type TransferTerms,
} from './transfers.ts'

export interface SkuTransfers {
  sku: string
  terms: TransferTerms
  stores: readonly TransferStore[]
}

/** From one store to another. */
export interface Route {
  from: string
  to: string
  km: number
  /** Minor units, whatever is carried. */
  cost: number
}

export interface TripLine extends TransferLine {
  sku: string
  /** Minor units of the trip that it bears, by what it is worth. */
  tripShare: number
  /** Minor units, all costs paid. */
  net: number
}

export interface Trip extends Route {
  lines: TripLine[]
  /** Minor units, all costs paid. */
  net: number
}

const keyOf = ({ from, to }: { from: string; to: string }) => `${from} ${to}`

/**
 * All SKUs are planned as if trips cost nothing; then the trip that earns least is struck while it earns too little, and
 * what it would have carried is planned again without it. A trip is what a line alone can never pay, and thirty lines can.
 */
export function planTrips(
  skus: readonly SkuTransfers[],
  routes: readonly Route[],
  leastWorth: number,
): Trip[] {
  const open = new Map(routes.map((route) => [keyOf(route), route]))
  const plan = ({ stores, terms }: SkuTransfers) =>
    planTransfers(stores, terms, (from, to) => open.has(keyOf({ from, to })))
  const plans = new Map(skus.map((sku) => [sku, plan(sku)]))
  for (;;) {
    const trips = tripsOf(plans, open)
    const worst = trips.reduce<Trip | undefined>(
      (least, trip) => (least && least.net <= trip.net ? least : trip),
      undefined,
    )
    if (!worst || worst.net >= leastWorth) return trips
    open.delete(keyOf(worst))
    for (const [sku, lines] of plans)
      if (lines.some((line) => keyOf(line) === keyOf(worst))) plans.set(sku, plan(sku))
  }
}

function tripsOf(plans: ReadonlyMap<SkuTransfers, TransferLine[]>, open: ReadonlyMap<string, Route>): Trip[] {
  const all = [...plans].flatMap(([{ sku, terms }, lines]) =>
    lines.map((line) => ({ ...line, sku, net: netOf(line, terms) })),
  )
  return [...Map.groupBy(all, keyOf)].map(([key, lines]) => {
    const route = open.get(key)!
    const worth = lines.reduce((sum, { net }) => sum + net, 0)
    return {
      ...route,
      net: worth - route.cost,
      lines: lines.map((line) => {
        const tripShare = (route.cost * line.net) / worth
        return { ...line, tripShare, net: line.net - tripShare }
      }),
    }
  })
}
