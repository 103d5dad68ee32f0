import { expect, test } from 'vitest'
import { averagePrecision, bestThreshold, measure } from './measures.ts'

const rows = [
  { score: 0.9, isLabelled: true },
  { score: 0.8, isLabelled: false },
  { score: 0.7, isLabelled: true },
  { score: 0.1, isLabelled: false },
]

test('precision and recall are those of the rows that are told', () => {
  expect(measure(rows, 0.7)).toEqual({ rows: 4, labelled: 2, alarms: 3, precision: 2 / 3, recall: 1 })
  expect(measure(rows, 2)).toMatchObject({ alarms: 0, precision: 1, recall: 0 })
})

test('average precision is the mean of the precision at each labelled row, ties told together', () => {
  expect(averagePrecision(rows)).toBeCloseTo((1 + 2 / 3) / 2)
  expect(averagePrecision(rows.map((row) => ({ ...row, score: 1 })))).toBeCloseTo(0.5)
  expect(averagePrecision([])).toBe(0)
})

test('the best threshold has the best F1', () => {
  expect(bestThreshold(rows)).toEqual({ threshold: 0.7, share: 0.75 })
})
