/**
 * Lets the twin live beside itself without faults of tills and network, hands its messages to the gate, loads them, and
 * holds the warehouse's stock of each SKU against the store's own book at the end of each day.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { dateOf, dayHours } from '@shelfcast/contracts/dates'
import { type Basket, netAmount } from '@shelfcast/contracts/events'
import { positionText } from '@shelfcast/contracts/lake'
import { createOrderLog } from '@shelfcast/datagen/director/order-log'
import { runOf } from '@shelfcast/datagen/director/run'
import { Chain } from '@shelfcast/datagen/sim/chain'
import { createConditions } from '@shelfcast/datagen/sim/conditions'
import { PLAIN_POLICY, type StoreDay } from '@shelfcast/datagen/sim/model'
import { StoreSimulation } from '@shelfcast/datagen/sim/store-simulation'
import type { SourceEvent } from '@shelfcast/datagen/source'
import { createLive } from '@shelfcast/datagen/till/live'
import type { Noise, World } from '@shelfcast/datagen/world/world'
import type { Lake } from '@shelfcast/runtime/lake'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { loadDatasets } from '../../test/ingest/datasets.ts'
import { worldOf } from '../gate/judge.ts'
import type { Account, Cause } from './account.ts'
import { CHAIN, createFeed } from './feed.ts'
import { createLedger } from './ledger.ts'

export interface StockEvaluation {
  /** Store days, and SKUs of them. */
  days: number
  positions: number
  /** Positions that are not the book's, and the units by which they differ. */
  different: number
  differentUnits: number
  /** Of the different ones, those that labelled faults explain to the unit. */
  explained: number
  /** Units by which each cause moved positions, without their signs. */
  causes: Map<Cause, number>
  /** Positions of the warehouse that are not the sum of what it accepted. */
  miscounted: number
  /** SKUs of store days whose quantity on order is not the store's. */
  orderedDifferently: number
  ordered: number
  /** SKUs of store days whose lots are not those of the shelf, units in all, and units that are in another lot. */
  lotsDifferent: number
  lotUnits: number
  lotUnitsElsewhere: number
  /** What the book has and the shelf has not, since the run began: in all, stolen, and stolen by a labelled theft. */
  phantomUnits: number
  phantomUnitsStolen: number
  phantomUnitsLabelled: number
}

export interface StockOptions {
  lake: Lake
  warehouse: Warehouse
  world: World
  seed: number
  /** First day, and the days that the stores have lived through before it. */
  from: number
  before: number
  days: number
  /** Whether lines that the gate takes for double scans are sent again, as a person would who knows better. */
  replays: boolean
  /** Whether lots are held against those of the shelf, which are the book's when nothing is stolen. */
  lots: boolean
  onDay?(days: number): void
}

/** Faults of tills and of the network: without them, a twin of the same seed has the same days. */
const RELIABLE: Partial<Noise> = {
  double_scan: 0,
  repeated_message: 0,
  late_message: 0,
  out_of_order: 0,
  clock_skew: 0,
  malformed: 0,
  unknown_sku: 0,
  wrong_price: 0,
  missing_till_hour: 0,
}

export async function evaluateStock(options: StockOptions): Promise<StockEvaluation> {
  const { lake, warehouse, world, seed, from, before, days, replays, lots, onDay } = options
  const reliable = { ...world, noise: { ...world.noise, ...RELIABLE } }
  const conditions = createConditions(reliable, seed)
  const chain = new Chain({ conditions, from: from - before })
  while (chain.day < from) chain.nextDay(() => undefined)
  const start = { day: from, states: chain.save() }
  const ended: EndedDay[] = []
  const run = runOf(world, 'stock', seed)
  const live = createLive(
    {
      conditions: createConditions(world, seed),
      policy: PLAIN_POLICY,
      run: run.short,
      // The arrays are used again.
      onDay: ({ store, day, book, onHand, onOrder, stolen, anomalies }) =>
        void ended.push({
          store,
          day,
          anomalies,
          book: book.slice(),
          onHand: onHand.slice(),
          onOrder: onOrder.slice(),
          stolen: stolen.slice(),
        }),
    },
    start,
  )
  const faultless = createLive({ conditions, policy: PLAIN_POLICY, run: run.short }, start)
  const feed = createFeed({ lake, warehouse, world: worldOf(world) })
  const orderLog = createOrderLog(lake, run)
  const ledger = createLedger()
  const phantom = createPhantom()
  const result: StockEvaluation = {
    days: 0,
    positions: 0,
    different: 0,
    differentUnits: 0,
    explained: 0,
    causes: new Map(),
    miscounted: 0,
    orderedDifferently: 0,
    ordered: 0,
    lotsDifferent: 0,
    lotUnits: 0,
    lotUnitsElsewhere: 0,
    phantomUnits: 0,
    phantomUnitsStolen: 0,
    phantomUnitsLabelled: 0,
  }

  while (result.days < days * world.stores.length) {
    for (const event of faultless.hour().events) ledger.happened(event)
    const { at, events, labels, orders: lines } = live.hour()
    for (const label of labels) ledger.label(label)
    orderLog.add(at, lines)
    // Where zones are half an hour off, a day ends within the hour, and what comes after it has to wait.
    for (const end of [...new Set(ended.map(endOf))].sort((a, b) => a - b)) {
      tellUntil(events, end)
      await feed.load()
      await orderLog.settled()
      await loadDatasets({ lake, warehouse })
      for (const day of ended) if (endOf(day) === end) await compare(day)
      onDay?.(result.days / world.stores.length)
    }
    ended.length = 0
    tellUntil(events, Number.POSITIVE_INFINITY)
    await nextTurn()
  }
  return result

  /** Tells those that are sent before an instant, and takes them out. */
  function tellUntil(events: SourceEvent[], end: number): void {
    const later = events.findIndex(({ event_time }) => event_time >= end)
    for (const event of events.splice(0, later === -1 ? events.length : later)) {
      if (event.topic === 'pos-events') continue
      const { offset, refused } = feed.tell(event)
      ledger.told(event, refused)
      if (replays)
        for (const [line, reason] of refused) if (reason === 'duplicate_line') replay(event, offset, line)
    }
  }

  /** Sends a line again that was refused, as the page of dead letters does: in the same basket, alone. */
  function replay(event: SourceEvent, offset: number, line_no: number): void {
    const basket = JSON.parse(event.value.toString()) as Basket
    const line = basket.lines.find((each) => each.line_no === line_no)!
    const lines = [{ ...line, line_no: 1 }]
    const value = Buffer.from(JSON.stringify({ ...basket, lines, total: netAmount(line) }))
    const replayOf = positionText({ ...CHAIN, topic: event.topic, offset: BigInt(offset), line: line_no })
    const { refused } = feed.tell({ topic: event.topic, value, replayOf })
    if (refused.size === 0) ledger.corrected(basket, line_no)
  }

  /** Where the next day of the store begins. */
  function endOf({ store, day }: EndedDay): number {
    return dayHours(world.stores[store]!.time_zone, day + 1)[0]!
  }

  async function compare(of: EndedDay) {
    const { store, day, book, onHand, onOrder, stolen, anomalies } = of
    if (day >= from + days) return
    const { store_id } = world.stores[store]!
    const positions = await bySku(warehouse, 'select sku, on_hand as units from stock_on_hand', store_id)
    const onOrders = await bySku(warehouse, 'select sku, quantity as units from stock_on_order', store_id)
    result.days++
    for (const [product, { sku }] of world.products.entries()) {
      const believed = book[product]!
      const position = positions.get(sku)
      const ordered = onOrder[product]!
      if (ordered !== 0) result.ordered++
      if ((onOrders.get(sku) ?? 0) !== ordered) result.orderedDifferently++
      if (position === undefined && believed === 0) continue
      result.positions++
      hold(ledger.account(store_id, sku), position ?? 0, believed, endOf(of))
      const missing = believed - onHand[product]!
      const labelled = anomalies.reduce(
        (sum, { kind, product: of, size }) => (kind === 'theft' && of === product ? sum + size : sum),
        0,
      )
      const gone = phantom.add(store, product, missing, stolen[product]!, labelled)
      result.phantomUnits += missing - gone.before
      result.phantomUnitsStolen += gone.stolen
      result.phantomUnitsLabelled += gone.labelled
    }
    if (lots) await compareLots(store, day)
  }

  function hold(account: Account, position: number, book: number, end: number): void {
    if (position !== account.position()) result.miscounted++
    if (position === book) return
    result.different++
    result.differentUnits += Math.abs(position - book)
    const effects = account.effects(book, end)
    const sum = effects.values().reduce((total, units) => total + units, 0)
    if (sum === position - book && !effects.has('unexplained')) result.explained++
    for (const [cause, units] of effects)
      result.causes.set(cause, (result.causes.get(cause) ?? 0) + Math.abs(units))
  }

  async function compareLots(store: number, day: number) {
    const { store_id } = world.stores[store]!
    while (chain.day <= day) chain.nextDay(() => undefined)
    const saved = chain.save()[store]!
    const shelf = new StoreSimulation({ conditions, store, from, saved }).stock()
    const counts = await bySku(
      warehouse,
      "select concat(sku, ' ', lot, ' ', toString(expires_on)) as sku, on_hand as units from stock_lots",
      store_id,
    )
    for (const { product, book, lots: real } of shelf) {
      const { sku } = world.products[product]!
      const units = new Map<string, number>()
      for (const { lot, expires, quantity } of real) {
        const key = `${sku} ${lot} ${dateOf(expires)}`
        units.set(key, (units.get(key) ?? 0) + quantity)
      }
      const elsewhere = [...units].reduce(
        (sum, [key, quantity]) => sum + Math.max(0, quantity - (counts.get(key) ?? 0)),
        0,
      )
      result.lotUnits += book
      result.lotUnitsElsewhere += elsewhere
      if (elsewhere > 0) result.lotsDifferent++
    }
  }
}

type EndedDay = Pick<StoreDay, 'store' | 'day' | 'anomalies' | 'book' | 'onHand' | 'onOrder' | 'stolen'>

/** @param query with the columns `sku` and `units`, which are added up */
async function bySku(warehouse: Warehouse, query: string, store_id: string): Promise<Map<string, number>> {
  const answer = await warehouse.query({
    query: `select sku, toFloat64(sum(units)) as units from (${query} where store_id = {store_id:String}) group by sku`,
    query_params: { store_id },
    format: 'JSONEachRow',
  })
  const rows = await answer.json<{ sku: string; units: number }>()
  return new Map(rows.map(({ sku, units }) => [sku, units]))
}

/** What the book has and the shelf has not, day by day: since the run began, and as much of it as was stolen. */
function createPhantom() {
  const phantoms = new Map<string, { missing: number; before: number; stolen: number; labelled: number }>()
  return {
    add(store: number, product: number, missing: number, stolen: number, labelled: number) {
      const key = `${store} ${product}`
      const last = phantoms.get(key) ?? {
        missing: missing - stolen,
        before: missing - stolen,
        stolen: 0,
        labelled: 0,
      }
      // A count in the morning has found what was missing till then.
      const isCounted = missing < last.missing + stolen
      const today = isCounted
        ? { missing, before: 0, stolen, labelled }
        : { missing, before: last.before, stolen: last.stolen + stolen, labelled: last.labelled + labelled }
      phantoms.set(key, today)
      return today
    },
  }
}
