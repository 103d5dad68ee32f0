import { DEFAULT_LOT_SETTINGS } from '@shelfcast/contracts/lot-settings'
import { expect, test } from 'vitest'
import { lotsAtRisk, type ShelfQuestion } from './lots-at-risk.ts'
import { createSalesAhead } from './sales-ahead.ts'

const TODAY = '2026-03-10'

const sales = (mean: number, unit: 'each' | 'g' = 'each') =>
  createSalesAhead({
    means: new Array<number>(28).fill(mean),
    unit,
    bands: [],
    origin: '2026-03-09',
    today: TODAY,
    todayShare: 1,
  })

const shelf = (overrides: Partial<ShelfQuestion> = {}): ShelfQuestion => ({
  today: TODAY,
  unit: 'each',
  lots: [{ lot: 'L1', expires_on: '2026-03-12', quantity: 45 }],
  sales: sales(10),
  cost: 60,
  price: 100,
  elasticity: { value: -2, error: 0.3, basis: 'measured', measured: null },
  salvageShare: 0,
  unknownCostShare: 0.7,
  settings: DEFAULT_LOT_SETTINGS,
  modelProbability: () => undefined,
  modelThreshold: 0.5,
  ...overrides,
})

test('a lot of which more is there than sells is told with its loss, and a lower price where that pays', () => {
  const [row] = lotsAtRisk(shelf())
  expect(row).toMatchObject({ lot: 'L1', days_left: 3, stock: 45, markdown_reason: 'pays' })
  expect(row!.expected_unsold).toBeGreaterThan(15)
  expect(row!.loss_amount).toBe(Math.round(row!.expected_unsold! * 60))
  expect(row!.markdown!.low).toBeLessThan(row!.markdown!.saved)
  expect(row!.markdown!.high).toBeGreaterThan(row!.markdown!.saved)
})

test('what sells, what keeps and what expires past the forecasts is not told', () => {
  expect(lotsAtRisk(shelf({ sales: sales(80) }))).toEqual([])
  for (const expires_on of [null, '2026-08-01'])
    expect(lotsAtRisk(shelf({ lots: [{ lot: 'L1', expires_on, quantity: 4_000 }] }))).toEqual([])
})

test('the model can tell a lot that the distribution would not, and says with what probability', () => {
  const question = shelf({ sales: sales(80) })
  expect(lotsAtRisk({ ...question, modelProbability: () => 0.9 })).toMatchObject([{ model_probability: 0.9 }])
  expect(lotsAtRisk({ ...question, modelProbability: () => 0.4 })).toEqual([])
})

test('a SKU has one price: two lots do not save the same money twice', () => {
  const rows = lotsAtRisk(
    shelf({
      lots: [
        { lot: 'late', expires_on: '2026-03-13', quantity: 60 },
        { lot: 'early', expires_on: '2026-03-11', quantity: 60 },
      ],
    }),
  )
  expect(rows.map(({ lot }) => lot)).toEqual(['early', 'late'])
  expect(rows.filter(({ markdown }) => markdown !== null)).toHaveLength(1)
  expect(rows.map(({ markdown_reason }) => markdown_reason).sort()).toEqual(['pays', 'with_other_lot'])
})

test('an expired lot, a missing forecast, a missing price and a missing cost are said', () => {
  const expired = lotsAtRisk(shelf({ lots: [{ lot: 'L1', expires_on: '2026-03-09', quantity: 7 }] }))
  expect(expired).toMatchObject([
    { expected_unsold: 7, days_left: 0, markdown: null, markdown_reason: 'expired' },
  ])
  expect(lotsAtRisk(shelf({ sales: null }))).toMatchObject([
    { expected_unsold: null, unsold_probability: null, loss_amount: null, markdown_reason: 'no_forecast' },
  ])
  expect(lotsAtRisk(shelf({ price: null }))).toMatchObject([{ markdown: null, markdown_reason: 'no_price' }])
  const [unknown] = lotsAtRisk(shelf({ cost: null }))
  expect(unknown).toMatchObject({ loss_amount: null, markdown_reason: 'pays' })
  // Half of 70% of the price, where the cost is not known.
  expect(Math.min(...unknown!.steps.map(({ price }) => price))).toBeGreaterThanOrEqual(35)
  const dear = lotsAtRisk(shelf({ settings: { ...DEFAULT_LOT_SETTINGS, markdown_floor_share: 1.6 } }))
  expect(dear).toMatchObject([{ markdown: null, markdown_reason: 'at_floor' }])
})

test('weighed goods are the same in grams as in kilograms', () => {
  const [row] = lotsAtRisk(
    shelf({
      unit: 'g',
      sales: sales(10_000, 'g'),
      lots: [{ lot: 'L1', expires_on: '2026-03-12', quantity: 45_000 }],
    }),
  )
  expect(row!.loss_amount).toBe(Math.round((row!.expected_unsold! / 1_000) * 60))
  expect(row!.markdown!.saved).toBeLessThan(45 * 100)
})

test('a forecast that is days old is read from today on, and of today only what is to come', () => {
  const means = Array.from({ length: 28 }, (_, day) => day + 1)
  const ahead = (today: string, todayShare: number) =>
    createSalesAhead({ means, unit: 'each', bands: [], origin: '2026-03-01', today, todayShare })
  expect(ahead('2026-03-02', 1).over(3).mean).toBeCloseTo(1 + 2 + 3, 6)
  expect(ahead('2026-03-11', 0.5).over(2).mean).toBeCloseTo(5 + 11, 1)
  expect(ahead('2026-03-11', 1).over(2, 1).mean).toBeCloseTo(11 + 12, 2)
  // Past its end the last week goes on: 22 to 28 are 25 a day.
  expect(ahead('2026-05-01', 1).over(2).mean).toBeCloseTo(50, 0)
  expect(ahead('2026-03-11', 1).times(2).over(2).mean).toBeCloseTo(2 * 21, 0)
})
