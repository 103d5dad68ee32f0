import { expect, test } from 'vitest'
import { MONDAY, tillWorld } from '../../test/datagen/tills.ts'
import { createConditions } from '../sim/conditions.ts'
import { PLAIN_POLICY, type ReorderPolicy, type Wants } from '../sim/model.ts'
import { keyOf, word } from '../sim/random.ts'
import { StoreSimulation } from '../sim/store-simulation.ts'
import { TillService } from './service.ts'
import { MOST_LINES, VisitGrouping, type Visits } from './visits.ts'

const world = tillWorld()
const KEY = keyOf(undefined, 1, 'test')

function want(products: number[], coupons: number[] = []): Wants {
  const count = products.length
  return {
    count,
    product: Int32Array.from(products),
    hour: new Uint8Array(count).fill(12),
    claim: Uint32Array.from(products, (_, index) => word(...KEY, index)).sort(),
    quantity: new Int32Array(count).fill(1),
    got: new Int32Array(count).fill(1),
    substitute: new Int32Array(count).fill(-1),
    substituteQuantity: new Int32Array(count),
    coupon: Uint8Array.from(products, (_, index) => (coupons.includes(index) ? 1 : 0)),
  }
}

/** The wants of each visit. */
function lists({ count, first, want }: Visits): number[][] {
  return Array.from({ length: count }, (_, visit) => [...want.subarray(first[visit], first[visit + 1])])
}

const busy = want(Array.from({ length: 3_000 }, (_, index) => word(...KEY, 9_000 + index) % 120))

test('each want is in one visit, and no visit has a product twice', () => {
  const visits = lists(new VisitGrouping(world, 0).group(busy, 0, busy.count, KEY))
  expect(visits.flat().sort((a, b) => a - b)).toEqual([...Array(busy.count).keys()])
  for (const visit of visits) {
    const products = visit.map((index) => busy.product[index]!)
    expect(new Set(products).size).toBe(products.length)
    expect(visit.length).toBeGreaterThan(0)
    expect(visit.length).toBeLessThanOrEqual(MOST_LINES)
  }
})

test('baskets are as large as the profile says, some small and some large', () => {
  const profile = world.profiles[world.stores[0]!.profile]
  const sizes = lists(new VisitGrouping(world, 0).group(busy, 0, busy.count, KEY)).map(({ length }) => length)
  const mean = busy.count / sizes.length
  expect(mean / profile.basket_lines).toBeGreaterThan(0.85)
  expect(mean / profile.basket_lines).toBeLessThan(1.15)
  expect(sizes.filter((size) => size === 1).length).toBeGreaterThan(sizes.length * 0.05)
  expect(Math.max(...sizes)).toBeGreaterThan(2 * mean)
})

test('what is bought together belongs to a mission', () => {
  const missions = new Map(world.categories.map(({ category, missions }) => [category, missions]))
  const missionsOf = (index: number) => missions.get(world.products[busy.product[index]!]!.category)!
  const visits = lists(new VisitGrouping(world, 0).group(busy, 0, busy.count, KEY)).filter(
    ({ length }) => length > 1,
  )
  const together = visits.filter((visit) => {
    const [first, ...others] = visit.map(missionsOf)
    return first!.some((mission) => others.every((other) => other.includes(mission)))
  })
  expect(together.length).toBeGreaterThan(visits.length * 0.9)
})

test('who has a coupon has a card, and some customers come more often than others', () => {
  const coupons = Array.from({ length: 400 }, (_, index) => index * 7)
  const wants = want([...busy.product], coupons)
  const visits = new VisitGrouping(world, 0).group(wants, 0, wants.count, KEY)
  for (const [visit, list] of lists(visits).entries()) {
    if (list.some((index) => wants.coupon[index])) expect(visits.customer[visit]).toBeGreaterThan(0)
  }
  const customers = [...visits.customer.subarray(0, visits.count)].filter(Boolean)
  const loyal = world.stores[0]!.loyal_customers
  expect(Math.max(...customers)).toBeLessThanOrEqual(loyal)
  const tenth = customers.filter((customer) => customer <= loyal / 10)
  expect(tenth.length / customers.length).toBeGreaterThan(0.25)
})

test('all want the same: each comes alone', () => {
  const viral = want(new Array<number>(500).fill(3))
  expect(new VisitGrouping(world, 0).group(viral, 0, viral.count, KEY).count).toBe(500)
})

test('an hour is served in time, at tills that work, as many as it needs', () => {
  const store = { ...world.stores[0]!, tills: 12, self_checkouts: 4 }
  const span = { begin: 3_600_000, end: 7_200_000 }
  const inService = [1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12]
  const served = (count: number) => {
    const visits = new VisitGrouping(world, 0).group(busy, 0, count, KEY)
    const service = new TillService(store).serve(visits, busy, span, inService, KEY)
    return Array.from({ length: visits.count }, (_, visit) => ({
      till: service.till[visit]!,
      begin: service.begin[visit]!,
      paid: service.paid[visit]!,
    }))
  }
  const quiet = served(200)
  const rush = served(1_500)
  for (const { till, begin, paid } of [...quiet, ...rush]) {
    expect(inService).toContain(till)
    expect(begin).toBeGreaterThanOrEqual(span.begin)
    expect(paid).toBeLessThan(span.end)
  }
  const tills = (visits: typeof quiet) => new Set(visits.map(({ till }) => till)).size
  expect(tills(quiet)).toBeLessThan(tills(rush))
  const byTill = Map.groupBy(
    rush.toSorted((a, b) => a.begin - b.begin),
    ({ till }) => till,
  )
  const overlaps = [...byTill.values()].flatMap((visits) =>
    visits.filter(({ begin }, index) => index > 0 && begin < visits[index - 1]!.paid),
  )
  // Who comes in the last minute is served within the hour all the same.
  expect(overlaps.length).toBeLessThan(rush.length * 0.04)
})

test('two reorder policies meet the same visits and sell differently', () => {
  const conditions = createConditions(world, 1)
  const grouping = new VisitGrouping(world, 0)
  const run = (policy: ReorderPolicy) => {
    const simulation = new StoreSimulation({ conditions, store: 0, from: MONDAY, policy })
    let sold = 0
    const all = Array.from({ length: 14 }, (_, day) => {
      const { wants, sold: pieces } = simulation.next({ wants: true })
      sold += pieces.reduce((a, b) => a + b)
      const visits = grouping.group(wants!, 0, wants!.count, keyOf(KEY, day))
      const { count, first, customer } = visits
      const expected = lists(visits).map((list) =>
        list.map((index) => [wants!.product[index], wants!.quantity[index]]),
      )
      return {
        wanted: expected,
        first: [...first.subarray(0, count)],
        customer: [...customer.subarray(0, count)],
      }
    })
    return { all, sold }
  }
  const plenty = run(PLAIN_POLICY)
  const short = run({ kind: 'external', safetyDays: 0 })
  expect(short.all).toEqual(plenty.all)
  expect(short.sold).toBeLessThan(plenty.sold)
})
