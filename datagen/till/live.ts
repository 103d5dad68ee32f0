/**
 * The live stream: every store of the world, hour by hour in UTC, from store days to the bytes that Kafka gets. A
 * store's day is simulated when its first hour comes, and again from its saved beginning when a happening or an order
 * is added; messages are made hour by hour, so what was made stays as it was.
 */

import type { PurchaseOrderLine } from '@shelfcast/contracts/datasets/purchase-orders'
import { dayHours, HOUR_MS } from '@shelfcast/contracts/dates'
import type {
  Conditions,
  Happening,
  PostedOrder,
  PurchaseOrder,
  ReorderPolicy,
  StockLevel,
  StoreDay,
  StoreSimulation,
  Transfer,
} from '../sim/model.ts'
import { createStoreSimulation } from '../sim/store-simulation.ts'
import type { SourceEvent } from '../source.ts'
import type { Outbox } from './delivery.ts'
import { productTexts } from './encode.ts'
import { type LiveState, readState, type StoreState, writeState } from './live-state.ts'
import { orderLinesOf } from './order-lines.ts'
import { createStoreTills, type OpenDay, type StoreTills } from './store-hour.ts'
import { anomalyLabels, type Label, skewLabels } from './truth.ts'

const ID_PART = /^[A-Z0-9]{1,8}$/
// Time and place of an event in one number that sorts.
const PLACES = 4_194_304

export interface LiveOptions {
  /** World and seed are the conditions'. */
  conditions: Conditions
  policy: ReorderPolicy
  /** Short name of this run, in every id: [A-Z0-9]{1,8}. Two runs into the same platform need two names. */
  run: string
  /** A store day has ended: its truth, in arrays that are used again after the call (truthRows makes rows). */
  onDay?(day: StoreDay): void
}

/** Where the history ended. */
export interface LiveStart {
  /** First day of the live stream, at each store by its own calendar. */
  day: number
  /** By store: StoreSimulation.save() at the end of the day before. New stores when absent. */
  states?: readonly Uint8Array[]
}

export interface LiveHour {
  /** Begin of the hour, milliseconds since 1970. */
  at: number
  /** In the order in which they are sent; event_time is when, and lies within the hour. */
  events: SourceEvent[]
  labels: Label[]
  /** Lines of the orders that stores placed, told when a day has ended; and all that are open, where a store begins. */
  orders: PurchaseOrderLine[]
}

export interface Live {
  /** Begin of the hour that comes next, milliseconds since 1970. */
  readonly at: number
  /**
   * Makes the next hour. What it returns stays as it is.
   * @param options.quiet store days that are lived through without a message, save those still on their way
   */
  hour(options?: { quiet?: (store: number, day: number) => boolean }): LiveHour
  /** @throws when it begins before `at`, or not on a whole hour */
  inject(happening: Happening): void
  /** Those that have not ended everywhere. */
  happenings(): readonly Happening[]
  /** Lets a happening end at `at`; one that has not begun by then never was. @throws when there is none of this id */
  end(id: string): void
  /** The order reaches the supplier on the store's current day, of which `post` tells. */
  post(order: Omit<PostedOrder, 'day'>): PostedOrder
  /** How a store reorders from the end of its current day on. */
  reorder(store: number, policy: ReorderPolicy): void
  /** All that is needed to go on byte for byte: see openLive. */
  snapshot(): Buffer
}

interface LiveStore {
  index: number
  simulation: StoreSimulation
  tills: StoreTills
  policy: ReorderPolicy
  /** The current day, or the one that comes next. */
  day: number
  /** StoreSimulation.save() before the current day; undefined between two days. */
  begun: Uint8Array | undefined
  /** The current day, as simulated with all that is known; undefined when it has to be simulated. */
  made: StoreDay | undefined
  /** The same with its customers; undefined while it is quiet. */
  open: OpenDay | undefined
  isTold: boolean
  /** Stock and orders before the current day, while they have to be told. */
  opening: { stock: StockLevel[]; orders: PurchaseOrder[] } | undefined
  /** Posted on the current day. */
  orders: PostedOrder[]
  /** Sent to it since its current day began. */
  incoming: Transfer[]
}

export function createLive(options: LiveOptions, { day, states }: LiveStart): Live {
  const { stores } = options.conditions.world
  return live(options, {
    at:
      Math.floor(Math.min(...stores.map(({ time_zone }) => dayHours(time_zone, day)[0]!)) / HOUR_MS) *
      HOUR_MS,
    happenings: [],
    carried: [],
    stores: stores.map((_, store): StoreState => {
      const state = states?.[store]
      return { day, state, isBegun: false, isTold: false, policy: options.policy, orders: [], incoming: [] }
    }),
  })
}

/** Goes on where the snapshot was taken; world, seed and run must be those of the stream that took it. */
export function openLive(options: LiveOptions, snapshot: Uint8Array): Live {
  return live(options, readState(options, snapshot))
}

function live(options: LiveOptions, begin: LiveState): Live {
  const { conditions, run } = options
  const { world } = conditions
  if (!ID_PART.test(run)) {
    throw new Error(`Run "${run}" cannot be part of an id. Use 1 to 8 letters A to Z and digits.`)
  }
  const texts = productTexts(world)
  const stores = begin.stores.map(
    ({ day, state, isBegun, isTold, policy, orders, incoming }, index): LiveStore => ({
      index,
      simulation: createStoreSimulation({ conditions, store: index, from: day, policy, saved: state }),
      tills: createStoreTills(conditions, index, run, texts),
      policy,
      day,
      begun: isBegun ? state : undefined,
      made: undefined,
      open: undefined,
      isTold,
      opening: undefined,
      orders: [...orders],
      incoming: [...incoming],
    }),
  )
  let at = begin.at
  let happenings = [...begin.happenings]
  let carried = begin.carried

  function hour({ quiet }: Parameters<Live['hour']>[0] = {}): LiveHour {
    const end = at + HOUR_MS
    const events: SourceEvent[] = []
    const later: SourceEvent[] = []
    const labels: Label[] = []
    const orderLines: PurchaseOrderLine[] = []
    for (const event of carried) (event.event_time < end ? events : later).push(event)
    const outbox: Outbox = {
      send(topic, store_id, event_time, value, lines) {
        const event = { topic, store_id, event_time, value, lines }
        if (event_time < end) events.push(event)
        else later.push(event)
      },
      label: (label) => void labels.push(label),
    }
    for (const store of stores) {
      // In zones of half an hour one day ends and another begins within the hour.
      for (let cursor = at; cursor < end; ) {
        const ends = endOf(store)
        const slice = { begin: cursor, end: Math.min(end, ends) }
        cursor = slice.end
        // Where the stream begins, the first day comes later in the west.
        if (slice.end <= beginOf(store)) continue
        const isQuiet = quiet?.(store.index, store.day) ?? false
        simulate(store, !isQuiet)
        if (!isQuiet) {
          if (store.opening) orderLines.push(...tellOpening(store, outbox))
          makeSlice(store, slice, outbox)
        }
        if (slice.end === ends) orderLines.push(...finish(store, labels))
      }
    }
    const made = { at, events: inOrder(events, at), labels, orders: orderLines }
    carried = later
    at = end
    const earliest = Math.min(...stores.map(beginOf))
    happenings = happenings.filter(({ to }) => to > earliest)
    return made
  }

  /** Of a store of which the platform knows nothing, or nothing any more. */
  function tellOpening(store: LiveStore, outbox: Outbox): PurchaseOrderLine[] {
    const { stock, orders } = store.opening!
    const begin = beginOf(store)
    store.tills.count(store.day, begin, stock, outbox)
    store.isTold = true
    store.opening = undefined
    return orderLinesOf(world, orders, begin - 1, true)
  }

  function makeSlice(
    { tills, open }: LiveStore,
    slice: { begin: number; end: number },
    outbox: Outbox,
  ): void {
    const { spans } = open!
    for (let hour = 0; hour < spans.length; hour++) {
      const { begin, end } = spans[hour]!
      if (begin < slice.end && slice.begin < end) tills.make(open!, hour, slice, outbox)
    }
  }

  function simulate(store: LiveStore, withCustomers: boolean): void {
    if (store.made && (store.open || !withCustomers)) return
    const { simulation, orders, policy } = store
    if (!store.begun) {
      for (const transfer of store.incoming) simulation.receive(transfer)
      store.incoming = []
      store.begun = simulation.save()
    } else if (simulation.day !== store.day) simulation.restore(store.begun)
    if (withCustomers && !store.isTold)
      store.opening = { stock: simulation.stock(), orders: simulation.openOrders() }
    const today = happenings.filter((happening) => concerns(happening, store))
    store.made = simulation.next({ wants: withCustomers, happenings: today, orders, policy })
    store.open = withCustomers ? store.tills.open(store.made, today) : undefined
  }

  /** @returns what was ordered on the day, unless it was silent */
  function finish(store: LiveStore, labels: Label[]): PurchaseOrderLine[] {
    const day = store.made!
    const begin = beginOf(store)
    const lines = store.open ? orderLinesOf(world, day.orders, endOf(store) - 1, false) : []
    store.isTold = store.open !== undefined
    options.onDay?.(day)
    labels.push(...anomalyLabels(world, day, begin))
    if (store.open) labels.push(...skewLabels(world, day, begin, store.open.skew))
    for (const transfer of store.simulation.sent()) stores[transfer.to]!.incoming.push(transfer)
    store.day++
    store.begun = undefined
    store.made = undefined
    store.open = undefined
    store.orders = []
    return lines
  }

  function concerns({ from, to, stores: where }: Happening, store: LiveStore): boolean {
    return from < endOf(store) && beginOf(store) < to && (where?.includes(store.index) ?? true)
  }

  const beginOf = ({ index, day }: LiveStore) => dayHours(world.stores[index]!.time_zone, day)[0]!
  const endOf = ({ index, day }: LiveStore) => dayHours(world.stores[index]!.time_zone, day + 1)[0]!

  function change(store: LiveStore): void {
    store.made = undefined
    store.open = undefined
  }

  return {
    get at() {
      return at
    },
    hour,
    inject(happening) {
      const { id, from, to } = happening
      if (from < at || from % HOUR_MS !== 0 || to <= from) {
        throw new Error(
          `Happening ${id} is from ${instantText(from)} to ${instantText(to)}. Begin on a whole hour from ${instantText(at)} on, and end after it.`,
        )
      }
      happenings.push(happening)
      for (const store of stores) if (concerns(happening, store)) change(store)
    },
    happenings: () => happenings,
    end(id) {
      const ending = happenings.find((happening) => happening.id === id)
      if (!ending) throw new Error(`There is no happening ${id} that could end.`)
      for (const store of stores) if (concerns(ending, store)) change(store)
      happenings = happenings.flatMap((happening) => {
        if (happening !== ending) return [happening]
        return happening.from < at ? [{ ...happening, to: Math.min(happening.to, at) }] : []
      })
    },
    post(order) {
      const store = stores[order.store]!
      const posted = { ...order, day: store.day }
      store.orders.push(posted)
      change(store)
      return posted
    },
    reorder(index, policy) {
      const store = stores[index]!
      store.policy = policy
      change(store)
    },
    snapshot: () =>
      writeState(options, {
        at,
        happenings,
        carried,
        stores: stores.map(({ simulation, day, begun, isTold, policy, orders, incoming }) => ({
          day,
          state: begun ?? simulation.save(),
          isBegun: begun !== undefined,
          isTold,
          policy,
          orders,
          incoming,
        })),
      }),
  }
}

/** By time; those of the same millisecond as they were made. */
function inOrder(events: SourceEvent[], begin: number): SourceEvent[] {
  const keys = Float64Array.from(
    events,
    ({ event_time }, place) => (event_time - begin) * PLACES + place,
  ).sort()
  return Array.from(keys, (key) => events[key % PLACES]!)
}

const instantText = (at: number) => new Date(at).toISOString()
