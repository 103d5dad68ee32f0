/** What a director can ask of a run, and what is told of it. */

import { dateOf, dayOf, isDate } from '@shelfcast/contracts/dates'
import type {
  DirectorState,
  HappeningRequest,
  HappeningState,
  OrderRequest,
  OrderState,
  PolicyRequest,
  Speed,
} from '@shelfcast/contracts/twin'
import { lists } from '../sim/store-range.ts'
import { choiceOf, fault } from './fault.ts'
import { happeningState, productIndex, storeIndex, toHappening } from './happenings.ts'
import type { Stage } from './stage.ts'
import { latestDay } from './store-times.ts'

/** What is older is known by its object alone. */
const ORDERS_TOLD = 100
/** The gate takes times up to the end of 2099. */
const LAST_DATE = '2099-12-01'

export class Director {
  readonly #stage: Stage
  readonly #seed: number

  constructor(stage: Stage, seed: number) {
    this.#stage = stage
    this.#seed = seed
  }

  state(): DirectorState {
    const { world, run, clock, live, place } = this.#stage
    const { store, asOf } = clock.shown()
    const now = clock.time()
    return {
      run: run.id,
      world: world.name,
      seed: this.#seed,
      time_zone: world.stores[0]!.time_zone,
      clock: {
        store_time: new Date(store).toISOString(),
        as_of: new Date(asOf).toISOString(),
        speed: clock.speed,
        paused: clock.paused,
      },
      jump: this.#stage.isJumping()
        ? { to: place.jump!.date, reached: new Date(live.at).toISOString() }
        : null,
      happenings: live
        .happenings()
        .filter(({ to }) => to > now)
        .map((happening) => happeningState(world, happening, now))
        .toSorted((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0)),
      orders: [...place.orders],
      external_stores: [...place.external_stores],
    }
  }

  pause(): DirectorState {
    this.#stage.clock.pause()
    return this.state()
  }

  resume(): DirectorState {
    this.#stage.clock.resume()
    return this.state()
  }

  setSpeed(speed: Speed): DirectorState {
    this.#stage.clock.setSpeed(speed)
    return this.state()
  }

  /** Forward only; the days between are simulated, and told to the history. */
  jump(date: string): Promise<DirectorState> {
    const stage = this.#stage
    return stage.exclusive(async () => {
      if (stage.isJumping()) {
        throw fault(
          409,
          'jumping',
          `A jump to ${stage.place.jump!.date} is under way. Wait until it has arrived.`,
        )
      }
      const at = stage.nextHour()
      const latest = latestDay(stage.world, at)
      if (!isDate(date)) throw fault(400, 'no_date', `"${date}" is not in the calendar.`)
      const liesBehind = dayOf(date) <= latest
      if (liesBehind || date > LAST_DATE) {
        throw fault(
          400,
          'jump_out_of_range',
          `The stores are at ${dateOf(latest)}: ${date} ${liesBehind ? 'does not lie ahead' : 'is too far'}. ` +
            `Use a date from ${dateOf(latest + 1)} to ${LAST_DATE}.`,
        )
      }
      await stage.take({ at, does: 'jump', date })
      return this.state()
    })
  }

  happen(request: HappeningRequest): Promise<HappeningState> {
    const stage = this.#stage
    const { world } = stage
    return stage.exclusive(async () => {
      const at = stage.nextHour()
      const count = stage.place.happenings_made + 1
      const id = `${request.kind}-${count}`
      const happening = toHappening(world, request, id, at)
      const { product, stores = [...world.stores.keys()] } = happening
      if (product !== undefined && !stores.some((store) => lists(world, this.#seed, store, product))) {
        const sku = request.sku!
        throw fault(
          400,
          'not_listed',
          `No store of this ${request.kind} lists ${sku}. ${this.#whoLists(sku)}`,
        )
      }
      await stage.take({ at, does: 'happen', id, request }, { happenings_made: count })
      return happeningState(world, happening, stage.clock.time())
    })
  }

  /** Lets it end with the hour that runs. */
  end(id: string): Promise<DirectorState> {
    const stage = this.#stage
    return stage.exclusive(async () => {
      const ids = this.state().happenings.map((happening) => happening.id)
      if (!ids.includes(id)) {
        const choice = ids.length === 0 ? 'Nothing happens now.' : `There are ${ids.join(', ')}.`
        throw fault(404, 'unknown_happening', `There is no happening "${id}" that could end. ${choice}`)
      }
      await stage.take({ at: stage.nextHour(), does: 'end', id })
      return this.state()
    })
  }

  /** @returns isNew false when the same order was posted before */
  order(request: OrderRequest): Promise<{ order: OrderState; isNew: boolean }> {
    const stage = this.#stage
    return stage.exclusive(async () => {
      this.#checkOrder(request)
      const content = contentOf(request)
      const first = await stage.orderOf(request.purchase_order_id)
      if (first) {
        if (JSON.stringify(first) !== JSON.stringify(content)) {
          throw fault(
            409,
            'order_differs',
            `Order ${request.purchase_order_id} was posted before with another content. A new order needs a new id.`,
          )
        }
        const order = stage.place.orders.find(
          ({ purchase_order_id }) => purchase_order_id === first.purchase_order_id,
        )
        return { order: order ?? orderState(first, stage.clock.time()), isNew: false }
      }
      const at = stage.nextHour()
      const order = orderState(request, at)
      await stage.take(
        { at, does: 'order', request: content },
        { orders: [order, ...stage.place.orders].slice(0, ORDERS_TOLD) },
      )
      return { order, isNew: true }
    })
  }

  policy(request: PolicyRequest): Promise<DirectorState> {
    const stage = this.#stage
    const { world } = stage
    return stage.exclusive(async () => {
      const { store_id, kind } = request
      if (store_id !== undefined) storeIndex(world, store_id)
      const stores = store_id === undefined ? world.stores.map((store) => store.store_id) : [store_id]
      const others = stage.place.external_stores.filter((store) => !stores.includes(store))
      const external_stores = (kind === 'external' ? [...others, ...stores] : others).toSorted()
      await stage.take({ at: stage.nextHour(), does: 'policy', request }, { external_stores })
      return this.state()
    })
  }

  #whoLists(sku: string): string {
    const { world } = this.#stage
    const product = productIndex(world, sku)
    const stores = world.stores.filter((_, store) => lists(world, this.#seed, store, product))
    return stores.length === 0
      ? 'None does: take another SKU.'
      : `Take ${choiceOf(stores.map(({ store_id }) => store_id))}, or another SKU.`
  }

  #checkOrder({ purchase_order_id, store_id, lines }: OrderRequest): void {
    const { world } = this.#stage
    const store = storeIndex(world, store_id)
    const skus = new Set<string>()
    for (const { sku } of lines) {
      if (!lists(world, this.#seed, store, productIndex(world, sku))) {
        throw fault(
          400,
          'not_listed',
          `Order ${purchase_order_id}: store ${store_id} does not list ${sku}. ${this.#whoLists(sku)}`,
        )
      }
      if (skus.has(sku)) {
        throw fault(
          400,
          'sku_twice',
          `Order ${purchase_order_id} has two lines of ${sku}. Write one with the sum of their quantities.`,
        )
      }
      skus.add(sku)
    }
  }
}

/** With its fields in one order, so that two spellings of the same order are equal. */
function contentOf({ purchase_order_id, store_id, lines }: OrderRequest): OrderRequest {
  return { purchase_order_id, store_id, lines: lines.map(({ sku, quantity }) => ({ sku, quantity })) }
}

function orderState({ purchase_order_id, store_id, lines }: OrderRequest, at: number): OrderState {
  return { purchase_order_id, store_id, lines: lines.length, posted_at: new Date(at).toISOString() }
}
