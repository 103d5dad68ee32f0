import { createHash } from 'node:crypto'
import { type Basket, netAmount } from '@shelfcast/contracts/events'
import { Product, Store } from '@shelfcast/contracts/reference'
import { EVENT_SCHEMAS, EVENT_TOPICS } from '@shelfcast/contracts/topics'
import type { Lake } from '@shelfcast/runtime/lake'
import { Compile } from 'typebox/compile'
import { expect, test } from 'vitest'
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts'
import { createTwin, firstPosition, type PlacedEvent, type Position } from './source.ts'

const MONDAY = { hour: Date.UTC(2026, 5, 1, 5), sent: 0 }
const WEEK_HOURS = 7 * 24

/** The events of some hours from a position on. */
function events(hours: number, { seed = 1, from = MONDAY }: { seed?: number; from?: Position } = {}) {
  const taken: PlacedEvent[] = []
  for (const event of createTwin(seed, from).events() as Iterable<PlacedEvent>) {
    if (event.next.hour >= from.hour + hours * 3_600_000) break
    taken.push(event)
  }
  return taken
}

function checksum(list: PlacedEvent[]): string {
  const hash = createHash('sha256')
  for (const { topic, store_id, event_time, value } of list)
    hash.update(`${topic} ${store_id} ${event_time} `).update(value)
  return hash.digest('hex')
}

const week = events(WEEK_HOURS)
const isSale = ({ topic }: PlacedEvent) => topic === 'sales-transactions'
const basketOf = ({ value }: PlacedEvent) => JSON.parse(value.toString()) as Basket

test('the same seed gives the same bytes, another seed others', () => {
  expect(checksum(events(24))).toBe(checksum(events(24)))
  expect(checksum(events(24, { seed: 2 }))).not.toBe(checksum(events(24)))
})

test('a stream taken up anywhere goes on byte for byte', () => {
  const all = events(12)
  const cut = Math.floor(all.length / 2)
  expect(checksum(events(12, { from: all[cut - 1]!.next }).slice(0, all.length - cut))).toBe(
    checksum(all.slice(cut)),
  )
})

test('events come in the order of store time', () => {
  const times = week.map(({ event_time }) => event_time)
  expect(times).toEqual(times.toSorted((a, b) => a - b))
})

test('every event has the shape of its topic, save those malformed on purpose', () => {
  for (const topic of EVENT_TOPICS) {
    const validator = Compile(EVENT_SCHEMAS[topic])
    const sound = week.filter((event) => event.topic === topic && event.dirt !== 'malformed')
    expect(sound.length).toBeGreaterThan(100)
    const faults = sound.flatMap(({ value }) => validator.Errors(JSON.parse(value.toString())))
    expect(faults).toEqual([])
  }
})

test('reference data is valid and names all that is sold', async () => {
  const { stores, products } = await createTwin(1, MONDAY).reference()
  expect(stores).toHaveLength(8)
  expect(products).toHaveLength(150)
  for (const store of stores) expect(Compile(Store).Errors(store)).toEqual([])
  for (const product of products) expect(Compile(Product).Errors(product)).toEqual([])
  const known = new Set(products.map(({ sku }) => sku))
  const clean = week.filter((event) => isSale(event) && !event.dirt).flatMap((event) => basketOf(event).lines)
  expect(clean.filter(({ sku }) => !known.has(sku))).toEqual([])
})

test('ids are unique but for baskets repeated on purpose, and baskets add up', () => {
  const events = week.filter(({ dirt }) => dirt !== 'repeated_basket' && dirt !== 'malformed')
  const ids = events.map(({ topic, store_id, value }) => {
    const { basket_id, event_id, movement_id } = JSON.parse(value.toString())
    return `${topic} ${store_id} ${movement_id ?? event_id ?? basket_id}`
  })
  expect(new Set(ids).size).toBe(ids.length)
  const wrong = events
    .filter(isSale)
    .map(basketOf)
    .filter(({ lines, total }) => {
      const amounts = lines.map(netAmount)
      return (
        amounts.some((amount) => amount <= 0) || amounts.reduce((sum, amount) => sum + amount, 0) !== total
      )
    })
  expect(wrong).toEqual([])
})

test('dirt is there, labelled, and is what the label says', () => {
  const dirty = Map.groupBy(week, ({ dirt }) => dirt ?? 'none')
  for (const kind of ['repeated_basket', 'duplicate_line', 'unknown_sku', 'malformed'] as const) {
    expect(dirty.get(kind)?.length, kind).toBeGreaterThan(0)
  }
  for (const event of dirty.get('malformed')!) expect(() => basketOf(event)).toThrow(SyntaxError)
  for (const event of dirty.get('duplicate_line')!) {
    const [last, before] = basketOf(event).lines.reverse()
    expect({ ...last, line_no: 0 }).toEqual({ ...before, line_no: 0 })
  }
  for (const event of dirty.get('unknown_sku')!) expect(basketOf(event).lines.at(-1)?.sku).toMatch(/^P-9/)
})

test('stores are busiest in their hours, with loyal customers, offers, returns and all ways to pay', () => {
  const baskets = week.filter((event) => isSale(event) && !event.dirt).map(basketOf)
  const share = (is: (basket: Basket) => boolean) => baskets.filter(is).length / baskets.length
  expect(share(({ customer_id }) => customer_id !== undefined)).toBeCloseTo(0.62, 1)
  expect(share(({ kind }) => kind === 'return')).toBeCloseTo(0.012, 2)
  expect(share(({ lines }) => lines.some(({ promotion_id }) => promotion_id))).toBeGreaterThan(0.3)
  expect(new Set(baskets.map(({ payment }) => payment))).toEqual(
    new Set(['card', 'mobile', 'cash', 'voucher']),
  )
  // Dublin is an hour ahead of UTC in June.
  const campus = baskets.filter(({ store_id }) => store_id === 'DUB-03')
  const hours = campus.map(({ event_time }) => new Date(event_time).getUTCHours() + 1)
  expect(Math.min(...hours)).toBe(7)
  expect(Math.max(...hours)).toBe(21)
})

test('the first day begins at six in the morning at the stores', () => {
  expect(firstPosition(Date.UTC(2026, 6, 1, 23, 30))).toEqual({ hour: Date.UTC(2026, 6, 2, 5), sent: 0 })
  expect(firstPosition(Date.UTC(2026, 11, 1, 3))).toEqual({ hour: Date.UTC(2026, 11, 1, 6), sent: 0 })
})

test('a checkpoint comes back as it was written, and a damaged one is named', async () => {
  const objects = new Map<string, Buffer>()
  const lake = {
    metadata: async (_zone: string, name: string) => (objects.has(name) ? {} : undefined),
    read: async (_zone: string, name: string) => objects.get(name),
    put: async (_zone: string, name: string, body: Buffer) => void objects.set(name, body),
  } as unknown as Lake
  expect(await readCheckpoint(lake, 1)).toBeUndefined()
  await writeCheckpoint(lake, 1, { ...MONDAY, sent: 17 })
  expect(await readCheckpoint(lake, 1)).toEqual({ ...MONDAY, sent: 17 })
  expect(await readCheckpoint(lake, 2)).toBeUndefined()
  objects.set('twin/1.json', Buffer.from('{"hour":"soon","sent":1}'))
  await expect(readCheckpoint(lake, 1)).rejects.toThrow('raw/twin/1.json is no checkpoint')
})
