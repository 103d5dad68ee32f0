import type { PurchaseOrderLine } from '@shelfcast/contracts/datasets/purchase-orders'
import { DAY_MS, dayHours, dayOf, HOUR_MS, localDay } from '@shelfcast/contracts/dates'
import type { InventoryMovement, PosEvent } from '@shelfcast/contracts/events'
import { EVENT_SCHEMAS } from '@shelfcast/contracts/topics'
import { Compile } from 'typebox/compile'
import { expect, test } from 'vitest'
import {
  basketsOf,
  checksum,
  type Heard,
  hourOfId,
  listen,
  liveOptions,
  MONDAY,
  MUCH_NOISE,
  openStores,
  tillWorld,
} from '../../test/datagen/tills.ts'
import { Chain } from '../sim/chain.ts'
import type { Happening, StoreDay } from '../sim/model.ts'
import type { World } from '../world/world.ts'
import { openLive } from './live.ts'

const DAYS = 3
/** From the first beginning of the first day to the last end of the last. */
const HOURS = DAYS * 24 + 15
/** What happens in the stores goes on; tills make no faults. */
const LIVELY = { spike: 0.05, drop: 0.05, theft_run: 0.05, shrinkage: 0.01 }

type Totals = Record<string, number>
const add = (totals: Totals, name: string, amount: number) => {
  if (amount !== 0) totals[name] = (totals[name] ?? 0) + amount
}

/** Totals that store days report, by store, day and product. */
function totalsOfDay(world: World, totals: Totals, { store, day, ...of }: StoreDay): void {
  const about = `${world.stores[store]!.store_id} ${day}`
  for (const [product, { sku }] of world.products.entries()) {
    add(totals, `${about} ${sku} sold`, of.sold[product]!)
    add(totals, `${about} ${sku} revenue`, of.revenue[product]!)
  }
  for (const { product, quantity } of of.returns) {
    add(totals, `${about} ${world.products[product]!.sku} returned`, quantity)
  }
  for (const { kind, product, quantity } of of.movements) {
    add(totals, `${about} ${world.products[product]!.sku} ${kind}`, quantity)
  }
}

/** Whether a movement tells the stock that a store begins with. */
const isOpening = (movement_id: string) => /-O\d+$/.test(movement_id)

/** The same, read from the messages. */
function totalsOfEvents({ events }: Heard, until: number): Totals {
  const totals: Totals = {}
  for (const { basket_id, kind, store_id, lines } of basketsOf(events)) {
    const { day } = hourOfId(basket_id)
    if (day >= until) continue
    for (const { sku, quantity, unit, unit_price, discount } of lines) {
      const about = `${store_id} ${day} ${sku}`
      const gross = unit === 'each' ? quantity * unit_price : Math.floor((quantity * unit_price) / 1000 + 0.5)
      add(totals, `${about} ${kind === 'sale' ? 'sold' : 'returned'}`, quantity)
      if (kind === 'sale') add(totals, `${about} revenue`, gross - discount)
    }
  }
  for (const { topic, value } of events) {
    if (topic !== 'inventory-updates') continue
    const { movement_id, kind, store_id, sku, quantity } = JSON.parse(value.toString()) as InventoryMovement
    const { day } = hourOfId(movement_id)
    if (day < until && !isOpening(movement_id)) add(totals, `${store_id} ${day} ${sku} ${kind}`, quantity)
  }
  return totals
}

test.each([
  ['on usual days', []],
  [
    'while things happen',
    [
      { kind: 'price_drop', category: 1, strength: 0.3 },
      { kind: 'viral_product', product: 4, strength: 6 },
      { kind: 'theft', strength: 0.2 },
      { kind: 'till_outage', till: 1, strength: 1 },
      { kind: 'rainy_week', strength: 15 },
    ],
  ],
  ['with all tills out for some hours', [{ kind: 'till_outage', stores: [1, 2], strength: 1 }]],
] as [string, Partial<Happening>[]][])(
  'the messages of a day are its totals, to the unit and the cent, %s',
  (_, happenings) => {
    const world = tillWorld(LIVELY)
    const totals: Totals = {}
    const live = openStores(world, {
      onDay: (day) => void (day.day < MONDAY + DAYS && totalsOfDay(world, totals, day)),
    })
    const stream = listen(live, 30)
    for (const [number, happening] of happenings.entries()) {
      const hours = { from: live.at + 2 * HOUR_MS, to: live.at + 9 * HOUR_MS }
      live.inject({ id: `h${number}`, kind: 'festival', strength: 1, ...hours, ...happening })
    }
    stream.events.push(...listen(live, HOURS - 30).events)
    const actual = totalsOfEvents(stream, MONDAY + DAYS)
    // A refund needs a till.
    const isOut = happenings.some(({ kind, till }) => kind === 'till_outage' && till === undefined)
    const comparable = (all: Totals) =>
      Object.entries(all)
        .filter(([name]) => !(isOut && name.endsWith('returned')))
        .sort(([a], [b]) => (a < b ? -1 : 1))
    expect(comparable(actual)).toEqual(comparable(totals))
    expect(Object.keys(totals).length).toBeGreaterThan(1_000)
    for (const what of ['returned', 'receipt', 'waste', 'count']) {
      expect(Object.keys(totals).some((name) => name.endsWith(what))).toBe(true)
    }
  },
)

test('a store begins with its stock by lot and its open orders, and again after days of silence', () => {
  const world = tillWorld(LIVELY)
  const silent = MONDAY + 2
  const books = new Map<string, number>()
  const onOrder = new Map<string, number>()
  const live = openStores(world, {
    onDay({ store, day, book, onOrder: open }) {
      if (day !== silent) return
      for (const [product, { sku }] of world.products.entries()) {
        books.set(`${store} ${sku}`, book[product]!)
        if (open[product]! > 0) onOrder.set(`${store} ${sku}`, open[product]!)
      }
    },
  })
  const indexes = new Map(world.stores.map(({ store_id }, index) => [store_id, index]))
  const counts = new Map<number, InventoryMovement[]>()
  const lines: PurchaseOrderLine[] = []
  for (let hour = 0; hour < HOURS + 24; hour++) {
    const { events, orders } = live.hour({ quiet: (_, day) => day === silent })
    lines.push(...orders.filter(({ opening }) => opening))
    for (const { topic, value } of events) {
      const movement = JSON.parse(value.toString()) as InventoryMovement
      if (topic !== 'inventory-updates' || !isOpening(movement.movement_id)) continue
      const { day } = hourOfId(movement.movement_id)
      counts.set(day, [...(counts.get(day) ?? []), movement])
    }
  }
  expect([...counts.keys()].sort()).toEqual([MONDAY - 1, silent])
  const quantities = new Map<string, number>()
  for (const { kind, store_id, sku, quantity, lot, expires_on } of counts.get(silent)!) {
    expect(kind).toBe('count')
    expect(lot === undefined).toBe(expires_on === undefined)
    const key = `${indexes.get(store_id)} ${sku}`
    quantities.set(key, (quantities.get(key) ?? 0) + quantity)
  }
  expect(quantities.size).toBeGreaterThan(300)
  for (const [key, quantity] of quantities) expect(quantity, key).toBe(books.get(key))
  for (const [key, quantity] of books) expect(quantities.get(key) ?? 0, key).toBe(quantity)
  expect(counts.get(silent)!.length).toBeGreaterThan(1.5 * quantities.size)
  // New stores have nothing on its way; after the silence it is all that is open.
  const ordered = new Map<string, number>()
  for (const { store_id, sku, quantity, told_at } of lines) {
    expect(Date.parse(told_at)).toBeGreaterThan(silent * DAY_MS)
    const key = `${indexes.get(store_id)} ${sku}`
    ordered.set(key, (ordered.get(key) ?? 0) + quantity)
  }
  expect(ordered).toEqual(onOrder)
})

test('live and history are one process: the live stream goes on where the chain ended', () => {
  const world = tillWorld(LIVELY)
  const expected: Totals = {}
  const chain = new Chain({ conditions: liveOptions(world).conditions, from: MONDAY })
  const history = 20
  let states: Uint8Array[] = []
  for (let day = 0; day < history + DAYS; day++) {
    if (day === history) states = chain.save()
    chain.nextDay((of) => void (day >= history && totalsOfDay(world, expected, of)))
  }
  const totals: Totals = {}
  const live = openStores(world, {
    day: MONDAY + history,
    states,
    onDay: (day) => void (day.day < MONDAY + history + DAYS && totalsOfDay(world, totals, day)),
  })
  // Half of it without a message: that changes nothing.
  for (let hour = 0; hour < HOURS; hour++) live.hour(hour % 50 < 25 ? {} : { quiet: () => true })
  expect(totals).toEqual(expected)
})

test('the same seed gives the same bytes, another seed others', () => {
  const world = tillWorld(MUCH_NOISE)
  const sum = (seed: number) => checksum(listen(openStores(world, { seed }), 40))
  expect(sum(1)).toBe(sum(1))
  expect(sum(2)).not.toBe(sum(1))
})

test('a stream cut anywhere goes on byte for byte, with orders, happenings and messages under way', () => {
  const options = liveOptions(tillWorld(MUCH_NOISE))
  const commands = (live: ReturnType<typeof openLive>, hour: number) => {
    if (hour === 20) {
      const hours = { from: live.at + HOUR_MS, to: live.at + 40 * HOUR_MS }
      live.inject({ id: 'a', kind: 'price_drop', category: 0, strength: 0.4, ...hours })
      live.inject({ id: 'b', kind: 'scanner_fault', stores: [0], strength: 0.5, ...hours })
    }
    if (hour === 33) {
      const lines = [{ product: 3, quantity: 480 }]
      live.post({ purchase_order_id: 'PO-1', store: 0, lines })
      live.reorder(1, { kind: 'external', safetyDays: 0 })
    }
    if (hour === 41) live.end('b')
  }
  const whole: Heard[] = []
  const snapshots: Buffer[] = []
  const live = openStores(tillWorld(MUCH_NOISE))
  for (let hour = 0; hour < 60; hour++) {
    snapshots.push(live.snapshot())
    commands(live, hour)
    whole.push(live.hour())
  }
  for (let cut = 1; cut < 60; cut += 7) {
    const opened = openLive(options, snapshots[cut]!)
    for (let hour = cut; hour < Math.min(60, cut + 30); hour++) {
      commands(opened, hour)
      expect(checksum(opened.hour()), `hour ${hour} after a cut before hour ${cut}`).toBe(
        checksum(whole[hour]!),
      )
    }
  }
  expect(() => openLive({ ...options, run: 'T2' }, snapshots[0]!)).toThrow('run T1')
})

test('what happens changes the hours from its own on, where it happens', () => {
  const world = tillWorld(MUCH_NOISE)
  const usual = openStores(world)
  const other = openStores(world)
  listen(usual, 40)
  listen(other, 40)
  const at = other.at
  other.inject({
    id: 'f',
    kind: 'festival',
    strength: 4,
    stores: [0],
    from: at + 3 * HOUR_MS,
    to: at + 20 * HOUR_MS,
  })
  const ofStore = ({ events }: Heard, store: number) =>
    checksum({
      events: events.filter(({ store_id }) => store_id === world.stores[store]!.store_id),
      labels: [],
    })
  for (let hour = 0; hour < 8; hour++) {
    const expected = usual.hour()
    const actual = other.hour()
    expect(ofStore(actual, 1)).toBe(ofStore(expected, 1))
    if (hour < 3) expect(checksum(actual)).toBe(checksum(expected))
    else expect(ofStore(actual, 0)).not.toBe(ofStore(expected, 0))
  }
  expect(() => other.inject({ id: 'g', kind: 'theft', strength: 1, from: at, to: at + HOUR_MS })).toThrow(
    'Begin on a whole hour',
  )
})

test('a posted order comes as a delivery with its number', () => {
  const world = tillWorld()
  const live = openStores(world)
  listen(live, 20)
  const lines = [{ product: 0, quantity: 600 }]
  const { day } = live.post({ purchase_order_id: 'PO-77', store: 0, lines })
  expect(day).toBe(MONDAY)
  const receipts = listen(live, 10 * 24)
    .events.filter(({ topic }) => topic === 'inventory-updates')
    .map(({ value }) => JSON.parse(value.toString()) as InventoryMovement)
    .filter(({ purchase_order_id }) => purchase_order_id === 'PO-77')
  expect(receipts).toHaveLength(1)
  expect(receipts[0]).toMatchObject({ kind: 'receipt', sku: world.products[0]!.sku })
})

test('every event has the shape of its topic, a time in its day, and an id that no other has', () => {
  const world = tillWorld()
  const zones = new Map(world.stores.map(({ store_id, time_zone }) => [store_id, time_zone]))
  const { events } = listen(openStores(world), 80)
  const validators = {
    'sales-transactions': Compile(EVENT_SCHEMAS['sales-transactions']),
    'inventory-updates': Compile(EVENT_SCHEMAS['inventory-updates']),
    'pos-events': Compile(EVENT_SCHEMAS['pos-events']),
  }
  const ids = new Set<string>()
  for (const [index, { topic, store_id, event_time, value }] of events.entries()) {
    const event = JSON.parse(value.toString())
    const id =
      event.basket_id && topic === 'sales-transactions'
        ? event.basket_id
        : (event.movement_id ?? event.event_id)
    if (!validators[topic].Check(event)) expect(validators[topic].Errors(event)).toEqual([])
    const happened = Date.parse(event.event_time)
    const isEarlier = topic === 'inventory-updates' && isOpening(id)
    expect(happened).toBe(isEarlier ? event_time - 1 : event_time)
    expect(localDay(zones.get(store_id)!, happened)).toBe(hourOfId(id).day)
    expect(event_time).toBeGreaterThanOrEqual(events[index - 1]?.event_time ?? 0)
    ids.add(`${topic} ${store_id} ${id}`)
  }
  expect(ids.size).toBe(events.length)
  expect(events.length).toBeGreaterThan(5_000)
})

test('tills open, beat and close, and a store that never closes only beats', () => {
  const world = tillWorld()
  const { events } = listen(openStores(world), 64)
  const posEvents = events
    .filter(({ topic }) => topic === 'pos-events')
    .map(({ value }) => JSON.parse(value.toString()) as PosEvent)
  const ofDay = (store: number, kind: string) =>
    posEvents.filter(
      (event) =>
        event.store_id === world.stores[store]!.store_id &&
        event.kind === kind &&
        hourOfId(event.event_id).day === MONDAY + 1,
    ).length
  for (const [store, { hours, tills }] of world.stores.entries()) {
    const isAllDay = hours[1]! - hours[0]! === 24
    expect(ofDay(store, 'opened')).toBe(isAllDay ? 0 : tills)
    expect(ofDay(store, 'closed')).toBe(isAllDay ? 0 : tills)
    expect(ofDay(store, 'heartbeat')).toBe(tills * (hours[1]! - hours[0]!))
  }
  for (const kind of ['void', 'price_override', 'scanner_fault', 'refund']) {
    expect(posEvents.some((event) => event.kind === kind)).toBe(true)
  }
})

test.each(['2026-03-29', '2026-10-25'])('the clock change of %s leaves no hole and no id twice', (date) => {
  const world = tillWorld(LIVELY)
  world.stores = [{ ...world.stores[1]!, time_zone: 'Europe/Dublin' }]
  const day = dayOf(date)
  const totals: Totals = {}
  const live = openStores(world, {
    day: day - 1,
    onDay: (of) => void (of.day <= day + 1 && totalsOfDay(world, totals, of)),
  })
  expect(live.at).toBe(dayHours('Europe/Dublin', day - 1)[0])
  const length = dayHours('Europe/Dublin', day + 2)[0]! - live.at
  expect(length).not.toBe(3 * DAY_MS)
  const stream = listen(live, length / HOUR_MS)
  expect(totalsOfEvents(stream, day + 2)).toEqual(totals)
  const ids = stream.events.map(({ value }) => {
    const { basket_id, movement_id, event_id } = JSON.parse(value.toString())
    return movement_id ?? event_id ?? basket_id
  })
  expect(new Set(ids).size).toBe(ids.length)
  const hours = new Set(stream.events.map(({ event_time }) => Math.floor(event_time / HOUR_MS)))
  expect(hours.size).toBe(length / HOUR_MS)
})
