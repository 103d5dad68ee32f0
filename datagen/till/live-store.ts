/**
 * A store of the live stream. Its day is simulated when its first hour comes, and again from its saved morning when a
 * happening or an order is added; messages are made hour by hour, so what was made stays as it was.
 */

import type { PurchaseOrderLine } from '@shelfcast/contracts/datasets/purchase-orders'
import { dayHours } from '@shelfcast/contracts/dates'
import type {
  Conditions,
  Happening,
  PostedOrder,
  PurchaseOrder,
  ReorderPolicy,
  StockLevel,
  StoreDay,
  Transfer,
} from '../sim/model.ts'
import { StoreSimulation } from '../sim/store-simulation.ts'
import type { World } from '../world/world.ts'
import type { Outbox } from './delivery.ts'
import type { ProductTexts } from './encode.ts'
import type { StoreState } from './live-state.ts'
import { orderLinesOf } from './order-lines.ts'
import type { OpenDay, Span } from './store-hour.ts'
import { StoreTills } from './store-tills.ts'
import { anomalyLabels, skewLabels } from './truth.ts'

export class LiveStore {
  readonly #world: World
  readonly #index: number
  readonly #timeZone: string
  readonly #simulation: StoreSimulation
  readonly #tills: StoreTills
  #policy: ReorderPolicy
  #day: number
  /** StoreSimulation.save() before the current day; undefined between two days. */
  #morning: Uint8Array | undefined
  /** The current day, as simulated with all that is planned for it; undefined when it has to be simulated. */
  #storeDay: StoreDay | undefined
  /** The same with its customers; undefined while it is quiet. */
  #openDay: OpenDay | undefined
  #isTold: boolean
  /** Stock and orders before the current day, while they have to be told. */
  #opening: { stock: StockLevel[]; orders: PurchaseOrder[] } | undefined
  /** Posted on the current day. */
  #orders: PostedOrder[]
  /** Sent to it since its current day began. */
  #incoming: Transfer[]

  /** @param run short name, the beginning of every id */
  constructor(
    conditions: Conditions,
    store: number,
    run: string,
    texts: ProductTexts,
    { day, state, isBegun, isTold, policy, orders, incoming }: StoreState,
  ) {
    this.#world = conditions.world
    this.#index = store
    this.#timeZone = this.#world.stores[store]!.time_zone
    this.#simulation = new StoreSimulation({ conditions, store, from: day, policy, saved: state })
    this.#tills = new StoreTills(conditions, store, run, texts)
    this.#policy = policy
    this.#day = day
    this.#morning = isBegun ? state : undefined
    this.#isTold = isTold
    this.#orders = [...orders]
    this.#incoming = [...incoming]
  }

  /** The current day, or the one that comes next. */
  get day(): number {
    return this.#day
  }

  /** When the current day begins, milliseconds since 1970. */
  get begin(): number {
    return dayHours(this.#timeZone, this.#day)[0]!
  }

  get end(): number {
    return dayHours(this.#timeZone, this.#day + 1)[0]!
  }

  concerns({ from, to, stores }: Happening): boolean {
    return from < this.end && this.begin < to && (stores?.includes(this.#index) ?? true)
  }

  /** The current day is to be simulated anew: something that changes it was added or taken away. */
  change(): void {
    this.#storeDay = undefined
    this.#openDay = undefined
  }

  post(order: Omit<PostedOrder, 'day'>): PostedOrder {
    const posted = { ...order, day: this.#day }
    this.#orders.push(posted)
    this.change()
    return posted
  }

  reorder(policy: ReorderPolicy): void {
    this.#policy = policy
    this.change()
  }

  receive(transfer: Transfer): void {
    this.#incoming.push(transfer)
  }

  /**
   * Makes the messages of a slice of the current day.
   * @param isQuiet whether the day is lived through without a message
   * @returns the orders that are open, where the store has to tell what it begins with
   */
  live(slice: Span, happenings: readonly Happening[], isQuiet: boolean, outbox: Outbox): PurchaseOrderLine[] {
    this.#simulate(happenings, !isQuiet)
    const openDay = this.#openDay
    if (isQuiet || !openDay) return []
    const orders = this.#opening ? this.#tellOpening(this.#opening, outbox) : []
    for (const [hour, { begin, end }] of openDay.spans.entries()) {
      if (begin < slice.end && slice.begin < end) this.#tills.make(openDay, hour, slice, outbox)
    }
    return orders
  }

  /**
   * Ends the current day.
   * @returns the day; what was ordered on it, unless it was silent; and what goes to other stores
   */
  finish(label: Outbox['label']): {
    storeDay: StoreDay
    orders: PurchaseOrderLine[]
    transfers: readonly Transfer[]
  } {
    const storeDay = this.#storeDay!
    const openDay = this.#openDay
    const { begin, end } = this
    for (const anomaly of anomalyLabels(this.#world, storeDay, begin)) label(anomaly)
    if (openDay) for (const skew of skewLabels(this.#world, storeDay, begin, openDay.skew)) label(skew)
    this.#isTold = openDay !== undefined
    this.#day++
    this.#morning = undefined
    this.change()
    this.#orders = []
    return {
      storeDay,
      orders: openDay ? orderLinesOf(this.#world, storeDay.orders, end - 1, false) : [],
      transfers: this.#simulation.sent(),
    }
  }

  state(): StoreState {
    return {
      day: this.#day,
      state: this.#morning ?? this.#simulation.save(),
      isBegun: this.#morning !== undefined,
      isTold: this.#isTold,
      policy: this.#policy,
      orders: this.#orders,
      incoming: this.#incoming,
    }
  }

  #simulate(happenings: readonly Happening[], withCustomers: boolean): void {
    if (this.#storeDay && (this.#openDay || !withCustomers)) return
    const simulation = this.#simulation
    if (!this.#morning) {
      for (const transfer of this.#incoming) simulation.receive(transfer)
      this.#incoming = []
      this.#morning = simulation.save()
    } else if (simulation.day !== this.#day) simulation.restore(this.#morning)
    if (withCustomers && !this.#isTold) {
      this.#opening = { stock: simulation.stock(), orders: simulation.openOrders() }
    }
    const today = happenings.filter((happening) => this.concerns(happening))
    this.#storeDay = simulation.next({
      wants: withCustomers,
      happenings: today,
      orders: this.#orders,
      policy: this.#policy,
    })
    this.#openDay = withCustomers ? this.#tills.open(this.#storeDay, today) : undefined
  }

  /** Of a store of which the platform knows nothing, or nothing any more. */
  #tellOpening(
    { stock, orders }: { stock: StockLevel[]; orders: PurchaseOrder[] },
    outbox: Outbox,
  ): PurchaseOrderLine[] {
    this.#tills.count(this.#day, this.begin, stock, outbox)
    this.#isTold = true
    this.#opening = undefined
    return orderLinesOf(this.#world, orders, this.begin - 1, true)
  }
}
