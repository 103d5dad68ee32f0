/** The tills of a store: what a local hour of it sends, baskets, the life of the tills and stock movements. */
import { dayHours, instant } from '@shelfcast/contracts/dates'
import type { PosEvent } from '@shelfcast/contracts/events'
import { happeningsByHour, tillsOut } from '../sim/happenings.ts'
import type { Conditions, Happening, StockLevel, StoreDay, Wants } from '../sim/model.ts'
import { type Key, keyOf, uniformAt } from '../sim/random.ts'
import type { TwinStore, World } from '../world/world.ts'
import { Baskets } from './baskets.ts'
import { deliver, type Outbox } from './delivery.ts'
import type { ProductTexts } from './encode.ts'
import { MissingHours } from './missing-hours.ts'
import { movementMessages, openingMessages } from './movements.ts'
import { cashierAt, skewOf } from './staff.ts'
import { messageOf, type OpenDay, posEvent, type Span, type StoreHour } from './store-hour.ts'

const HOURS = 24

export class StoreTills {
  readonly #conditions: Conditions
  readonly #world: World
  readonly #index: number
  readonly #run: string
  readonly #store: TwinStore
  readonly #key: Key
  readonly #tills: readonly number[]
  readonly #baskets: Baskets

  /**
   * @param store its index
   * @param run short name, the beginning of every id
   */
  constructor(conditions: Conditions, store: number, run: string, texts: ProductTexts) {
    const { world, seed } = conditions
    this.#conditions = conditions
    this.#world = world
    this.#index = store
    this.#run = run
    this.#store = world.stores[store]!
    this.#key = keyOf(undefined, seed, 'till', this.#store.store_id)
    this.#tills = Array.from({ length: this.#store.tills }, (_, index) => index + 1)
    this.#baskets = new Baskets(conditions, store, this.#key, texts)
  }

  open(day: StoreDay, happenings: readonly Happening[]): OpenDay {
    const wants = day.wants!
    const clocks = keyOf(this.#key, 'clock', day.day)
    const skews = this.#tills.map((till) => skewOf(this.#world.noise, clocks, till))
    return {
      day,
      wants,
      firstWant: firstWants(wants),
      spans: spansOf(this.#store.time_zone, day.day),
      happenings: happeningsByHour(this.#world, this.#index, day.day, happenings),
      open: this.#openHours(day.day),
      movements: Map.groupBy(day.movements, ({ hour }) => hour),
      skew: Int32Array.of(0, ...skews),
    }
  }

  /** Tells the stock that a day begins with. @param begin of the day */
  count(day: number, begin: number, stock: readonly StockLevel[], outbox: Outbox): void {
    const id = (number: number) => this.#id(day * HOURS - 1, 'O', number)
    const store = { key: this.#key, store_id: this.#store.store_id }
    for (const message of openingMessages(this.#world, store, { number: day, begin }, stock, id)) {
      deliver(this.#world.noise, outbox, message)
    }
  }

  /** Makes the messages of a local hour that fall into a slice of time. */
  make(day: OpenDay, hour: number, slice: Span, outbox: Outbox): void {
    const { store_id, tills } = this.#store
    const { noise } = this.#world
    const span = day.spans[hour]!
    const active = day.happenings[hour]!
    const out = tillsOut(tills, active)
    const number = day.day.day * HOURS + hour
    const part = { begin: Math.max(slice.begin, span.begin), end: Math.min(slice.end, span.end) }
    const store = { key: this.#key, store_id }
    const missing = new MissingHours(store, noise.missing_till_hour, number, part)
    const storeHour: StoreHour = {
      ...day,
      hour,
      span,
      slice: part,
      active,
      inService: this.#tills.filter((till) => !out.includes(till)),
      id: (letter, place) => this.#id(number, letter, place),
      post(message) {
        if (!missing.take(message)) deliver(noise, outbox, message)
      },
      label: outbox.label,
    }
    if (out.length > 0) {
      const until = instant(part.end)
      outbox.label({ kind: 'till_outage', store_id, at: instant(part.begin), till_ids: out, until })
    }
    this.#baskets.make(storeHour, missing)
    this.#live(storeHour)
    for (const message of movementMessages(this.#world, store, storeHour)) storeHour.post(message)
    for (const label of missing.labels()) outbox.label(label)
  }

  #id(hour: number, letter: string, number: number): string {
    return `${this.#run}-${hour.toString(36).toUpperCase()}-${letter}${number}`
  }

  /** By when the customers of all categories come. */
  #openHours(day: number): OpenDay['open'] {
    if (this.#conditions.on(day).storeFactor[this.#index] === 0) return undefined
    let first = HOURS
    let last = -1
    for (let category = 0; category < this.#world.categories.length; category++) {
      const shares = this.#conditions.hours(this.#index, category, day)
      for (let hour = 0; hour < HOURS; hour++) {
        if (shares[hour]! === (hour === 0 ? 0 : shares[hour - 1]!)) continue
        if (hour < first) first = hour
        if (hour > last) last = hour
      }
    }
    return last < 0 ? undefined : { first, last }
  }

  /** Tills open, show that they are alive, and close. */
  #live(storeHour: StoreHour): void {
    const { open, hour, span, inService, day } = storeHour
    if (!open || hour < open.first || hour > open.last) return
    const { hours } = this.#store
    const isAllDay = hours[1]! - hours[0]! === HOURS
    const key = keyOf(this.#key, 'life', day.day * HOURS + hour)
    const length = span.end - span.begin
    for (const till of inService) {
      const share = uniformAt(...key, till)
      const soon = Math.floor(share * 60_000)
      const beat = 120_000 + Math.floor(share * (length - 240_000))
      if (hour === open.first && !isAllDay) {
        this.#sign(storeHour, key, till, span.begin + soon, { kind: 'opened', letter: 'A', draw: 0 })
      }
      this.#sign(storeHour, key, till, span.begin + beat, { kind: 'heartbeat', letter: 'H', draw: 1 })
      if (hour === open.last && !isAllDay) {
        this.#sign(storeHour, key, till, span.end - 1 - soon, { kind: 'closed', letter: 'Z', draw: 2 })
      }
    }
  }

  #sign(
    storeHour: StoreHour,
    key: Key,
    till: number,
    at: number,
    { kind, letter, draw }: { kind: PosEvent['kind']; letter: string; draw: number },
  ): void {
    const { slice, hour, id } = storeHour
    if (at < slice.begin || at >= slice.end) return
    const event = posEvent(storeHour, at, {
      event_id: id(letter, till),
      kind,
      store_id: this.#store.store_id,
      till_id: till,
      cashier_id: cashierAt(this.#store, till, hour),
    })
    storeHour.post(messageOf(event, at, key, 3 * till + draw))
  }
}

/** When each local hour of a day is, as UTC. The hour that comes twice in autumn lasts two hours. */
function spansOf(timeZone: string, day: number): Span[] {
  const begins = [...dayHours(timeZone, day), dayHours(timeZone, day + 1)[0]!]
  return Array.from({ length: HOURS }, (_, hour) => {
    const begin = begins[hour]!
    return { begin, end: begins.find((next) => next > begin)! }
  })
}

function firstWants({ hour, count }: Wants): Int32Array {
  const first = new Int32Array(HOURS + 1).fill(count)
  for (let index = count - 1; index >= 0; index--) first[hour[index]!] = index
  for (let h = HOURS - 1; h >= 0; h--) first[h] = Math.min(first[h]!, first[h + 1]!)
  return first
}
