import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  FROM,
  livelyWorld,
  PROMOTIONS,
  rows,
  simulate,
  steadyConditions,
  totals,
} from '../../test/datagen/store.ts'
import { store } from '../../test/datagen/world.ts'
import { lineAmounts } from './amounts.ts'
import { PLAIN_POLICY } from './model.ts'
import { StoreSimulation } from './store-simulation.ts'

test('stock and book balance every day, for every SKU', () => {
  const of = livelyWorld()
  const simulation = simulate(of)
  const kinds = new Set<string>()
  let onHand = new Int32Array(of.products.length)
  let book = new Int32Array(of.products.length)
  for (let day = 0; day < 300; day++) {
    const result = simulation.next({ wants: day % 3 === 0 })
    for (const index of of.products.keys()) {
      let truth = onHand[index]!
      let bookUnits = book[index]!
      for (const { kind, product: moved, quantity } of result.movements) {
        if (moved !== index) continue
        kinds.add(kind)
        if (kind === 'count') {
          // The first day's stock is not known before; the others count what is there.
          if (day > 0) expect(quantity).toBe(truth)
          bookUnits = quantity
        } else {
          truth += quantity
          bookUnits += quantity
        }
      }
      truth -= result.sold[index]! + result.stolen[index]!
      bookUnits -= result.sold[index]!
      if (day > 0) {
        expect(result.onHand[index]).toBe(truth)
        expect(result.book[index]).toBe(bookUnits)
      }
      expect(result.onHand[index]).toBeGreaterThanOrEqual(0)
      expect(result.book[index]).toBeGreaterThanOrEqual(result.onHand[index]!)
    }
    onHand = result.onHand.slice()
    book = result.book.slice()
  }
  expect([...kinds].sort()).toEqual(['adjustment', 'count', 'receipt', 'return', 'transfer', 'waste'])
})

test('waste is what has reached its last day of sale, and nothing older is ever sold', () => {
  const simulation = simulate()
  let wasted = 0
  for (let day = FROM; day < FROM + 60; day++) {
    for (const { kind, quantity, expires, lot } of simulation.next({ wants: false }).movements) {
      if (kind === 'waste') {
        wasted -= quantity
        expect(expires).toBe(day)
        expect(lot).toMatch(/^L\d+-/)
      }
      if (kind === 'receipt') expect(expires).toBeGreaterThan(day)
    }
  }
  expect(wasted).toBeGreaterThan(0)
})

test('without noise the book is the truth', () => {
  const base = livelyWorld()
  const simulation = simulate({
    ...base,
    noise: { ...base.noise, spike: 0, drop: 0, theft_run: 0, shrinkage: 0 },
  })
  for (let day = 0; day < 100; day++) {
    const { book, onHand, anomalies, stolen } = simulation.next({ wants: false })
    expect(book).toEqual(onHand)
    expect(anomalies).toEqual([])
    expect(Math.max(...stolen)).toBe(0)
  }
})

test.each([1, 2, 3])('keeping the wants changes no total: seed %i', (seed) => {
  const quiet = simulate(undefined, { seed, promotions: PROMOTIONS })
  const kept = simulate(undefined, { seed, promotions: PROMOTIONS })
  let stockouts = 0
  for (let day = 0; day < 200; day++) {
    const expected = totals(quiet.next({ wants: false }))
    const { wants, ...result } = kept.next({ wants: true })
    expect(totals(result)).toEqual(expected)
    expect(wants!.count).toBeGreaterThan(0)
    stockouts += result.stockout.reduce((sum, flag) => sum + flag, 0)
  }
  expect(stockouts).toBeGreaterThan(50)
})

test('keeping the wants changes no total where customers who take another product run its shelf down too', () => {
  const base = livelyWorld()
  const busy = {
    ...base,
    categories: base.categories.map((each) => ({ ...each, substitution: 0.5 })),
    products: base.products.map((item) => ({ ...item, daily_units: item.daily_units * 5 })),
  }
  const tight = { ...PLAIN_POLICY, safetyDays: 0 }
  const quiet = simulate(busy, undefined, tight)
  const kept = simulate(busy, undefined, tight)
  for (let day = 0; day < 100; day++) {
    const { wants, ...result } = kept.next({ wants: true })
    expect(totals(result)).toEqual(totals(quiet.next({ wants: false })))
  }
})

test('the wants of a day add up to its totals, in units and cents', () => {
  const of = livelyWorld()
  const simulation = simulate(of)
  let lost = 0
  let replaced = 0
  for (let day = 0; day < 60; day++) {
    const result = simulation.next({ wants: true })
    const demand = new Int32Array(of.products.length)
    const sold = new Int32Array(of.products.length)
    const missing = new Int32Array(of.products.length)
    const revenue = new Float64Array(of.products.length)
    const sell = (index: number, quantity: number, coupon: boolean) => {
      const promotion = result.conditions.promotions[result.promotion[index]!]
      const { gross, discount } = lineAmounts(
        of.products[index]!,
        result.price[index]!,
        promotion,
        quantity,
        coupon,
      )
      sold[index]! += quantity
      revenue[index]! += gross - discount
    }
    for (const want of rows(result.wants!)) {
      demand[want.product]! += want.quantity
      missing[want.product]! += want.quantity - want.got
      if (want.got > 0) sell(want.product, want.got, want.coupon === 1)
      if (want.substitute >= 0) sell(want.substitute, want.substituteQuantity, false)
    }
    expect(result.demand).toEqual(demand)
    expect(result.sold).toEqual(sold)
    expect(result.revenue).toEqual(revenue)
    for (const index of of.products.keys()) {
      expect(result.lost[index]! + result.replaced[index]!).toBe(missing[index])
      if (missing[index]! > 0) expect(result.stockout[index]).toBe(1)
      lost += result.lost[index]!
      replaced += result.replaced[index]!
    }
  }
  expect(lost).toBeGreaterThan(0)
  expect(replaced).toBeGreaterThan(0)
})

test('customers come by hour and claim, to an open store alone', () => {
  const closedOn = FROM + 2
  const simulation = simulate(livelyWorld(), { closed: [closedOn] })
  for (let day = FROM; day < FROM + 4; day++) {
    const { wants, movements } = simulation.next({ wants: true })
    const requests = rows(wants!)
    const order = requests.toSorted((a, b) => a.hour - b.hour || a.claim - b.claim)
    expect(requests).toEqual(order)
    expect(requests.every(({ hour }) => hour >= 7 && hour < 22)).toBe(true)
    if (day === closedOn) {
      expect(requests).toEqual([])
      expect(movements.filter(({ kind }) => kind === 'receipt')).toEqual([])
    }
  }
})

test('a store opened from what it saved goes on as it would have', () => {
  const on = simulate()
  for (let day = 0; day < 45; day++) on.next({ wants: false })
  on.receive({
    from: 1,
    to: 0,
    product: 2,
    quantity: 7,
    lot: 'L20400-2001',
    expires: FROM + 300,
    due: FROM + 47,
  })
  const saved = on.save()
  const opened = new StoreSimulation({
    conditions: steadyConditions(livelyWorld(), { promotions: PROMOTIONS }),
    store: 0,
    from: 0,
    saved,
  })
  expect(opened.day).toBe(FROM + 45)
  for (let day = 0; day < 45; day++) {
    expect(totals(opened.next({ wants: day % 2 === 0 }))).toEqual(totals(on.next({ wants: false })))
  }
  expect(Buffer.from(opened.save()).equals(on.save())).toBe(true)
  // And back again, to make the same days once more.
  opened.restore(saved)
  expect(opened.day).toBe(FROM + 45)
  expect(Buffer.from(opened.save()).equals(saved)).toBe(true)
})

test('a state of another world or seed is refused with what to do', () => {
  const saved = simulate().save()
  expect(
    () =>
      new StoreSimulation({
        conditions: steadyConditions(livelyWorld(), { seed: 2 }),
        store: 0,
        from: FROM,
        saved,
      }),
  ).toThrow(/DUB-01 was made with another world or seed .* begin a new run/)
  expect(() => simulate().restore(new Uint8Array(3))).toThrow(/not one of version/)
})

test('another reorder policy meets the same customers and sells otherwise', () => {
  const frugal = simulate(undefined, undefined, { kind: 'plain', safetyDays: 0 })
  const ample = simulate(undefined, undefined, { kind: 'plain', safetyDays: 9 })
  // Pieces of the first product that the frugal store could not sell, and the other could.
  let difference = 0
  for (let day = 0; day < 40; day++) {
    const a = frugal.next({ wants: true })
    const b = ample.next({ wants: true })
    const requestOf = ({
      product: index,
      hour,
      claim,
      quantity,
      coupon,
    }: ReturnType<typeof rows>[number]) => [index, hour, claim, quantity, coupon]
    expect(rows(a.wants!).map(requestOf)).toEqual(rows(b.wants!).map(requestOf))
    expect(a.demand).toEqual(b.demand)
    difference += a.lost[0]! - b.lost[0]!
  }
  expect(difference).toBeGreaterThan(0)
})

test('a store that plans elsewhere orders nothing, and lives by the orders posted, which come with their id', () => {
  const simulation = simulate(undefined, undefined, { kind: 'external', safetyDays: 0 })
  // The fresh supplier and the dry one, who takes orders on Monday and Thursday: today is Tuesday.
  simulation.next({ wants: false })
  const lines = [
    { product: 0, quantity: 12 },
    { product: 4, quantity: 6 },
  ]
  const order = { purchase_order_id: 'PO-77', store: 0, day: FROM + 1, lines }
  let result = simulation.next({ wants: false, orders: [order] })
  expect(result.onOrder[4]).toBe(6)
  const received: { product: number; day: number }[] = []
  for (let days = 0; days < 20; days++) {
    result = simulation.next({ wants: false })
    expect(result.orders).toEqual([])
    for (const { kind, product: index, purchase_order_id } of result.movements) {
      if (kind === 'receipt' && purchase_order_id === 'PO-77')
        received.push({ product: index, day: result.day })
    }
  }
  expect(received.map(({ product: index }) => index)).toEqual([0, 4])
  expect(received[1]!.day).toBeGreaterThanOrEqual(FROM + 3 + 3)
  expect(result.onOrder[4]).toBe(0)
})

test('orders of a supplier come to its minimum, or wait', () => {
  const of = livelyWorld()
  const simulation = simulate(of)
  const { minimum_order } = of.suppliers[1]!
  let orders = 0
  for (let day = 0; day < 60; day++) {
    for (const { supplier, lines, due, ordered } of simulation.next({ wants: false }).orders) {
      expect(due).toBeGreaterThan(ordered)
      if (supplier !== 1) continue
      orders++
      const total = lines.reduce((sum, { product: index, quantity }) => {
        const { cost, unit, pack_multiple } = of.products[index]!
        expect(quantity % pack_multiple).toBe(0)
        return sum + (quantity * cost) / (unit === 'each' ? 1 : 1_000)
      }, 0)
      expect(total).toBeGreaterThanOrEqual(minimum_order)
    }
  }
  expect(orders).toBeGreaterThan(5)
})

test('a store added changes no other', () => {
  const small = simulate()
  const base = livelyWorld()
  const large = simulate({
    ...base,
    stores: [...base.stores, store({ store_id: 'DUB-03', cluster: 'west' })],
  })
  for (let day = 0; day < 20; day++) {
    expect(totals(large.next({ wants: false }))).toEqual(totals(small.next({ wants: false })))
  }
})

test('spikes and drops are labelled with what they do', () => {
  const calm = livelyWorld()
  const quiet = simulate({ ...calm, noise: { ...calm.noise, spike: 0, drop: 0 } })
  const noisy = simulate()
  const seen = new Set<string>()
  for (let day = 0; day < 60; day++) {
    const expected = quiet.next({ wants: false }).demand.slice()
    const { demand, anomalies } = noisy.next({ wants: false })
    const labelled = new Map(anomalies.map((anomaly) => [anomaly.product, anomaly]))
    for (const [index, usual] of expected.entries()) {
      const label = labelled.get(index)
      if (label && label.kind !== 'theft') seen.add(label.kind)
      if (label?.kind === 'spike') expect(demand[index]).toBeGreaterThanOrEqual(usual)
      else if (label?.kind === 'drop') expect(demand[index]).toBeLessThanOrEqual(usual)
      else expect(demand[index]).toBe(usual)
    }
  }
  expect([...seen].sort()).toEqual(['drop', 'spike'])
})

test('the same seed gives the same thirty days on any machine, another seed others', () => {
  const digest = (seed: number) => {
    const hash = createHash('sha256')
    const simulation = simulate(undefined, { seed, promotions: PROMOTIONS })
    for (let day = 0; day < 30; day++) {
      const result = simulation.next({ wants: true })
      hash.update(JSON.stringify([totals(result), rows(result.wants!)]))
    }
    return hash.digest('hex').slice(0, 16)
  }
  expect(digest(1)).toBe('f9184b19e4ddbcd3')
  expect(digest(2)).not.toBe(digest(1))
})
