/**
 * The live stream: every store of the world, hour by hour in UTC, from store days to the bytes that Kafka gets. A
 * store's day is simulated when its first hour comes; what happens and who orders is added hour by hour.
 */

import type { PurchaseOrderLine } from '@shelfcast/contracts/datasets/purchase-orders'
import { dayHours, HOUR_MS } from '@shelfcast/contracts/dates'
import type { Conditions, Happening, PostedOrder, ReorderPolicy, StoreDay } from '../sim/model.ts'
import type { SourceEvent } from '../source.ts'
import type { Outbox } from './delivery.ts'
import { productTexts } from './encode.ts'
import { type LiveState, readState, type StoreState, writeState } from './live-state.ts'
import { LiveStore } from './live-store.ts'
import type { Label } from './truth.ts'

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

export function createLive(options: LiveOptions, { day, states }: LiveStart): Live {
  const { stores } = options.conditions.world
  const begin = Math.min(...stores.map(({ time_zone }) => dayHours(time_zone, day)[0]!))
  return new LiveStream(options, {
    at: Math.floor(begin / HOUR_MS) * HOUR_MS,
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
  return new LiveStream(options, readState(options, snapshot))
}

class LiveStream implements Live {
  readonly #options: LiveOptions
  readonly #stores: readonly LiveStore[]
  #at: number
  #happenings: Happening[]
  /** Messages that were made and go out in a later hour. */
  #carried: SourceEvent[]

  constructor(options: LiveOptions, state: LiveState) {
    const { conditions, run } = options
    if (!ID_PART.test(run)) {
      throw new Error(`Run "${run}" cannot be part of an id. Use 1 to 8 letters A to Z and digits.`)
    }
    const texts = productTexts(conditions.world)
    this.#options = options
    this.#stores = state.stores.map((store, index) => new LiveStore(conditions, index, run, texts, store))
    this.#at = state.at
    this.#happenings = [...state.happenings]
    this.#carried = state.carried
  }

  get at(): number {
    return this.#at
  }

  hour({ quiet }: Parameters<Live['hour']>[0] = {}): LiveHour {
    const at = this.#at
    const end = at + HOUR_MS
    const events: SourceEvent[] = []
    const later: SourceEvent[] = []
    const labels: Label[] = []
    const orders: PurchaseOrderLine[] = []
    for (const event of this.#carried) (event.event_time < end ? events : later).push(event)
    const outbox: Outbox = {
      send(topic, store_id, event_time, value, lines) {
        const event = { topic, store_id, event_time, value, lines }
        if (event_time < end) events.push(event)
        else later.push(event)
      },
      label: (label) => void labels.push(label),
    }
    for (const [index, store] of this.#stores.entries()) {
      // In zones of half an hour one day ends and another begins within the hour.
      for (let cursor = at; cursor < end; ) {
        const slice = { begin: cursor, end: Math.min(end, store.end) }
        cursor = slice.end
        // Where the stream begins, the first day comes later in the west.
        if (slice.end <= store.begin) continue
        const isQuiet = quiet?.(index, store.day) ?? false
        orders.push(...store.live(slice, this.#happenings, isQuiet, outbox))
        if (slice.end === store.end) orders.push(...this.#finish(store, outbox))
      }
    }
    this.#carried = later
    this.#at = end
    const earliest = Math.min(...this.#stores.map(({ begin }) => begin))
    this.#happenings = this.#happenings.filter(({ to }) => to > earliest)
    return { at, events: inOrder(events, at), labels, orders }
  }

  inject(happening: Happening): void {
    const { id, from, to } = happening
    if (from < this.#at || from % HOUR_MS !== 0 || to <= from) {
      throw new Error(
        `Happening ${id} is from ${instantText(from)} to ${instantText(to)}. Begin on a whole hour from ${instantText(this.#at)} on, and end after it.`,
      )
    }
    this.#happenings.push(happening)
    this.#change(happening)
  }

  happenings(): readonly Happening[] {
    return this.#happenings
  }

  end(id: string): void {
    const ending = this.#happenings.find((happening) => happening.id === id)
    if (!ending) throw new Error(`There is no happening ${id} that could end.`)
    this.#change(ending)
    this.#happenings = this.#happenings.flatMap((happening) => {
      if (happening !== ending) return [happening]
      return happening.from < this.#at ? [{ ...happening, to: Math.min(happening.to, this.#at) }] : []
    })
  }

  post(order: Omit<PostedOrder, 'day'>): PostedOrder {
    return this.#stores[order.store]!.post(order)
  }

  reorder(store: number, policy: ReorderPolicy): void {
    this.#stores[store]!.reorder(policy)
  }

  snapshot(): Buffer {
    return writeState(this.#options, {
      at: this.#at,
      happenings: this.#happenings,
      carried: this.#carried,
      stores: this.#stores.map((store) => store.state()),
    })
  }

  /** @returns what was ordered on the day, unless it was silent */
  #finish(store: LiveStore, { label }: Outbox): PurchaseOrderLine[] {
    const { storeDay, orders, transfers } = store.finish(label)
    this.#options.onDay?.(storeDay)
    for (const transfer of transfers) this.#stores[transfer.to]!.receive(transfer)
    return orders
  }

  #change(happening: Happening): void {
    for (const store of this.#stores) if (store.concerns(happening)) store.change()
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
