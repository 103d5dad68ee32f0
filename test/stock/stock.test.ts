/** Stock of the warehouse, held against the book of the twin's stores: a short run of `npm run bench -- stock`. */
import { dayOf } from '@shelfcast/contracts/dates'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { evaluateStock, type StockOptions } from '../../bench/stock/evaluation.ts'
import { MUCH_NOISE, tillWorld } from '../datagen/tills.ts'
import { aggregateFaults } from '../stack/aggregates.ts'
import { type StockStores, startStockStores } from './stock-stores.ts'

const SLOW = 120_000

let stores: StockStores
beforeAll(async () => {
  stores = await startStockStores()
}, SLOW)
afterAll(() => stores?.close(), SLOW)
beforeEach(() => stores.empty())

const liveThrough = (options: Partial<StockOptions>) =>
  evaluateStock({
    lake: stores.lake,
    warehouse: stores.warehouse,
    world: tillWorld(),
    seed: 5,
    from: dayOf('2026-06-01'),
    before: 10,
    days: 3,
    lots: false,
    replays: false,
    ...options,
  })

test(
  'each position is the book of the store, and what is on order too, when nothing goes wrong',
  async () => {
    // given stores to which nothing comes back, so that no lot comes behind one that keeps longer
    const base = tillWorld()
    const orderly = {
      ...base,
      categories: base.categories.map((category) => ({ ...category, return_share: 0 })),
    }
    // when a person sends again what the gate takes for double scans, though customers bought two
    const report = await liveThrough({ world: orderly, lots: true, replays: true })
    // then
    expect(report.days).toBe(12)
    expect(report.positions).toBeGreaterThan(1_000)
    expect(report.ordered).toBeGreaterThan(300)
    expect(report).toMatchObject({ miscounted: 0, different: 0, orderedDifferently: 0, lotsDifferent: 0 })
    expect(await aggregateFaults(stores.warehouse)).toEqual([])
  },
  SLOW,
)

test(
  'where a position is not the book, labelled faults explain the difference to the unit',
  async () => {
    const report = await liveThrough({ world: tillWorld(MUCH_NOISE) })
    expect(report.miscounted).toBe(0)
    expect(report.different).toBeGreaterThan(100)
    expect(report.explained).toBe(report.different)
    expect([...report.causes.keys()]).toEqual(
      expect.arrayContaining([
        'malformed',
        'missing_till_hour',
        'unknown_sku',
        'wrong_price',
        'late_message',
      ]),
    )
    expect(await aggregateFaults(stores.warehouse)).toEqual([])
  },
  SLOW,
)
