import { DEFAULT_SETTINGS } from '@shelfcast/contracts/planning'
import type { ScenarioPart } from '@shelfcast/contracts/scenarios'
import { expect, test } from 'vitest'
import type { OpenOrder } from '../replenishment/model.ts'
import { type ComparedSeries, differenceOf, prepare, totalsOf } from './compare.ts'
import { doubtsOf } from './doubts.ts'
import { outlookOf } from './outlook.ts'
import { correlationOf, intervalOf, type Share, USUAL_CORRELATION, varianceOfSum } from './totals.ts'

const correlation = { within_category: 0.3, across: 0.1, origins: 1, scatter: 1 }
const share = (category: string, mean: number, deviation = mean / 2): Share => ({ category, mean, deviation })

test('the variance of a sum is that of its matrix of covariances', () => {
  const shares = [share('A', 10), share('A', 4), share('B', 7), share('B', -3), share('C', 1)]
  let expected = 0
  for (const [i, one] of shares.entries())
    for (const [j, other] of shares.entries()) {
      const rho = i === j ? 1 : one.category === other.category ? 0.3 : 0.1
      expected += rho * one.deviation * other.deviation
    }
  expect(varianceOfSum(shares, correlation)).toBeCloseTo(expected, 10)
})

test('a range holds four of five sums of series whose errors have common factors', () => {
  // given gamma-like errors with a factor of all, one of each category, and one of each series
  let seed = 7
  const uniform = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return (seed + 0.5) / 2 ** 32
  }
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
  const shares = Array.from({ length: 30 }, (_, index) =>
    share(String(index % 5), 5 + index, (5 + index) * 0.4),
  )
  const { low, high } = intervalOf(shares, correlation)
  let inside = 0
  const rounds = 4_000
  for (let round = 0; round < rounds; round++) {
    const all = normal()
    const categories = Array.from({ length: 5 }, normal)
    const total = shares.reduce((sum, { category, mean, deviation }) => {
      const own =
        Math.sqrt(0.1) * all + Math.sqrt(0.2) * categories[Number(category)]! + Math.sqrt(0.7) * normal()
      return sum + mean + deviation * own
    }, 0)
    if (total >= low && total <= high) inside++
  }
  expect(inside / rounds).toBeGreaterThan(0.77)
  expect(inside / rounds).toBeLessThan(0.83)
})

test('a range has the sign of its shares, and none where nothing varies', () => {
  const positive = intervalOf([share('A', 1, 3)], correlation)
  expect(positive.low).toBeGreaterThan(0)
  const negative = intervalOf([share('A', -1, -3)], correlation)
  expect([-negative.high, -negative.low]).toEqual([positive.low, positive.high])
  expect(intervalOf([], correlation)).toEqual({ mean: 0, low: 0, high: 0 })
  expect(intervalOf([share('A', 2, 0)], correlation)).toEqual({ mean: 2, low: 2, high: 2 })
})

test('correlations are moments of pairs, shrunk to the usual ones; without origins they are those', () => {
  expect(correlationOf([])).toEqual(USUAL_CORRELATION)
  const all = {
    squares: 100,
    blocks: 1_000,
    total: 10_000,
    pairs_within: 900,
    pairs_across: 9_000,
    series: 100,
  }
  const { within_category, across, scatter } = correlationOf(new Array(98).fill(all))
  expect(within_category).toBeCloseTo(1, 1)
  expect(across).toBeCloseTo(1, 1)
  expect(scatter).toBe(1)
  // Errors that take each other away are no reason for ranges below those of independent ones.
  expect(correlationOf(new Array(98).fill({ ...all, blocks: 50, total: 0 }))).toMatchObject({
    across: 0,
    within_category: 0,
  })
})

const series = (overrides: Partial<ComparedSeries> = {}): ComparedSeries => ({
  category: 'Bread',
  unit: 'each',
  currency: 'EUR',
  price: [200, 200],
  cost: 150,
  base: { means: [10, 20], paid: [1, 0.5] },
  scenarios: [null, { means: [20, 40], paid: [0.9, 0.45] }],
  ...overrides,
})
const prepared = (...all: ComparedSeries[]) => prepare(all, { bands: [], scatter: null })

test('revenue is what is paid, margin is what is left of it, and an unchanged scenario is exactly the base', () => {
  const all = prepared(series())
  const base = totalsOf(all, undefined, correlation)
  expect(base.units[0]!.mean).toBe(30)
  expect(base.money[0]!.revenue.mean).toBe(10 * 200 + 20 * 100)
  expect(base.money[0]!.margin.mean).toBe(4_000 - 30 * 150)
  expect(totalsOf(all, 0, correlation)).toEqual(base)
  const none = differenceOf(all, 0, correlation)
  expect([none.units[0], none.money[0]!.revenue]).toEqual([
    { unit: 'each', mean: 0, low: 0, high: 0 },
    { mean: 0, low: 0, high: 0 },
  ])
  const difference = differenceOf(all, 1, correlation)
  expect(difference.units[0]!.mean).toBe(30)
  expect(difference.money[0]!.revenue.mean).toBeCloseTo(20 * 180 + 40 * 90 - 4_000, 9)
})

test('the difference to the base is narrower than either, as both err together', () => {
  const all = prepared(series({ scenarios: [{ means: [11, 22], paid: [1, 0.5] }] }))
  const width = ({ low, high }: { low: number; high: number }) => high - low
  const difference = width(differenceOf(all, 0, correlation).units[0]!)
  expect(difference).toBeLessThan(width(totalsOf(all, 0, correlation).units[0]!) / 5)
})

test('weighed goods count in kilograms, what has no cost is left out of the margin and counted, currencies stay apart', () => {
  const all = prepared(
    series({ unit: 'g', base: { means: [500, 1_500], paid: [1, 1] }, scenarios: [] }),
    series({ cost: null, scenarios: [] }),
    series({ price: [null, 200], scenarios: [] }),
    series({ currency: 'GBP', scenarios: [] }),
  )
  const { units, money } = totalsOf(all, undefined, correlation)
  expect(units.map(({ unit, mean }) => [unit, mean])).toEqual([
    ['kg', 2],
    ['each', 90],
  ])
  expect(money).toMatchObject([
    {
      currency: 'EUR',
      revenue: { mean: 400 + 4_000 },
      margin: { mean: 400 - 300 },
      without_price: 1,
      without_cost: 1,
    },
    { currency: 'GBP', without_price: 0, without_cost: 0 },
  ])
})

const measured = (elasticity?: number, slope: number | null = null) => ({
  elasticities: new Map(elasticity === undefined ? [] : [['P', elasticity]]),
  rainSlopeOf: () => slope,
  skuOf: () => 'P',
})
const doubts = (part: Partial<ScenarioPart>, factor: number, ...of: Parameters<typeof measured>) =>
  doubtsOf(
    { kind: 'price', strength: 0.8, scope: {}, ...part },
    prepared(series({ scenarios: [{ means: [10 * factor, 20 * factor], paid: [0.8, 0.4] }] })),
    0,
    measured(...of),
  )

test('a price drop that lowers an elastic total is doubted, one that raises it as measured is not', () => {
  expect(doubts({}, 0.9, -2)).toEqual([
    expect.stringContaining(
      '"price:0.8", a lower price, lowers what is sold by 10.0%. Promotions of half a year measured an elasticity of -2.0',
    ),
  ])
  expect(doubts({}, 0.9)).toEqual([expect.stringContaining('was never measured')])
  expect(doubts({}, 0.8 ** -2, -2)).toEqual([])
  // Sales that do not answer to prices may do either.
  expect(doubts({}, 0.98, -0.1)).toEqual([])
  expect(doubts({ strength: 1.2 }, 1.1, -2)).toEqual([expect.stringContaining('a higher price, raises')])
  expect(doubts({}, 1.01, -2)).toEqual([expect.stringContaining('by which it would be 56%')])
  expect(doubts({}, 1, -2)).toEqual([expect.stringContaining('an elasticity of')])
})

test('promotions, festivals and rain that go against sense or history are doubted', () => {
  expect(doubts({ kind: 'promotion', strength: 0.2 }, 0.9)).toHaveLength(1)
  expect(doubts({ kind: 'promotion', strength: 0.2 }, 1.3)).toEqual([])
  expect(doubts({ kind: 'no_promotion' }, 1.2)).toHaveLength(1)
  expect(doubts({ kind: 'festival' }, 0.9)).toHaveLength(1)
  expect(doubts({ kind: 'rain', strength: 20 }, 1.1, undefined, -0.2)).toEqual([
    expect.stringContaining('says that they sell less when it rains'),
  ])
  expect(doubts({ kind: 'rain', strength: 20 }, 0.9, undefined, -0.2)).toEqual([])
  expect(doubts({ kind: 'demand', strength: 0.5 }, 0.5)).toEqual([])
})

const outlook = (
  options: { factor?: number; delay?: number; on_hand?: number | null; open?: OpenOrder[] } = {},
) =>
  outlookOf(
    {
      line: {
        sku: 'P',
        unit: 'each',
        on_hand: options.on_hand === undefined ? 30 : options.on_hand,
        lots: [],
        open_orders: options.open ?? [],
        abc: 'A',
        cost: 150,
        price: 200,
        shelf_life_days: null,
        storage_volume_ml: null,
        pack_multiple: 6,
        minimum_order_quantity: null,
        sold_until: null,
      },
      means: new Array(28).fill(10 * (options.factor ?? 1)),
      bands: [],
      terms: {
        supplier_id: 'S',
        order_day: '2027-03-22',
        review_days: 2,
        lead_days: [0, 0, 1],
        is_lead_time_unknown: false,
        minimum_order: 0,
      },
      delayOf: () => options.delay ?? 0,
    },
    DEFAULT_SETTINGS,
  )

test('more demand and later deliveries order more, run out more often and lose more', () => {
  const base = outlook()
  expect(base.quantity % 6).toBe(0)
  expect(base.expected_on).toBe('2027-03-24')
  for (const other of [outlook({ factor: 2 }), outlook({ delay: 3 })]) {
    expect(other.quantity).toBeGreaterThan(base.quantity)
    expect(other.stock_out!).toBeGreaterThan(base.stock_out!)
    expect(other.lost!).toBeGreaterThan(base.lost!)
  }
  expect(outlook({ delay: 3 }).expected_on).toBe('2027-03-27')
})

test('a delay moves open orders too, and of a stock that nobody knows nothing is said', () => {
  const open = [{ purchase_order_id: 'O', quantity: 40, expected_on: '2027-03-23' }]
  expect(outlook({ open, delay: 5 }).stock_out!).toBeGreaterThan(outlook({ open }).stock_out!)
  expect(outlook({ on_hand: null })).toMatchObject({ stock_out: null, lost: null })
})
