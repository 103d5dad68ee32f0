import { DAY_MS, HOUR_MS } from '@shelfcast/contracts/dates'
import { expect, test } from 'vitest'
import { FROM, livelyWorld, rows, simulate, totals } from '../../test/datagen/store.ts'
import { createConditions } from './conditions.ts'
import type { Happening } from './model.ts'
import { StoreSimulation } from './store-simulation.ts'

const at = (day: number, hour: number) => day * DAY_MS + hour * HOUR_MS

function happening(overrides: Partial<Happening>): Happening {
  return { id: 'H1', kind: 'festival', from: at(FROM, 14), to: at(FROM + 2, 0), strength: 3, ...overrides }
}

test.each<Partial<Happening>>([
  { kind: 'festival', strength: 3 },
  { kind: 'rainy_week', strength: 0.4 },
  { kind: 'viral_product', product: 2, strength: 8 },
  { kind: 'price_drop', strength: 0.3 },
  { kind: 'theft', strength: 0.6 },
  { kind: 'supplier_delay', strength: 3 },
  { kind: 'till_outage', strength: 1 },
])('$kind from 14:00 on leaves the hours before as they were', (what) => {
  const usual = simulate()
  const stirred = simulate()
  const before = ({ hour }: { hour: number }) => hour < 14
  for (let days = 0; days < 30; days++) {
    stirred.restore(usual.save())
    const { day } = usual
    const result = stirred.next({
      wants: true,
      happenings: [happening({ ...what, from: at(day, 14), to: at(day + 3, 0) })],
    })
    const expected = usual.next({ wants: true })
    expect(rows(result.wants!).filter(before)).toEqual(rows(expected.wants!).filter(before))
    expect(result.movements.filter(before)).toEqual(expected.movements.filter(before))
    expect(result.returns.filter(before)).toEqual(expected.returns.filter(before))
  }
})

test('with weather, season and festivals too, wants kept change no total and a heat wave no hour before it', () => {
  const conditions = createConditions(livelyWorld(), 3)
  const [quiet, kept, stirred] = Array.from(
    { length: 3 },
    () => new StoreSimulation({ conditions, store: 1, from: FROM }),
  )
  for (let day = FROM; day < FROM + 40; day++) {
    const happenings =
      day === FROM + 39 ? [happening({ kind: 'heat_wave', from: at(day, 14), to: at(day + 7, 0) })] : []
    const expected = kept!.next({ wants: true })
    expect(totals(quiet!.next({ wants: false }))).toEqual(totals(expected))
    const result = stirred!.next({ wants: true, happenings })
    const before = (hour: number) => hour < 14
    expect(rows(result.wants!, before)).toEqual(rows(expected.wants!, before))
    if (happenings.length > 0) expect(result.demand).not.toEqual(expected.demand)
  }
})

test('a happening that ends early keeps the hours before its end', () => {
  const long = simulate()
  const short = simulate()
  const stirs = happening({})
  const expected = long.next({ wants: true, happenings: [stirs] })
  const result = short.next({ wants: true, happenings: [{ ...stirs, to: at(FROM, 18) }] })
  const before = (hour: number) => hour < 18
  expect(rows(result.wants!, before)).toEqual(rows(expected.wants!, before))
  expect(result.wants!.count).toBeLessThan(expected.wants!.count)
})

test('happenings do what they say, where they are', () => {
  const demand = (happenings: Happening[]) => {
    const day = simulate().next({ wants: true, happenings })
    const evening = rows(day.wants!, (hour) => hour >= 14)
    return { count: evening.length, day }
  }
  const usual = demand([]).count
  const festival = demand([happening({ strength: 3 })])
  expect(festival.count).toBeGreaterThan(usual * 2)
  expect(new Set(festival.day.wants!.claim).size).toBe(festival.day.wants!.count)
  expect(demand([happening({ strength: 0.3 })]).count).toBeLessThan(usual * 0.6)
  expect(demand([happening({ stores: [1] })]).count).toBe(usual)

  const { day: dropped } = demand([happening({ kind: 'price_drop', strength: 0.5 })])
  expect(dropped.revenue.reduce((a, b) => a + b)).toBeLessThan(demand([]).day.revenue.reduce((a, b) => a + b))
  expect(dropped.price).toEqual(demand([]).day.price)

  const { day: robbed } = demand([happening({ kind: 'theft', category: 1, strength: 0.5 })])
  const stolen = robbed.anomalies.filter(({ kind }) => kind === 'theft')
  expect(stolen.length).toBeGreaterThan(0)
  for (const { product: index, size } of stolen) {
    expect(livelyWorld().products[index]!.category).toBe('soup')
    expect(robbed.stolen[index]).toBeGreaterThanOrEqual(size)
  }
})

test('with no till at work nothing is sold; with one out, all is', () => {
  const usual = simulate()
  const some = simulate()
  const none = simulate()
  const result = none.next({ wants: true, happenings: [happening({ kind: 'till_outage' })] })
  const sales = rows(result.wants!).filter(({ got, substitute }) => got > 0 || substitute >= 0)
  expect(sales.length).toBeGreaterThan(0)
  expect(sales.every(({ hour }) => hour < 14)).toBe(true)
  const outage = happening({ kind: 'till_outage', till: 1 })
  expect(totals(some.next({ wants: true, happenings: [outage] }))).toEqual(
    totals(usual.next({ wants: true })),
  )
})

test('a supplier in trouble brings goods later', () => {
  const firstReceipt = (happenings: Happening[]) => {
    const simulation = simulate()
    for (;;) {
      const { day, movements } = simulation.next({ wants: false, happenings })
      if (movements.some(({ purchase_order_id }) => purchase_order_id?.endsWith('-fresh'))) return day
    }
  }
  const usual = firstReceipt([])
  const delayed = happening({
    kind: 'supplier_delay',
    supplier: 0,
    from: at(FROM, 0),
    to: at(FROM + 9, 0),
    strength: 4,
  })
  expect(firstReceipt([delayed])).toBe(usual + 4)
  expect(firstReceipt([{ ...delayed, supplier: 1 }])).toBe(usual)
})
