/** Transfers between the stores of a chain, with their arithmetic. */
import { daysBetween } from '@shelfcast/contracts/dates'
import type { Transfer, TransferStep, TransferStepName } from '@shelfcast/contracts/lots'
import { arrivalDay, orderDayOf } from '@shelfcast/planning/demand/delivery'
import { distanceKm } from '@shelfcast/planning/lots/distance'
import { scaleOf, shelfOf, wholeOf } from '@shelfcast/planning/lots/lots-at-risk'
import type { TransferLot, TransferStore, TransferTerms } from '@shelfcast/planning/lots/transfers'
import {
  planTrips,
  type Route,
  type SkuTransfers,
  type Trip,
  type TripLine,
} from '@shelfcast/planning/lots/trips'
import type { LotWorld, OpenStore, ShelfSeries } from './world.ts'

export type TransferRow = Omit<Transfer, 'name' | 'words'>

/** Of the stores near one: a city full of stores would be looked at pair by pair. */
const NEIGHBOURS = 8
/** Weighed goods are sent in hundreds of grams or millilitres. */
const WEIGHED_STEP = 100
/** Whose lots nobody knows is taken to keep where such goods keep this long. */
const KEEPS_DAYS = 90

export function planTransfersOf(world: LotWorld): { transfers: TransferRow[]; withoutPrice: number } {
  const { settings } = world
  const routes = routesOf(world)
  const near = new Set(routes.flatMap(({ from, to }) => [from, to]))
  const bySku = Map.groupBy(
    world.series.filter(({ store_id, on_hand, sales }) => near.has(store_id) && on_hand !== null && sales),
    ({ sku }) => sku,
  )
  let withoutPrice = 0
  const skus: SkuTransfers[] = []
  for (const [sku, series] of bySku) {
    if (series.length < 2 || !series.some(({ on_hand }) => on_hand! > 0)) continue
    const terms = termsOf(series, world)
    if (!terms) withoutPrice++
    else skus.push({ sku, terms, stores: series.map((row) => storeOf(row, world)) })
  }
  const seriesOf = new Map(world.series.map((row) => [`${row.store_id} ${row.sku}`, row]))
  return {
    withoutPrice,
    transfers: planTrips(skus, routes, settings.lots.least_trip_worth).flatMap((trip) =>
      trip.lines.map((line) =>
        rowOf(
          trip,
          line,
          world,
          seriesOf.get(`${line.from} ${line.sku}`)!,
          seriesOf.get(`${line.to} ${line.sku}`)!,
        ),
      ),
    ),
  }
}

/** Both ways between stores of one currency that are near enough. */
function routesOf({ stores, settings: { lots } }: LotWorld): Route[] {
  return stores.flatMap((from) =>
    stores
      .flatMap((to) => {
        if (to === from || to.currency !== from.currency) return []
        const km = distanceKm(from, to, lots.region_km)
        if (km === null || km > lots.most_km) return []
        return [
          { from: from.store_id, to: to.store_id, km, cost: Math.round(lots.trip_cost + lots.km_cost * km) },
        ]
      })
      .sort((one, other) => one.km - other.km)
      .slice(0, NEIGHBOURS),
  )
}

function termsOf(series: readonly ShelfSeries[], { settings }: LotWorld): TransferTerms | undefined {
  const { product } = series[0]!
  const { unit } = product
  const price = product.price ?? series.find((row) => row.price !== null)?.price
  if (price === null || price === undefined) return undefined
  const scale = scaleOf(unit)
  const { lots } = settings
  const litres = (product.storage_volume_ml ?? 0) / 1_000
  return {
    price: price * scale,
    cost: (product.cost ?? price * settings.unknown_cost_share) * scale,
    carriage: lots.litre_cost * litres * scale,
    lineCost: lots.line_cost,
    step: unit === 'each' ? 1 : WEIGHED_STEP,
    whole: wholeOf(unit),
    transferDays: lots.transfer_days,
    lifeDays: lots.transfer_life_days,
    senderConfidence: lots.sender_confidence,
  }
}

function storeOf(row: ShelfSeries, world: LotWorld): TransferStore {
  const { store, product, sales } = row
  const onHand = Math.max(0, row.on_hand!)
  const rest = onHand - row.lots.reduce((sum, { quantity }) => sum + quantity, 0)
  const lots = rest > 0 ? [...row.lots, { lot: '', expires_on: null, quantity: rest }] : row.lots
  const isKeeping = product.shelf_life_days !== null && product.shelf_life_days >= KEEPS_DAYS
  return {
    store_id: row.store_id,
    lots: shelfOf(lots, store.today).map(
      (lot): TransferLot => ({ ...lot, stays: lot.expires_on === null && !isKeeping }),
    ),
    over: sales!.over,
    untilDelivery: daysUntilDelivery(row, store, world),
  }
}

/** To the first open order; where there is none, to the delivery of an order that is placed as soon as it can be. */
export function daysUntilDelivery(
  { on_order, product }: Pick<ShelfSeries, 'on_order' | 'product'>,
  { today, time }: Pick<OpenStore, 'today' | 'time'>,
  { suppliers, settings }: Pick<LotWorld, 'suppliers' | 'settings'>,
): number {
  const days = on_order.flatMap(({ quantity, expected_on }) =>
    quantity > 0 && expected_on !== null ? [daysBetween(today, expected_on)] : [],
  )
  // What is late may come tomorrow.
  if (days.length > 0) return Math.max(1, Math.min(...days))
  const supplier = suppliers.get(product.supplier_id)
  const terms = supplier ?? { order_weekdays: [], order_until: '', delivery_weekdays: [] }
  const lead = Math.ceil(supplier?.lead_time_days_mean ?? settings.unknown_lead_time.mean)
  return Math.max(1, daysBetween(today, arrivalDay(orderDayOf(today, time, terms), lead, terms)))
}

function rowOf(
  trip: Trip,
  line: TripLine,
  world: LotWorld,
  sender: ShelfSeries,
  receiver: ShelfSeries,
): TransferRow {
  const { unit, storage_volume_ml } = sender.product
  const terms = termsOf([sender], world)!
  const margin = Math.max(0, terms.price - terms.cost)
  const daysOf = (series: ShelfSeries) => daysUntilDelivery(series, series.store, world)
  const steps: TransferStep[] = []
  let amount = 0
  const add = (step: TransferStepName, change: number, facts: TransferStep['facts']) => {
    const before = Math.round(amount)
    amount += change
    steps.push({ step, before, after: Math.round(amount), facts })
  }
  const price = Math.round(terms.price / scaleOf(unit))
  const cost = Math.round(terms.cost / scaleOf(unit))
  add('sales_gained', margin * line.sales, {
    units: rounded(line.sales),
    stock: rounded(line.receiverStock),
    days: daysOf(receiver),
    price,
    cost,
  })
  add('sales_risked', -margin * line.lost, {
    units: rounded(line.lost),
    stock: rounded(line.senderStock),
    keeps: rounded(line.senderKeeps),
    days: daysOf(sender),
    certainty: world.settings.lots.sender_confidence,
  })
  add('waste_avoided', terms.cost * line.wasteAvoided, { units: rounded(line.wasteAvoided), cost })
  add('waste_moved', -terms.cost * line.wasteMoved, { units: rounded(line.wasteMoved), cost })
  const litres = ((storage_volume_ml ?? 0) / 1_000) * line.quantity * scaleOf(unit)
  add('carriage', -line.carriage, { litres: rounded(litres) })
  add('line', -terms.lineCost, {})
  add('trip', -line.tripShare, { km: Math.round(trip.km), cost: trip.cost, lines: trip.lines.length })
  return {
    from_store: line.from,
    to_store: line.to,
    sku: line.sku,
    lot: line.lot,
    unit,
    expires_on: line.expires_on,
    quantity: line.quantity,
    worth: steps.at(-1)!.after,
    trip_worth: Math.round(trip.net),
    km: rounded(trip.km),
    steps,
  }
}

/** More digits than people count in are noise. */
const rounded = (value: number): number => Number(value.toPrecision(4))
