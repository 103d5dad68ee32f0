import { expect, test } from 'vitest'
import { createChance } from '../../../test/planning/chance.ts'
import { negativeBinomialTable } from '../demand/negative-binomial.ts'
import { tableDemand } from '../demand/table.ts'
import { expectedWaste } from './fefo.ts'
import { netOf, planTransfers, type TransferStore, type TransferTerms } from './transfers.ts'
import { planTrips } from './trips.ts'

const TERMS: TransferTerms = {
  price: 300,
  cost: 180,
  carriage: 2,
  lineCost: 60,
  step: 1,
  whole: 1,
  transferDays: 1,
  lifeDays: 2,
  senderConfidence: 0.95,
}
const anywhere = () => true

const store = (
  store_id: string,
  {
    rate = 2,
    untilDelivery = 4,
    lots = [],
  }: { rate?: number; untilDelivery?: number; lots?: [days: number | null, quantity: number][] },
): TransferStore => ({
  store_id,
  untilDelivery,
  lots: lots.map(([days, quantity], index) => ({
    lot: `L${index}`,
    expires_on: days === null ? null : `2026-01-${10 + days}`,
    days,
    quantity,
  })),
  over: (days) => tableDemand(negativeBinomialTable(rate * days, 0.1)),
})

test('what one store would throw away goes to where it sells', () => {
  const lines = planTransfers(
    [store('slow', { rate: 1, lots: [[5, 30]] }), store('fast', { rate: 10, lots: [[8, 20]] })],
    TERMS,
    anywhere,
  )
  expect(lines).toHaveLength(1)
  expect(lines[0]).toMatchObject({ from: 'slow', to: 'fast', lot: 'L0' })
  expect(lines[0]!.quantity).toBeGreaterThan(15)
  expect(lines[0]!.sales).toBeGreaterThan(5)
})

test('the sender keeps what lasts until its next delivery, whatever it would bring', () => {
  const sender = store('A', { rate: 5, untilDelivery: 3, lots: [[null, 40]] })
  const lines = planTransfers([sender, store('B', { rate: 30, untilDelivery: 6 })], TERMS, anywhere)
  const sent = lines.reduce((sum, { quantity }) => sum + quantity, 0)
  expect(sent).toBe(40 - sender.over(3).quantile(0.95))
  // What expires before the delivery does not last until it.
  const early = store('A', {
    rate: 5,
    untilDelivery: 3,
    lots: [
      [1, 20],
      [null, 20],
    ],
  })
  const less = planTransfers([early, store('B', { rate: 30, untilDelivery: 6 })], TERMS, anywhere)
  expect(less.reduce((sum, { quantity }) => sum + quantity, 0)).toBeLessThan(8)
})

test('nothing goes that would have no days left, is of no known lot, may not go there, or does not pay', () => {
  const slow = store('slow', { rate: 0.1, lots: [[2, 30]] })
  const fast = store('fast', { rate: 20 })
  // A day on the way and two to sell it are three.
  expect(planTransfers([slow, fast], TERMS, anywhere)).toEqual([])
  const longer = store('slow', { rate: 0.1, lots: [[3, 30]] })
  expect(planTransfers([longer, fast], TERMS, anywhere)).toHaveLength(1)
  expect(planTransfers([longer, fast], TERMS, () => false)).toEqual([])
  expect(planTransfers([longer, fast], { ...TERMS, lineCost: 100_000 }, anywhere)).toEqual([])
  expect(planTransfers([longer, fast], { ...TERMS, carriage: 400 }, anywhere)).toEqual([])
  const unknown = { ...longer, lots: longer.lots.map((lot) => ({ ...lot, stays: true })) }
  expect(planTransfers([unknown, fast], TERMS, anywhere)).toEqual([])
  expect(planTransfers([], TERMS, anywhere)).toEqual([])
  expect(planTransfers([store('A', {}), store('B', {})], TERMS, anywhere)).toEqual([])
})

/** What all transfers between stores of one lot each come to, by the same rules. */
function totalWorth(
  stores: readonly TransferStore[],
  flows: readonly { from: number; to: number; quantity: number }[],
): number {
  const { price, cost, carriage, lineCost, transferDays, senderConfidence } = TERMS
  let value = -flows.reduce((sum, { quantity }) => sum + lineCost + quantity * carriage, 0)
  for (const [place, each] of stores.entries()) {
    const sent = flows.filter(({ from }) => from === place).reduce((sum, { quantity }) => sum + quantity, 0)
    const incoming = flows.filter(({ to }) => to === place)
    const stock = each.lots[0]!.quantity
    const keeps = each.over(each.untilDelivery).quantile(senderConfidence)
    if (sent > 0 && (stock - sent < keeps || incoming.length > 0)) return Number.NEGATIVE_INFINITY
    const demand = each.over(each.untilDelivery)
    value -= (price - cost) * (demand.shortage(stock - sent) - demand.shortage(stock))
    const later = each.over(each.untilDelivery - transferDays)
    const before = each.over(transferDays)
    const short = (more: number) =>
      Array.from({ length: 12 }, (_, at) =>
        later.shortage(Math.max(0, stock - before.quantile((at + 0.5) / 12)) + more),
      ).reduce((sum, missing) => sum + missing, 0) / 12
    const came = incoming.reduce((sum, { quantity }) => sum + quantity, 0)
    value += (price - cost) * (short(0) - short(came))
    const after = [
      { ...each.lots[0]!, quantity: stock - sent },
      ...incoming.map(({ from, quantity }) => ({ ...stores[from]!.lots[0]!, quantity })),
    ].sort((one, other) => one.days! - other.days!)
    value += cost * (expectedWaste(each.lots, each.over, 1) - expectedWaste(after, each.over, 1))
  }
  return value
}

test('of three stores, the greedy lines come to what the best of all possibilities does, or nearly', () => {
  const chance = createChance(4)
  let greedy = 0
  let best = 0
  let exact = 0
  const rounds = 25
  for (let round = 0; round < rounds; round++) {
    const stores = ['A', 'B', 'C'].map((name, place) =>
      store(name, {
        rate: 0.2 + chance() * 3,
        untilDelivery: 2 + Math.floor(chance() * 3),
        lots: [[5 + place, Math.floor(chance() * (round % 2 ? 14 : 22))]].map(
          ([days, quantity]): [number, number] => [days!, Math.max(1, quantity!)],
        ),
      }),
    )
    const lines = planTransfers(stores, TERMS, anywhere)
    const place = (id: string) => stores.findIndex(({ store_id }) => store_id === id)
    const mine = totalWorth(
      stores,
      lines.map(({ from, to, quantity }) => ({ from: place(from), to: place(to), quantity })),
    )
    // Each line's worth is that of the whole, bit by bit.
    expect(mine).toBeCloseTo(
      lines.reduce((sum, line) => sum + netOf(line, TERMS), 0),
      6,
    )
    let most = 0
    // One sender to both others, or both others to one receiver.
    for (const hub of [0, 1, 2]) {
      const [one, other] = [0, 1, 2].filter((each) => each !== hub) as [number, number]
      for (const out of [true, false])
        for (let first = 0; first <= 22; first++)
          for (let second = 0; second <= 22; second++) {
            const flows = [
              { from: out ? hub : one, to: out ? one : hub, quantity: first },
              { from: out ? hub : other, to: out ? other : hub, quantity: second },
            ].filter(({ quantity }) => quantity > 0)
            if (flows.some(({ from }) => sentBy(flows, from) > stores[from]!.lots[0]!.quantity)) continue
            most = Math.max(most, totalWorth(stores, flows))
          }
    }
    greedy += mine
    best += most
    if (mine > most - 1) exact++
  }
  expect(best).toBeGreaterThan(1_000)
  expect(greedy).toBeGreaterThan(0.98 * best)
  expect(greedy).toBeLessThanOrEqual(best + 1e-6)
  expect(exact / rounds).toBeGreaterThan(0.8)
})

const sentBy = (flows: readonly { from: number; quantity: number }[], place: number) =>
  flows.filter(({ from }) => from === place).reduce((sum, { quantity }) => sum + quantity, 0)

test('a trip pays by all that it carries, and one that does not is struck with its lines', () => {
  const skuOf = (sku: string) => ({
    sku,
    terms: TERMS,
    stores: [store('slow', { rate: 1, lots: [[5, 20]] }), store('fast', { rate: 10, lots: [[8, 20]] })],
  })
  const [line] = planTransfers(skuOf('P').stores, TERMS, anywhere)
  const worth = netOf(line!, TERMS)
  const route = { from: 'slow', to: 'fast', km: 12, cost: Math.round(1.5 * worth) }
  expect(planTrips([skuOf('P1')], [route], 0)).toEqual([])
  const trips = planTrips([skuOf('P1'), skuOf('P2')], [route], 0)
  expect(trips).toHaveLength(1)
  expect(trips[0]!.lines.map(({ sku }) => sku)).toEqual(['P1', 'P2'])
  expect(trips[0]!.net).toBeCloseTo(2 * worth - route.cost, 6)
  expect(trips[0]!.lines.reduce((sum, { net }) => sum + net, 0)).toBeCloseTo(trips[0]!.net, 6)
  expect(planTrips([skuOf('P1'), skuOf('P2')], [route], worth)).toEqual([])
})

test('what a struck trip would have carried goes another way', () => {
  const sku = {
    sku: 'P',
    terms: TERMS,
    stores: [
      store('slow', { rate: 1, lots: [[5, 20]] }),
      store('far', { rate: 10, lots: [[8, 12]] }),
      store('near', { rate: 9, lots: [[8, 20]] }),
    ],
  }
  const routes = [
    { from: 'slow', to: 'far', km: 90, cost: 100_000 },
    { from: 'slow', to: 'near', km: 1, cost: 50 },
  ]
  expect(planTrips([sku], routes, 0).map(({ to }) => to)).toEqual(['near'])
})
