import { dateOf, dayOf, HOUR_MS, utcDay } from '@shelfcast/contracts/dates'
import { type Basket, netAmount } from '@shelfcast/contracts/events'
import { EVENT_SCHEMAS } from '@shelfcast/contracts/topics'
import { Compile } from 'typebox/compile'
import { expect, test } from 'vitest'
import {
  basketsOf,
  listen,
  liveOptions,
  MUCH_NOISE,
  openStores,
  tillWorld,
} from '../../test/datagen/tills.ts'
import type { Happening } from '../sim/model.ts'
import type { SourceEvent } from '../source.ts'
import { createLive, openLive } from './live.ts'
import { Label, type LabelKind } from './truth.ts'

const HOURS = 96
/** The latest message of an hour comes so many hours later. */
const LATEST = 7
const { spike, drop, theft_run, shrinkage } = MUCH_NOISE

const world = tillWorld(MUCH_NOISE)
const { events, labels } = listen(openStores(world), HOURS + LATEST)
/** The same stores with tills that make no faults. */
const clean = listen(openStores(tillWorld({ spike, drop, theft_run, shrinkage })), HOURS)
const cleanBaskets = new Map(
  basketsOf(clean.events).map((basket) => [`${basket.store_id} ${basket.basket_id}`, basket]),
)

const isBasket = Compile(EVENT_SCHEMAS['sales-transactions'])
const keyOf = ({ store_id, basket_id }: { store_id: string; basket_id: string }) => `${store_id} ${basket_id}`
function labelled<K extends LabelKind>(kind: K): Extract<Label, { kind: K }>[] {
  return labels.filter((label) => label.kind === kind) as Extract<Label, { kind: K }>[]
}
function parsed(value: Buffer): Basket | undefined {
  try {
    const text = new TextDecoder('utf8', { fatal: true }).decode(value)
    const basket: unknown = JSON.parse(text)
    return isBasket.Check(basket) ? basket : undefined
  } catch {
    return undefined
  }
}

const sales = events.filter(({ topic }) => topic === 'sales-transactions')
/** Baskets that can be read, with when their messages were sent. */
const read = new Map<string, { basket: Basket; sent: number[]; values: Buffer[] }>()
const unreadable: SourceEvent[] = []
for (const event of sales) {
  const basket = parsed(event.value)
  if (!basket) unreadable.push(event)
  else {
    const entry = read.get(keyOf(basket)) ?? { basket, sent: [], values: [] }
    entry.sent.push(event.event_time)
    entry.values.push(event.value)
    read.set(keyOf(basket), entry)
  }
}

test('every kind of fault appears, and every label is sound', () => {
  const validator = Compile(Label)
  for (const label of labels) if (!validator.Check(label)) expect(validator.Errors(label)).toEqual([])
  const kinds = new Set(labels.map(({ kind }) => kind))
  expect(kinds).toEqual(
    new Set([
      'double_scan',
      'repeated_message',
      'late_message',
      'out_of_order',
      'clock_skew',
      'malformed',
      'unknown_sku',
      'wrong_price',
      'missing_till_hour',
      'spike',
      'drop',
      'theft',
    ]),
  )
  for (const form of ['cut', 'wrong_type', 'not_utf8']) {
    expect(labelled('malformed').some((label) => label.form === form)).toBe(true)
  }
  for (const form of ['times_ten', 'tenth', 'zero']) {
    expect(labelled('wrong_price').some((label) => label.form === form)).toBe(true)
  }
})

test('when prices fall, some tills still have those of yesterday', () => {
  const live = openStores(tillWorld({ wrong_price: 0.2 }))
  const hours = { from: live.at, to: live.at + 48 * HOUR_MS }
  live.inject({ id: 'sale', kind: 'price_drop', strength: 0.25, ...hours })
  const stale = listen(live, 48).labels.filter(
    (label) => label.kind === 'wrong_price' && label.form === 'yesterday',
  )
  expect(stale.length).toBeGreaterThan(50)
  for (const label of stale as Extract<Label, { kind: 'wrong_price' }>[]) {
    expect(label.unit_price).toBeGreaterThan(label.true_unit_price)
  }
})

test('without what the labels name, every basket is what it would have been', () => {
  const skews = new Map(
    labelled('clock_skew').map(({ store_id, date, till_id, skew_ms }) => [
      `${store_id} ${date} ${till_id}`,
      skew_ms,
    ]),
  )
  const byBasket = (kind: 'double_scan' | 'unknown_sku' | 'wrong_price') =>
    new Map(labelled(kind).map((label) => [keyOf(label), label]))
  const doubles = byBasket('double_scan')
  const unknown = byBasket('unknown_sku')
  const wrong = byBasket('wrong_price')
  const absent = new Set([
    ...labelled('malformed').map(keyOf),
    ...labelled('missing_till_hour').flatMap(({ store_id, basket_ids }) =>
      basket_ids.map((basket_id) => keyOf({ store_id, basket_id })),
    ),
  ])
  let faults = 0
  for (const [key, expected] of cleanBaskets) {
    const entry = read.get(key)
    expect(entry === undefined, key).toBe(absent.has(key))
    if (!entry) continue
    const { basket } = entry
    expect(basket.total).toBe(basket.lines.reduce((sum, line) => sum + netAmount(line), 0))
    const label = unknown.get(key) ?? wrong.get(key)
    const double = doubles.get(key)
    const date = dateOfId(basket)
    const skew = skews.get(`${basket.store_id} ${date} ${basket.till_id}`) ?? 0
    const right = (at: string) => new Date(Date.parse(at) - skew).toISOString()
    const lines = basket.lines
      .map((line) => {
        const undone = { ...line, scanned_at: right(line.scanned_at) }
        if (label?.line_no !== line.line_no) return undone
        if (label.kind === 'unknown_sku') return { ...undone, sku: label.true_sku }
        const { discount } = expected.lines.find(({ sku }) => sku === line.sku)!
        return { ...undone, unit_price: (label as { true_unit_price: number }).true_unit_price, discount }
      })
      .filter(({ line_no }) => line_no !== double?.line_no)
      .map((line, index) => ({ ...line, line_no: index + 1 }))
    if (label || double || skew !== 0) faults++
    const total = lines.reduce((sum, line) => sum + netAmount(line), 0)
    expect({ ...basket, event_time: right(basket.event_time), lines, total }).toEqual(expected)
  }
  expect(faults).toBeGreaterThan(1_000)
})

test('a line scanned twice is the line before it, up to 1.1 seconds later', () => {
  const gaps: number[] = []
  for (const label of labelled('double_scan')) {
    const lines = read.get(keyOf(label))?.basket.lines
    if (!lines) continue
    const { line_no, scanned_at, ...twice } = lines[label.line_no - 1]!
    const { gap_ms } = label
    gaps.push(gap_ms)
    const first = lines.filter(({ sku }) => sku === label.sku).map(({ line_no: _, ...line }) => line)
    const before = new Date(Date.parse(scanned_at) - gap_ms).toISOString()
    expect(first).toContainEqual({ ...twice, scanned_at: before })
  }
  expect(Math.max(...gaps)).toBeLessThanOrEqual(1_100)
  const share = gaps.filter((gap) => gap === 0).length / gaps.length
  expect(Math.abs(share - 0.3)).toBeLessThan(4.5 * Math.sqrt((0.3 * 0.7) / gaps.length))
})

test('pieces that a customer really took one by one are further apart, and nobody labels them', () => {
  let pairs = 0
  for (const { lines } of cleanBaskets.values()) {
    for (const [index, line] of lines.entries()) {
      const before = lines[index - 1]
      if (before?.sku !== line.sku) continue
      pairs++
      const apart = Date.parse(line.scanned_at) - Date.parse(before.scanned_at)
      expect(apart).toBeGreaterThanOrEqual(600)
      expect(apart).toBeLessThanOrEqual(6_500)
    }
  }
  expect(pairs).toBeGreaterThan(100)
  expect(clean.labels.filter(({ kind }) => kind === 'double_scan')).toEqual([])
})

test('double scans are as many as the world says, to within sampling error', () => {
  const share = 0.1
  const stream = listen(openStores(tillWorld({ double_scan: share })), 20 * 24)
  const count = basketsOf(stream.events).filter(({ kind }) => kind === 'sale').length
  const doubles = stream.labels.filter(({ kind }) => kind === 'double_scan').length
  expect(count).toBeGreaterThan(20_000)
  expect(Math.abs(doubles / count - share)).toBeLessThan(4.5 * Math.sqrt((share * (1 - share)) / count))
})

test('a repeated, late or overtaken message was sent when its label says', () => {
  const sent = new Map<string, { at: number[]; values: string[] }>()
  for (const { topic, store_id, event_time, value } of events) {
    const text = value.toString('latin1')
    const id = /"(?:basket_id|movement_id|event_id)":"([^"]+)"/.exec(text)![1]
    const entry = sent.get(`${topic} ${store_id} ${id}`) ?? { at: [], values: [] }
    entry.at.push(event_time)
    entry.values.push(text)
    sent.set(`${topic} ${store_id} ${id}`, entry)
  }
  const end = events.at(-1)!.event_time
  const checked: Record<string, number> = {}
  for (const kind of ['repeated_message', 'late_message', 'out_of_order'] as const) {
    for (const { topic, store_id, message_id, at, sent_at } of labelled(kind)) {
      if (Date.parse(sent_at) > end) continue
      const entry = sent.get(`${topic} ${store_id} ${message_id}`)!
      const times = kind === 'repeated_message' ? [at, sent_at] : [sent_at]
      expect(entry.at.map((time) => new Date(time).toISOString())).toEqual(times)
      expect(new Set(entry.values).size).toBe(1)
      const delay = Date.parse(sent_at) - Date.parse(at)
      expect(delay).toBeGreaterThanOrEqual(kind === 'late_message' ? 120_000 : 1_000)
      expect(delay).toBeLessThanOrEqual(6 * HOUR_MS)
      checked[kind] = (checked[kind] ?? 0) + 1
      checked[topic] = (checked[topic] ?? 0) + 1
    }
  }
  expect(Object.keys(checked)).toHaveLength(6)
  for (const count of Object.values(checked)) expect(count).toBeGreaterThan(50)
})

test('a damaged message is the one that its label names', () => {
  const damaged = new Set(unreadable.map(({ value }) => /"basket_id":"([^"]+)"/.exec(value.toString())![1]))
  const labelledIds = labelled('malformed').map(({ basket_id }) => basket_id)
  for (const id of damaged) expect(labelledIds).toContain(id)
  expect(damaged.size).toBeGreaterThan(50)
})

test('of a till hour that is missing nothing arrives, and the label knows what it was', () => {
  const arrivals = new Set([
    ...read.keys(),
    ...events.flatMap(({ topic, value }) => {
      if (topic !== 'pos-events') return []
      const { store_id, event_id } = JSON.parse(value.toString())
      return [`${store_id} ${event_id}`]
    }),
  ])
  const missing = labelled('missing_till_hour')
  let baskets = 0
  for (const { store_id, basket_ids, event_ids, lines, amount, at } of missing) {
    for (const id of [...basket_ids, ...event_ids]) expect(arrivals).not.toContain(`${store_id} ${id}`)
    if (Date.parse(at) >= clean.events.at(-1)!.event_time - HOUR_MS) continue
    const lost = basket_ids.map((basket_id) => cleanBaskets.get(keyOf({ store_id, basket_id }))!)
    baskets += lost.length
    expect(lines).toBe(lost.reduce((sum, basket) => sum + basket.lines.length, 0))
    expect(amount).toBe(lost.reduce((sum, { kind, total }) => sum + (kind === 'sale' ? total : -total), 0))
  }
  expect(missing.filter(({ event_ids }) => event_ids.length > 0).length).toBeGreaterThan(5)
  expect(baskets).toBeGreaterThan(20)
})

test('a message that is late comes after midnight, and after a restart', () => {
  const options = liveOptions(tillWorld({ late_message: 0.3 }))
  const late = (stream: { events: SourceEvent[] }) =>
    stream.events.filter(({ topic, event_time, value }) => {
      const at =
        topic === 'sales-transactions' ? Date.parse(JSON.parse(value.toString()).event_time) : event_time
      return utcDay(at) < utcDay(event_time)
    })
  const live = createLive(options, { day: dayOf('2026-06-01') })
  while (live.at < Date.UTC(2026, 5, 2)) live.hour()
  const restarted = openLive(options, live.snapshot())
  const expected = late(listen(live, 8))
  expect(late(listen(restarted, 8))).toEqual(expected)
  expect(expected.length).toBeGreaterThan(10)
})

test('a till that is out says nothing, and its customers go elsewhere', () => {
  const quiet = openStores(tillWorld())
  const usual = openStores(tillWorld())
  const { store_id } = world.stores[3]!
  const at = Date.UTC(2026, 5, 2, 0)
  const hours = { from: at, to: at + 3 * HOUR_MS, stores: [3], strength: 1 }
  while (quiet.at < at) quiet.hour()
  while (usual.at < at) usual.hour()
  quiet.inject({ id: 'out', kind: 'till_outage', till: 3, ...hours })
  const stream = listen(quiet, 3)
  const ofStore = stream.events.filter((event) => event.store_id === store_id)
  expect(ofStore.filter(({ value }) => value.includes('"till_id":3,'))).toEqual([])
  expect(stream.labels.filter(({ kind }) => kind === 'till_outage')).toHaveLength(3)
  const baskets = ({ events }: { events: SourceEvent[] }) =>
    basketsOf(events)
      .filter((basket) => basket.store_id === store_id)
      .map(({ basket_id, customer_id, lines }) => [basket_id, customer_id, lines.length])
      .sort()
  expect(
    baskets(stream)
      .map(([, , count]) => count)
      .sort(),
  ).toEqual(
    baskets(listen(usual, 3))
      .map(([, , count]) => count)
      .sort(),
  )
})

test('a scanner that is broken scans twice as often as the director says', () => {
  const live = openStores(tillWorld())
  const happening: Happening = {
    id: 's',
    kind: 'scanner_fault',
    strength: 0.6,
    from: live.at,
    to: live.at + 72 * HOUR_MS,
    stores: [0],
  }
  live.inject(happening)
  const stream = listen(live, 72)
  const { store_id } = world.stores[0]!
  const count = basketsOf(stream.events).filter(
    (basket) => basket.store_id === store_id && basket.kind === 'sale',
  ).length
  expect(stream.labels.every((label) => label.store_id === store_id)).toBe(true)
  expect(stream.labels.length / count).toBeGreaterThan(0.5)
  expect(stream.labels.length / count).toBeLessThan(0.7)
})

/** The local day that an id names, as 2026-06-01. */
function dateOfId({ basket_id }: Basket): string {
  const day = Math.floor(Number.parseInt(basket_id.split('-')[1]!, 36) / 24)
  return dateOf(day)
}
