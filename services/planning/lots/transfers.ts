/** Transfers of a SKU between stores: from where too much is to where it sells. */
import type { Demand } from '../demand/demand.ts'
import { expectedWaste, type ShelfLot } from './fefo.ts'

export interface TransferLot extends ShelfLot {
  lot: string
  /** Last day of sale; null where it is not known. */
  expires_on: string | null
  /** It is not sent: nobody knows how long such goods keep. */
  stays?: boolean
}

/** A store, as the SKU stands there. */
export interface TransferStore {
  store_id: string
  /** In the order in which they are sold; in the unit of facts, as all quantities. Expired ones are left out. */
  lots: readonly TransferLot[]
  over(days: number, after?: number): Demand
  /** Whole days, today included, until its next delivery is there. */
  untilDelivery: number
}

export interface TransferTerms {
  /** Minor units of a unit of facts. */
  price: number
  cost: number
  /** Minor units to carry a unit of facts. */
  carriage: number
  /** Minor units of a line, whatever its quantity. */
  lineCost: number
  /** Smallest quantity, of which all are multiples. */
  step: number
  /** What counts as left over: 1 of pieces, 0 of weighed goods. */
  whole: number
  transferDays: number
  lifeDays: number
  senderConfidence: number
}

/** What a line comes to, in units and in minor units. */
export interface TransferWorth {
  /** Expected units that the receiver sells until its next delivery, and would not have had. */
  sales: number
  /** Expected units that the sender cannot sell until its next delivery, and would have had. */
  lost: number
  /** Expected units that the sender does not throw away, and that the receiver throws away more. */
  wasteAvoided: number
  wasteMoved: number
  /** Margin of sales less lost, cost of waste that is avoided less moved, without the line and the carriage. */
  worth: number
}

export interface TransferLine extends TransferWorth {
  from: string
  to: string
  lot: string
  expires_on: string | null
  quantity: number
  /** Of the sender before it, and what lasts until its next delivery with the asked certainty. */
  senderStock: number
  senderKeeps: number
  receiverStock: number
  carriage: number
}

/** Lines of a SKU; more are noise. */
const MOST_LINES = 12
/** Quantiles of demand until the transfer arrives. */
const QUANTILES = 12

interface State {
  store: TransferStore
  lots: TransferLot[]
  /** Keeps so much, whatever it pays. */
  keeps: number
  /** Shelf at the receiver when a transfer arrives, at each quantile; without what is sent. */
  arrival: number[]
  hasSent: boolean
  received: number
  /** Expected to be thrown away of its lots. */
  waste: number
  /** Expected to be asked for in vain until its next delivery, and that a transfer could still serve. */
  short: number
}

/**
 * The line that is worth most is taken, then the next with what it leaves, until none pays: greedy, and each quantity the
 * best for its line, since expected sales and waste are concave in it. Held against all possibilities by transfers.test.ts.
 *
 * A unit that is neither sold before the next delivery nor thrown away is worth its cost wherever it is: the next order is
 * so much smaller. So a line is worth
 *   (price - cost) (sales - lost) + cost (waste avoided - waste moved) - carriage - cost of the line.
 * @param allowed whether goods may go from a store to another
 */
export function planTransfers(
  stores: readonly TransferStore[],
  terms: TransferTerms,
  allowed: (from: string, to: string) => boolean,
): TransferLine[] {
  const states = stores.map((store) => stateOf(store, terms))
  const margin = marginOf(terms)
  const lines: TransferLine[] = []
  while (lines.length < MOST_LINES) {
    let best: { line: TransferLine; sender: State; receiver: State } | undefined
    for (const sender of states) {
      if (sender.received > 0) continue
      for (const receiver of states) {
        if (receiver === sender || receiver.hasSent) continue
        if (!allowed(sender.store.store_id, receiver.store.store_id)) continue
        // No line between them can be worth more.
        if (margin * receiver.short + terms.cost * sender.waste <= terms.lineCost) continue
        for (const lot of sender.lots) {
          const line = bestLine(sender, receiver, lot, terms)
          if (line && (!best || netOf(line, terms) > netOf(best.line, terms)))
            best = { line, sender, receiver }
        }
      }
    }
    if (!best || netOf(best.line, terms) <= 0) return lines
    lines.push(best.line)
    move(best.sender, best.receiver, best.line, terms)
  }
  return lines
}

/** Minor units, its cost paid. */
export const netOf = ({ worth, carriage }: TransferLine, { lineCost }: TransferTerms): number =>
  worth - carriage - lineCost

function stateOf(store: TransferStore, terms: TransferTerms): State {
  const lots = store.lots.filter(({ days, quantity }) => quantity > 0 && (days === null || days > 0))
  const sellable = sellableOf(lots, store, terms)
  const before = terms.transferDays > 0 ? store.over(terms.transferDays) : undefined
  const state: State = {
    store,
    lots,
    keeps: store.over(store.untilDelivery).quantile(terms.senderConfidence),
    arrival: Array.from({ length: QUANTILES }, (_, place) =>
      Math.max(0, sellable - (before?.quantile((place + 0.5) / QUANTILES) ?? 0)),
    ),
    hasSent: false,
    received: 0,
    waste: 0,
    short: 0,
  }
  reckon(state, terms)
  return state
}

/** What is left over and what is missing, as it stands. */
function reckon(state: State, terms: TransferTerms): void {
  state.waste = expectedWaste(state.lots, state.store.over, terms.whole)
  state.short = shortageOf(state, state.store.untilDelivery, terms)(0)
}

/** Expected to be missing on the days from the arrival of a transfer of so much to `until`. */
function shortageOf({ store, arrival, received }: State, until: number, { transferDays }: TransferTerms) {
  if (until <= transferDays) return () => 0
  const demand = store.over(until - transferDays, transferDays)
  return (quantity: number) =>
    arrival.reduce((sum, shelf) => sum + demand.shortage(shelf + received + quantity), 0) / QUANTILES
}

const marginOf = ({ price, cost }: TransferTerms): number => Math.max(0, price - cost)

const stockOf = (lots: readonly TransferLot[]): number =>
  lots.reduce((sum, { quantity }) => sum + quantity, 0)

/** What is not thrown away before the next delivery is there. */
function sellableOf(lots: readonly TransferLot[], store: TransferStore, { whole }: TransferTerms): number {
  const early = lots.filter(({ days }) => days !== null && days < store.untilDelivery)
  return stockOf(lots) - expectedWaste(early, store.over, whole)
}

/**
 * Steps of a lot that the sender can do without: what is left lasts until its next delivery, or what goes would be thrown
 * away with the same certainty.
 */
function mostSteps({ lots, store, keeps }: State, lot: TransferLot, terms: TransferTerms): number {
  const before = sellableOf(lots, store, terms)
  const canSpare = (quantity: number) => {
    const after = sellableOf(without(lots, lot, quantity), store, terms)
    return after >= keeps || before - after <= (1 - terms.senderConfidence) * quantity
  }
  let most = Math.floor(lot.quantity / terms.step)
  let least = 0
  while (least < most) {
    const middle = Math.ceil((least + most) / 2)
    if (canSpare(middle * terms.step)) least = middle
    else most = middle - 1
  }
  return least
}

function bestLine(
  sender: State,
  receiver: State,
  lot: TransferLot,
  terms: TransferTerms,
): TransferLine | undefined {
  const arrives = terms.transferDays + terms.lifeDays
  if (lot.stays || (lot.days !== null && lot.days < arrives)) return undefined
  const most = mostSteps(sender, lot, terms)
  if (most < 1) return undefined
  const worth = worthOf(sender, receiver, lot, terms)
  // Concave: the last step that still adds is the best.
  const value = (steps: number) => worth(steps * terms.step).worth - steps * terms.step * terms.carriage
  let low = 1
  let high = most
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (value(middle + 1) > value(middle)) low = middle + 1
    else high = middle
  }
  const quantity = low * terms.step
  return {
    from: sender.store.store_id,
    to: receiver.store.store_id,
    lot: lot.lot,
    expires_on: lot.expires_on,
    quantity,
    senderStock: stockOf(sender.lots),
    senderKeeps: sender.keeps,
    receiverStock: stockOf(receiver.lots),
    carriage: quantity * terms.carriage,
    ...worth(quantity),
  }
}

function worthOf(sender: State, receiver: State, lot: TransferLot, terms: TransferTerms) {
  const { cost, whole } = terms
  const margin = marginOf(terms)
  const ownDemand = sender.store.over(sender.store.untilDelivery)
  const shortWith = (lots: readonly TransferLot[]) =>
    ownDemand.shortage(sellableOf(lots, sender.store, terms))
  const shortBefore = shortWith(sender.lots)
  // Until the next delivery, or until what is sent expires: what it spares of the receiver's own for later is not counted.
  const until = Math.min(receiver.store.untilDelivery, lot.days ?? Infinity)
  const shortOf = shortageOf(receiver, until, terms)
  const receiverShort = shortOf(0)
  return (quantity: number): TransferWorth => {
    const sales = receiverShort - shortOf(quantity)
    const left = without(sender.lots, lot, quantity)
    const lost = shortWith(left) - shortBefore
    const wasteAvoided = sender.waste - expectedWaste(left, sender.store.over, whole)
    const wasteMoved =
      expectedWaste(withLot(receiver.lots, lot, quantity), receiver.store.over, whole) - receiver.waste
    return {
      sales,
      lost,
      wasteAvoided,
      wasteMoved,
      worth: margin * (sales - lost) + cost * (wasteAvoided - wasteMoved),
    }
  }
}

function move(
  sender: State,
  receiver: State,
  { lot, expires_on, quantity }: TransferLine,
  terms: TransferTerms,
): void {
  const moved = sender.lots.find((each) => each.lot === lot && each.expires_on === expires_on)!
  receiver.lots = withLot(receiver.lots, moved, quantity)
  sender.lots = without(sender.lots, moved, quantity)
  sender.hasSent = true
  receiver.received += quantity
  reckon(sender, terms)
  reckon(receiver, terms)
}

const without = (lots: readonly TransferLot[], lot: TransferLot, quantity: number): TransferLot[] =>
  lots
    .map((each) => (each === lot ? { ...each, quantity: each.quantity - quantity } : each))
    .filter((each) => each.quantity > 0)

/** Sold before those that keep longer. */
function withLot(lots: readonly TransferLot[], lot: TransferLot, quantity: number): TransferLot[] {
  const days = lot.days ?? Infinity
  const place = lots.findIndex((each) => (each.days ?? Infinity) > days)
  const sent = { ...lot, quantity }
  return place < 0 ? [...lots, sent] : [...lots.slice(0, place), sent, ...lots.slice(place)]
}
