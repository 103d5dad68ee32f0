import { expect, test } from 'vitest'
import { byTenth, calibrationError, compareBrier, reliability, type Scored } from './scores.ts'

const rows = (told: number, came: (at: number) => boolean, count = 1_000): Scored[] =>
  Array.from({ length: count }, (_, at) => ({ told, came: came(at) ? 1 : 0, block: at % 50 }))

test('the Brier score is the mean squared difference, and skill is measured against the last', () => {
  const one = rows(0.1, (at) => at % 10 === 0)
  const other = rows(0.5, (at) => at % 10 === 0)
  const { scores, skill } = compareBrier([one, other])
  expect(scores[0]!.score).toBeCloseTo(0.09, 9)
  expect(scores[1]!.score).toBeCloseTo(0.25, 9)
  expect(skill.score).toBeCloseTo(0.64, 9)
  expect(skill.low).toBeLessThanOrEqual(skill.score)
  expect(skill.high).toBeGreaterThanOrEqual(skill.score)
})

test('what is told as often as it comes lies on the diagonal', () => {
  const good = [...rows(0.1, (at) => at % 10 === 0), ...rows(0.5, (at) => at % 2 === 0)]
  expect(calibrationError(reliability(good))).toBeCloseTo(0, 9)
  expect(byTenth(good).map(({ told, came, cases }) => [told, came, cases])).toEqual([
    [expect.closeTo(0.1, 9), 0.1, 1_000],
    [expect.closeTo(0.5, 9), 0.5, 1_000],
  ])
  expect(calibrationError(reliability(rows(0.3, () => false)))).toBeCloseTo(0.3, 9)
})
